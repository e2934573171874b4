"""A colleague chooses a password with a link that an administrator handed to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.outreach.account_models import Account
from services.outreach.commands import accounts, administering, signing_in
from services.outreach.sign_in_models import SignInStep
from services.runtime import audit
from services.runtime.clock import as_utc
from services.runtime.errors import DomainError
from services.runtime.security.principal import Principal
from services.runtime.security.tokens import hash_of


class LinkOver(DomainError):
    code = "link-over"
    status = 410
    title = "This link is over"

    def __init__(self) -> None:
        super().__init__("This link is over or was used. Ask your administrator for a new one.")


@dataclass(frozen=True)
class Chosen:
    """The link's secret, and the hash of the password that was chosen with it."""

    secret: str
    new_hash: str


def personal_words(session: Session, secret: str, now: datetime) -> list[str]:
    """What the password must not be made of. Raises LinkOver; looking does not use the link up."""
    return accounts.personal_words(session, _account(session, secret, now))


def choose(session: Session, what: Chosen, now: datetime) -> None:
    """Keep the password's hash and use the link up. Raises LinkOver. Every session ends."""
    account = _account(session, what.secret, now)
    account.password_hash = what.new_hash
    administering.forget_links(session, account.id)
    accounts.end_all_sessions(session, account.id, now)
    role = signing_in.role_of(account)
    themselves = Principal(account.id, role, account.organisation_id, account.team_id, "")
    audit.record(session, themselves, "account:password", "account", str(account.id), now)


def _account(session: Session, secret: str, now: datetime) -> Account:
    step = session.get(SignInStep, hash_of(secret), with_for_update=True)
    if step is None or step.kind != administering.LINK or now >= as_utc(step.expires_at):
        raise LinkOver
    account = session.get(Account, UUID(step.kept["account_id"]), with_for_update=True)
    if account is None or account.disabled_at is not None:
        raise LinkOver
    return account
