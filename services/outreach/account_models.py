"""Who may sign in: accounts, their sign-ins, and failed tries."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.outreach.models import Base
from services.runtime.tables import Sequence


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text, comment="sealed with the account's own key")
    email_index: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(Text, comment="sealed")
    wrapped_key: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text, comment="argon2id")
    role: Mapped[str] = mapped_column(String(40))
    organisation_id: Mapped[str] = mapped_column(String(60), index=True)
    team_id: Mapped[str | None] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(35), default="en")
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class SignIn(Base):
    """A session that was begun, so that disabling an account can end all of them."""

    __tablename__ = "sign_ins"

    session_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(index=True)
    started_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    provider: Mapped[str | None] = mapped_column(
        String(40), comment="code of the identity provider that vouched; none: signed in here"
    )
    provider_session: Mapped[str | None] = mapped_column(
        String(64), index=True, comment="keyed hash of the provider's id of its session"
    )


class SignInTry(Base):
    """A try that has not succeeded (yet), by keyed hash of the email and of the sender."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (
        Index("ix_sign_in_tries_email", "email_index", "at"),
        Index("ix_sign_in_tries_sender", "sender_index", "at"),
    )

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    email_index: Mapped[str] = mapped_column(String(64))
    sender_index: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
