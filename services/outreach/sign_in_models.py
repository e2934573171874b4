"""What a sign-in can rest on beside a password: second factors, and links to one's own page."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.outreach.models import Base


class SecondFactor(Base):
    """An authenticator app. It counts once a first code has confirmed it."""

    __tablename__ = "second_factors"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    secret: Mapped[str] = mapped_column(Text, comment="sealed with the account's key")
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None] = mapped_column(comment="a code works once")


class RecoveryCode(Base):
    """A code for a lost phone, deleted at use."""

    __tablename__ = "recovery_codes"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(index=True)


class OwnPageLink(Base):
    """A link to a participant's own page: by hash, used once."""

    __tablename__ = "own_page_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(index=True)
    expires_at: Mapped[datetime]
