"""Accounts: made, disabled, given another password; API tokens issued and withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from schemas.events import ApiTokenIssued, ApiTokenWithdrawn
from services.outreach import sealed
from services.outreach.account_bodies import (
    AccountBody,
    AccountId,
    Accounts,
    AccountView,
    TokenBody,
    TokenIssued,
    Tokens,
    TokenView,
)
from services.outreach.account_models import Account, SignIn
from services.outreach.commands.signing_in import end_session
from services.runtime import access, audit, lists, outbox
from services.runtime.addresses import AddressError, parse_email
from services.runtime.clock import as_utc
from services.runtime.errors import Conflict, DomainError, NotFound
from services.runtime.lists import Paging
from services.runtime.security import tokens
from services.runtime.security.passwords import Passwords, problem_with
from services.runtime.security.principal import Principal, Role
from services.runtime.tables import api_tokens

OLDEST = (lists.By(Account.created_at), lists.By(Account.id))
TOKENS_BY = (lists.By(api_tokens.c.id),)
STAFF = frozenset(Role) - {Role.PARTICIPANT}


def create_account(
    session: Session,
    *,
    email: str,
    name: str,
    password: str | None,
    role: Role,
    organisation_id: str,
    team_id: str | None = None,
    now: datetime,
    language: str = "en",
    account_id: UUID | None = None,
    hasher: Passwords | None = None,
) -> UUID:
    """Make an account and return its id. For the seed, the command line and administrators.

    Without a password it can only sign in at its organisation's identity provider.

    Raises DomainError for an email that cannot be read or a password that is easy to guess,
    Conflict if the email has an account.
    """
    try:
        address = parse_email(email)
    except AddressError as error:
        raise DomainError(error.reason, "email") from None
    if role not in STAFF:
        raise DomainError("Participants are registered, they have no account here.", "role")
    if password is not None:
        weakness = problem_with(password, [name, address, organisation_id])
        if weakness is not None:
            raise DomainError(weakness, "password")
    sealer = sealed.sealer(session)
    index = email_index(session, address)
    if session.scalar(select(Account.id).where(Account.email_index == index)) is not None:
        raise Conflict("There is an account with this email already.", "email")
    made = account_id or new_id()
    key = sealer.new_key(made)
    session.add(
        Account(
            id=made,
            email=sealer.seal(made, "email", address, key),
            email_index=index,
            name=sealer.seal(made, "name", name, key),
            wrapped_key=key,
            password_hash=(hasher or Passwords()).hash(password) if password is not None else None,
            role=role.value,
            organisation_id=organisation_id,
            team_id=team_id,
            language=language,
            created_at=now,
        )
    )
    session.flush()
    return made


def email_index(session: Session, address: str) -> str:
    return sealed.sealer(session).blind_index(address.casefold(), "email")


def email_of(session: Session, account_id: UUID) -> str:
    row = session.get_one(Account, account_id)
    return sealed.sealer(session).open(row.id, "email", row.email)


def personal_words(session: Session, account: Account) -> list[str]:
    """What an account's password must not be made of: its name, its email, its organisation."""
    sealer = sealed.sealer(session)
    own = [sealer.open(account.id, field, getattr(account, field)) for field in ("name", "email")]
    return [*own, account.organisation_id]


def add(session: Session, principal: Principal, body: AccountBody, now: datetime) -> AccountId:
    """An administrator makes an account in the own organisation."""
    made = create_account(
        session,
        email=body.email,
        name=body.name,
        password=None,
        role=body.role,
        organisation_id=principal.organisation_id,
        team_id=body.team_id,
        language=body.language,
        now=now,
    )
    audit.record(session, principal, "account:add", "account", str(made), now)
    return AccountId(id=made)


def list_all(session: Session, principal: Principal, page: Paging, now: datetime) -> Accounts:
    """Accounts of the own organisation."""
    query = select(Account).where(Account.organisation_id == principal.organisation_id)
    found = session.scalars(lists.after(query, OLDEST, page)).all()
    rows, following = lists.cut(found, OLDEST, page)
    audit.record(session, principal, "account:list", "accounts", str(len(rows)), now)
    return Accounts(items=[view(session, row) for row in rows], next=following)


def in_reach(session: Session, principal: Principal, account_id: UUID) -> Account:
    """An account of the own organisation, locked against other changes. Raises NotFound."""
    row = session.get(Account, account_id, with_for_update=True)
    if row is None or row.organisation_id != principal.organisation_id:
        raise NotFound("There is no account with this id in your organisation.")
    return row


