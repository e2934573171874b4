"""Whose account somebody is whom an organisation's identity provider vouches for.

By issuer and subject once linked. The first time: an account of that organisation that an
administrator made with the same email, or a new one where the email's domain is mapped. Only an
email that the provider has verified counts, and a provider reaches its own organisation alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.outreach import sealed
from services.outreach.account_models import Account, SignIn
from services.outreach.commands.accounts import create_account, email_index
from services.outreach.commands.signing_in import end_sign_in, role_of
from services.outreach.sign_in_models import Identity
from services.runtime import audit
from services.runtime.errors import DomainError
from services.runtime.security.principal import Principal

if TYPE_CHECKING:
    from services.runtime.security.oidc import Ended, Proven
    from services.runtime.security.oidc_settings import OidcProvider


class NoAccountHere(DomainError):
    """The provider knows them; we have nothing for them."""

    code = "no-account-here"
    status = 403
    title = "No account"

    def __init__(self) -> None:
        super().__init__(
            "You have no account here yet. Ask the person who looks after accounts in your "
            "organisation."
        )


@dataclass(frozen=True)
class Found:
    account: Account
    is_new: bool
    was_linked: bool


def account_for(session: Session, provider: OidcProvider, proven: Proven, now: datetime) -> Found:
    """The account, linked from now on. Raises NoAccountHere."""
    subject = _subject_index(session, proven.issuer, proven.subject)
    link = session.get(Identity, (proven.issuer, subject))
    if link is not None:
        account = session.get(Account, link.account_id)
        if account is None or not _usable(account, provider):
            raise NoAccountHere
        return Found(account, is_new=False, was_linked=True)
    found, is_new = _by_email(session, provider, proven, now)
    row = Identity(issuer=proven.issuer, subject_index=subject, account_id=found.id, linked_at=now)
    session.add(row)
    session.flush()
    return Found(found, is_new, was_linked=False)


def _by_email(
    session: Session, provider: OidcProvider, proven: Proven, now: datetime
) -> tuple[Account, bool]:
    if proven.email is None:
        raise NoAccountHere
    index = email_index(session, proven.email)
    account = session.scalar(select(Account).where(Account.email_index == index))
    if account is not None:
        if not _usable(account, provider):
            raise NoAccountHere
        return account, False
    domain = provider.domains.get(proven.email.rpartition("@")[2].lower())
    if domain is None:
        raise NoAccountHere
    made = create_account(
        session,
        email=proven.email,
        name=(proven.name or proven.email)[:120],
        password=None,
        role=domain.role,
        organisation_id=provider.organisation,
        team_id=domain.team,
        now=now,
    )
    return session.get_one(Account, made), True


def _subject_index(session: Session, issuer: str, subject: str) -> str:
    return sealed.sealer(session).blind_index(f"{issuer}\n{subject}", "subject")


@dataclass(frozen=True)
class CameBy:
    """The provider behind a sign-in, and a keyed hash of its own session's id."""

    provider: str
    session_index: str | None


def came_by_of(session: Session, code: str, proven: Proven) -> CameBy:
    there = _session_index(session, proven.issuer, proven.session) if proven.session else None
    return CameBy(code, there)


def _session_index(session: Session, issuer: str, there: str) -> str:
    return sealed.sealer(session).blind_index(f"{issuer}\n{there}", "provider session")


def remember(session: Session, session_id: str, how: CameBy) -> None:
    """With a sign-in just begun, so that a sign-out on either side can reach the other."""
    session.flush()
    row = session.get_one(SignIn, session_id)
    row.provider, row.provider_session = how.provider, how.session_index


def came_by(session: Session, session_id: str) -> CameBy | None:
    row = session.get(SignIn, session_id)
    return CameBy(row.provider, row.provider_session) if row and row.provider else None


def end_at_provider(session: Session, code: str, ended: Ended, now: datetime) -> int:
    """End the sign-ins that the provider says are over; how many.

    Only those that came by this provider and began before it said so: a message that is sent
    again later ends nothing new.
    """
    query = select(SignIn).where(SignIn.provider == code, SignIn.started_at <= ended.at)
    if ended.session is not None:
        there = _session_index(session, ended.issuer, ended.session)
        query = query.where(SignIn.provider_session == there)
    if ended.subject is not None:
        key = (ended.issuer, _subject_index(session, ended.issuer, ended.subject))
        link = session.get(Identity, key)
        if link is None:
            return 0
        query = query.where(SignIn.account_id == link.account_id)
    rows = session.scalars(query).all()
    for row in rows:
        account = session.get_one(Account, row.account_id)
        who = Principal(
            account.id, role_of(account), account.organisation_id, account.team_id, row.session_id
        )
        end_sign_in(session, who, row, "identity provider", now)
    return len(rows)


def _usable(account: Account, provider: OidcProvider) -> bool:
    return account.disabled_at is None and account.organisation_id == provider.organisation


def note(session: Session, principal: Principal, found: Found, now: datetime) -> None:
    """Into the audit trail: an account made or linked at first sign-in."""
    about = str(found.account.id)
    if found.is_new:
        audit.record(session, principal, "account:add", "account", about, now, "domain mapping")
    if not found.was_linked:
        audit.record(session, principal, "identity:link", "account", about, now)
