"""What a sign-in can rest on beside a password: second factors, and links to one's own page."""

from __future__ import annotations

from datetime import datetime
from typing import Any
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


class Passkey(Base):
    """A passkey of an account (WebAuthn): its public key only, which needs no secrecy."""

    __tablename__ = "passkeys"

    credential_id: Mapped[str] = mapped_column(String(1400), primary_key=True, comment="base64url")
    account_id: Mapped[UUID] = mapped_column(index=True)
    public_key: Mapped[str] = mapped_column(Text, comment="base64url of a COSE key")
    sign_count: Mapped[int]
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Identity(Base):
    """Who an account is at an organisation's identity provider."""

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject_index: Mapped[str] = mapped_column(
        String(64), primary_key=True, comment="keyed hash of the provider's id for them"
    )
    account_id: Mapped[UUID] = mapped_column(index=True)
    linked_at: Mapped[datetime]


class SignInStep(Base):
    """A step that was begun and must come back soon, once, from the same browser."""

    __tablename__ = "sign_in_steps"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    binding: Mapped[str] = mapped_column(String(64), comment="hash of the browser's cookie")
    kept: Mapped[dict[str, Any]] = mapped_column(comment="challenge, or nonce and verifier")
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OwnPageLink(Base):
    """A link to a participant's own page: by hash, used once."""

    __tablename__ = "own_page_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(index=True)
    expires_at: Mapped[datetime]