def view(session: Session, row: Account) -> AccountView:
    sealer = sealed.sealer(session)
    return AccountView(
        id=row.id,
        email=sealer.open(row.id, "email", row.email),
        name=sealer.open(row.id, "name", row.name),
        role=Role(row.role),
        organisation_id=row.organisation_id,
        team_id=row.team_id,
        disabled=row.disabled_at is not None,
        created_at=as_utc(row.created_at),
    )


def disable(session: Session, principal: Principal, account_id: UUID, now: datetime) -> None:
    """End an account: its sessions and API tokens stop in every service."""
    row = in_reach(session, principal, account_id)
    if row.id == principal.account_id:
        raise DomainError("You cannot end your own account. Ask another administrator.")
    row.disabled_at = row.disabled_at or now
    end_all_sessions(session, row.id, now)
    withdraw_all(session, row.id, now)
    audit.record(session, principal, "account:disable", "account", str(row.id), now)


def end_all_sessions(session: Session, account_id: UUID, now: datetime) -> None:
    for sign_in in session.scalars(
        select(SignIn).where(SignIn.account_id == account_id, SignIn.ends_at > now)
    ).all():
        end_session(session, account_id, sign_in.session_id, as_utc(sign_in.ends_at), now)


@dataclass(frozen=True)
class NewPassword:
    """The new password's hash, made off the writer thread after the old one was checked."""

    new_hash: str


def set_password(session: Session, principal: Principal, what: NewPassword, now: datetime) -> None:
    """Keep the new password's hash and end every session, this one too."""
    row = session.get_one(Account, principal.account_id, with_for_update=True)
    row.password_hash = what.new_hash
    end_all_sessions(session, row.id, now)
    audit.record(session, principal, "account:password", "account", str(row.id), now)


def issue_token(
    session: Session, principal: Principal, body: TokenBody, now: datetime
) -> TokenIssued:
    """A new API token. Raises DomainError for scopes that the account itself has not."""
    if "*" not in principal.scopes:
        raise DomainError("Finish signing in first: set up or enter your second factor.")
    try:
        scopes = tokens.check_request(principal.role, body.scopes, timedelta(days=body.days))
    except ValueError as error:
        raise DomainError(str(error), "scopes") from None
    secret, token_hash = tokens.new_secret()
    event = ApiTokenIssued(
        account_id=principal.account_id,
        token_id=new_id(),
        token_hash=token_hash,
        role=principal.role.value,
        organisation_id=principal.organisation_id,
        team_id=principal.team_id,
        scopes=sorted(scopes),
        expires_at=now + timedelta(days=body.days),
    )
    access.keep_token(event, session, now)
    outbox.publish(session, event, now)
    audit.record(session, principal, "token:issue", "token", str(event.token_id), now)
    return TokenIssued(id=event.token_id, secret=secret, expires_at=event.expires_at)


def withdraw_token(session: Session, principal: Principal, token_id: UUID, now: datetime) -> None:
    owner = session.scalar(select(api_tokens.c.account_id).where(api_tokens.c.id == token_id))
    if owner != principal.account_id:
        raise NotFound("You have no API token with this id.")
    _withdraw(session, principal.account_id, token_id, now)
    audit.record(session, principal, "token:withdraw", "token", str(token_id), now)


def withdraw_all(session: Session, account_id: UUID, now: datetime) -> None:
    """Every API token of an account stops, in every service."""
    still = (api_tokens.c.account_id == account_id, api_tokens.c.withdrawn_at.is_(None))
    for token_id in session.scalars(select(api_tokens.c.id).where(*still)).all():
        _withdraw(session, account_id, token_id, now)


def _withdraw(session: Session, account_id: UUID, token_id: UUID, now: datetime) -> None:
    event = ApiTokenWithdrawn(account_id=account_id, token_id=token_id)
    access.withdraw_token(event, session, now)
    outbox.publish(session, event, now)


def own_tokens(session: Session, account_id: UUID, page: Paging) -> Tokens:
    query = select(api_tokens).where(api_tokens.c.account_id == account_id)
    found = session.execute(lists.after(query, TOKENS_BY, page)).all()
    rows, following = lists.cut(found, TOKENS_BY, page)
    return Tokens(
        items=[
            TokenView(
                id=row.id,
                scopes=row.scopes,
                expires_at=as_utc(row.expires_at),
                withdrawn_at=as_utc(row.withdrawn_at) if row.withdrawn_at else None,
            )
            for row in rows
        ],
        next=following,
    )
