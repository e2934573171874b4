"""Passkeys of an account: added after a fresh sign-in, used to sign in, taken away."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.outreach import sealed
from services.outreach.account_models import Account
from services.outreach.commands import own_sessions, second_factors
from services.outreach.sign_in_models import Passkey
from services.runtime import audit
from services.runtime.clock import as_utc
from services.runtime.errors import Conflict, DomainError, NotFound
from services.runtime.security.passkeys import StoredPasskey
from services.runtime.security.principal import Principal

MOST = 20
FRESH = timedelta(minutes=15)


class NotAccepted(DomainError):
    code = "passkey-not-accepted"
    status = 401
    title = "Not signed in"

    def __init__(self) -> None:
        super().__init__("That passkey was not accepted. Try again, or use your password.")


class PasskeyView(BaseModel):
    """A passkey as its owner sees it."""

    id: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Owner:
    """Whom to register for: the name that the device shows, and what is registered already."""

    account_id: UUID
    email: str
    existing: tuple[bytes, ...]


@dataclass(frozen=True)
class Register:
    passkey: StoredPasskey
    fresh: bool


def owner(session: Session, principal: Principal, _none: None, _now: datetime) -> Owner:
    account = session.get_one(Account, principal.account_id)
    email = sealed.sealer(session).open(account.id, "email", account.email)
    known = session.scalars(select(Passkey.credential_id).where(Passkey.account_id == account.id))
    return Owner(account.id, email, tuple(decoded(one) for one in known))


def register(session: Session, principal: Principal, what: Register, now: datetime) -> None:
    """Add a passkey. Raises DomainError when the sign-in is old, or proved too little.

    Whoever has a second factor but did not use it (an account of a provider that asks for none)
    must use it first: adding a passkey would otherwise be a way round it.
    """
    if not what.fresh:
        raise DomainError("Sign in again first. A passkey can be added in the next 15 minutes.")
    if "*" not in principal.scopes and second_factors.has_any(session, principal.account_id):
        raise DomainError("Enter the code from your app first.")
    known = session.scalars(
        select(Passkey.credential_id).where(Passkey.account_id == principal.account_id)
    ).all()
    credential_id = encoded(what.passkey.credential_id)
    if session.get(Passkey, credential_id) is not None:
        raise Conflict("This passkey is set up already.")
    if len(known) >= MOST or len(credential_id) > 1400:
        raise DomainError("You have many passkeys. Take one away first.")
    session.add(
        Passkey(
            credential_id=credential_id,
            account_id=principal.account_id,
            public_key=encoded(what.passkey.public_key),
            sign_count=what.passkey.sign_count,
            added_at=now,
        )
    )
    about = str(principal.account_id)
    audit.record(session, principal, "passkey:add", "account", about, now)
    own_sessions.end_others(session, principal, None, now)


def find(session: Session, credential_id: bytes) -> tuple[Account, StoredPasskey]:
    """The account and key that a passkey's answer speaks of. Raises NotAccepted."""
    row = session.get(Passkey, encoded(credential_id), with_for_update=True)
    account = session.get(Account, row.account_id) if row is not None else None
    if row is None or account is None or account.disabled_at is not None:
        raise NotAccepted
    return account, StoredPasskey(credential_id, decoded(row.public_key), row.sign_count)


def used(session: Session, credential_id: bytes, sign_count: int, now: datetime) -> None:
    row = session.get_one(Passkey, encoded(credential_id))
    row.sign_count, row.used_at = sign_count, now


def remove(session: Session, principal: Principal, passkey_id: str, now: datetime) -> None:
    if "*" not in principal.scopes:
        raise DomainError("Enter the code from your app first.")
    row = session.get(Passkey, passkey_id)
    if row is None or row.account_id != principal.account_id:
        raise NotFound("You have no passkey with this id.")
    session.delete(row)
    about = str(principal.account_id)
    audit.record(session, principal, "passkey:remove", "account", about, now)
    own_sessions.end_others(session, principal, None, now)


def own(session: Session, account_id: UUID) -> list[PasskeyView]:
    query = select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.added_at)
    return [
        PasskeyView(
            id=row.credential_id,
            added_at=as_utc(row.added_at),
            used_at=as_utc(row.used_at) if row.used_at else None,
        )
        for row in session.scalars(query)
    ]


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
