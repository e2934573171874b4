"""What an administrator does with a colleague's account. No record of a participant is touched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from services.outreach.account_bodies import AccountDetail, PasswordLinkView, RoleBody
from services.outreach.account_models import Account, SignIn, SignInTry
from services.outreach.commands import accounts, second_factors
from services.outreach.sign_in_models import Passkey, RecoveryCode, SecondFactor, SignInStep
from services.runtime import audit
from services.runtime.clock import as_utc
from services.runtime.errors import Conflict, DomainError
from services.runtime.lists import EVERYTHING
from services.runtime.security import tokens
from services.runtime.security.principal import Principal
from services.runtime.security.tokens import hash_of

LINK = "password link"
LINK_HOLDS = timedelta(hours=24)
LINK_PREFIX = "pw_"
LOCKED = "This account is locked. Unlock it first."


def read(session: Session, principal: Principal, account_id: UUID, now: datetime) -> AccountDetail:
    """One account, with how it signs in and where it is signed in."""
    row = accounts.in_reach(session, principal, account_id)
    audit.record(session, principal, "account:read", "account", str(row.id), now)
    count = select(func.count())
    passkeys = count.select_from(Passkey).where(Passkey.account_id == row.id)
    sessions = count.select_from(SignIn).where(SignIn.account_id == row.id, SignIn.ends_at > now)
    latest = session.scalar(select(func.max(SignIn.started_at)).where(SignIn.account_id == row.id))
    held = accounts.own_tokens(session, row.id, EVERYTHING).items
    return AccountDetail(
        **accounts.view(session, row).model_dump(),
        has_password=row.password_hash is not None,
        has_app=second_factors.is_on(session, row.id),
        passkeys=session.scalar(passkeys) or 0,
        sessions=session.scalar(sessions) or 0,
        last_sign_in=as_utc(latest) if latest else None,
        api_tokens=[one for one in held if one.withdrawn_at is None and one.expires_at > now],
    )


def unlock(session: Session, principal: Principal, account_id: UUID, now: datetime) -> None:
    """Let an account sign in again; failed tries no longer count. Its tokens stay withdrawn."""
    row = accounts.in_reach(session, principal, account_id)
    row.disabled_at = None
    session.execute(delete(SignInTry).where(SignInTry.email_index == row.email_index))
    audit.record(session, principal, "account:unlock", "account", str(row.id), now)


@dataclass(frozen=True)
class ChangeRole:
    account_id: UUID
    body: RoleBody


def change_role(session: Session, principal: Principal, what: ChangeRole, now: datetime) -> None:
    """Another role or team. What was begun in the old one ends: sessions and API tokens."""
    row = _of_a_colleague(session, principal, what.account_id)
    if what.body.role not in accounts.STAFF:
        raise DomainError("Participants are registered, they have no account here.", "role")
    if (row.role, row.team_id) == (what.body.role.value, what.body.team_id):
        return
    row.role, row.team_id = what.body.role.value, what.body.team_id
    accounts.end_all_sessions(session, row.id, now)
    accounts.withdraw_all(session, row.id, now)
    audit.record(session, principal, "account:role", "account", str(row.id), now)


def reset_second_factor(
    session: Session, principal: Principal, account_id: UUID, now: datetime
) -> None:
    """For a lost phone: app, recovery codes and passkeys go, and every session with them."""
    row = _of_a_colleague(session, principal, account_id)
    for table in (SecondFactor, RecoveryCode, Passkey):
        session.execute(delete(table).where(table.account_id == row.id))
    accounts.end_all_sessions(session, row.id, now)
    audit.record(session, principal, "account:reset-second-factor", "account", str(row.id), now)


def sign_out_everywhere(
    session: Session, principal: Principal, account_id: UUID, now: datetime
) -> None:
    row = accounts.in_reach(session, principal, account_id)
    accounts.end_all_sessions(session, row.id, now)
    audit.record(session, principal, "account:sign-out", "account", str(row.id), now)


def withdraw_tokens(
    session: Session, principal: Principal, account_id: UUID, now: datetime
) -> None:
    """No program works with this account's API tokens from now on."""
    row = accounts.in_reach(session, principal, account_id)
    accounts.withdraw_all(session, row.id, now)
    audit.record(session, principal, "account:withdraw-tokens", "account", str(row.id), now)


@dataclass(frozen=True)
class IssueLink:
    account_id: UUID
    base_url: str


def issue_password_link(
    session: Session, principal: Principal, what: IssueLink, now: datetime
) -> PasswordLinkView:
    """A link with which the colleague chooses a password, so that no administrator knows it.

    It works once, for a day; a newer one ends it (ASVS 5.0, 6.4.6).
    """
    row = accounts.in_reach(session, principal, what.account_id)
    if row.disabled_at is not None:
        raise Conflict(LOCKED)
    secret, kept = tokens.new_secret(LINK_PREFIX)
    binding, until = hash_of(str(row.id)), now + LINK_HOLDS
    forget_links(session, row.id)
    step = SignInStep(
        id_hash=kept,
        kind=LINK,
        binding=binding,
        kept={"account_id": str(row.id)},
        expires_at=until,
    )
    session.add(step)
    audit.record(session, principal, "account:password-link", "account", str(row.id), now)
    address = f"{what.base_url}/outreach/choose-password/{secret}"
    return PasswordLinkView(address=address, expires_at=until)


def forget_links(session: Session, account_id: UUID) -> None:
    of_account = (SignInStep.kind == LINK, SignInStep.binding == hash_of(str(account_id)))
    session.execute(delete(SignInStep).where(*of_account))


def _of_a_colleague(session: Session, principal: Principal, account_id: UUID) -> Account:
    if account_id == principal.account_id:
        raise DomainError("You cannot change your own account here. Ask another administrator.")
    return accounts.in_reach(session, principal, account_id)
