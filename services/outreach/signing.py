"""Signing in and out for a web request, shared by the API and the pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from uuid import UUID

import structlog
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from services.outreach.account_bodies import SignedIn
from services.outreach.account_models import Account
from services.outreach.commands import accounts, identities, second_factors, signing_in
from services.outreach.commands.second_factors import CodeBody, CodeNeeded, WrongCode
from services.outreach.commands.signing_in import SignOut, TooManyTries, WrongSignIn
from services.runtime.errors import DomainError
from services.runtime.node import Node
from services.runtime.security.gate import address_of, current_session, gate_of
from services.runtime.security.passwords import Passwords, problem_with
from services.runtime.security.permissions import Permission
from services.runtime.security.principal import ALL_SCOPES, Principal
from services.runtime.security.sessions import Session as SignedSession
from services.runtime.web import Context

log = structlog.get_logger()

OWN_ACCOUNT_ONLY = frozenset({Permission.ACCOUNT_OWN.value})


@dataclass(frozen=True)
class Begun:
    session: SignedSession
    view: SignedIn


@lru_cache(maxsize=1)
def passwords() -> Passwords:
    return Passwords()


async def sign_in(request: Request, email: str, password: str, code: str = "") -> Begun:
    """Begin a session. Raises WrongSignIn or TooManyTries, the same for known and unknown emails.

    An account with a second factor needs a code too: CodeNeeded, WrongCode; both count as a try
    that failed, so that codes cannot be guessed at will either. A session that the browser had
    before ends.
    """
    node: Node = request.app.state.node
    now = node.now()
    sender = address_of(request)
    tried = await node.writer.run(lambda session: signing_in.begin_try(session, email, sender, now))
    if not tried.wait.allowed:
        log.warning("sign-in refused", reason="too many tries", sender=tried.sender_index)
        raise TooManyTries(tried.wait)
    right = await run_in_threadpool(passwords().verify, tried.password_hash, password)
    if not right or tried.account_id is None:
        account = str(tried.account_id) if tried.account_id else None
        log.warning("sign-in refused", reason="wrong", account=account, sender=tried.sender_index)
        raise WrongSignIn
    before = current_session(request)
    try:
        return await node.writer.run(partial(_begin, request, tried, before, code))
    except (CodeNeeded, WrongCode) as error:
        note_refusal(error.code, str(tried.account_id), tried.sender_index)
        raise


def note_refusal(reason: str, account: str | None = None, sender: str | None = None) -> None:
    """Every sign-in that failed, in the log: why, whose if known, and never with what."""
    log.warning("sign-in refused", reason=reason, account=account, sender=sender)


def _begin(
    request: Request,
    tried: signing_in.Try,
    before: SignedSession | None,
    code: str,
    session: Session,
) -> Begun:
    node: Node = request.app.state.node
    account = session.get_one(Account, tried.account_id)
    second = second_factors.is_on(session, account.id)
    if second:
        second_factors.check(session, account.id, code, node.now())
    signing_in.forget_tries(session, tried)
    way = "password and code" if second else "password"
    return begin_for(request, session, account, second, before, way)


def begin_for(
    request: Request,
    session: Session,
    account: Account,
    strong: bool,
    before: SignedSession | None,
    way: str,
) -> Begun:
    """A session for an account that has proved itself; `strong`: by two factors; `way`: how.

    Without a second factor where one is needed the session reaches nothing but the account's
    own pages, until one was entered or set up. A session that the browser had before ends.
    """
    node: Node = request.app.state.node
    now, absolute = node.now(), node.settings.security.session_absolute
    role = signing_in.role_of(account)
    needed = not strong and (
        second_factors.is_on(session, account.id)
        or second_factors.is_forced(session, account.organisation_id, role)
    )
    begun = gate_of(request).keeper.begin(
        account_id=account.id,
        role=role,
        organisation_id=account.organisation_id,
        team_id=account.team_id,
        now=now,
        scopes=OWN_ACCOUNT_ONLY if needed else ALL_SCOPES,
        second_factor=strong,
    )
    signing_in.remember(session, account, begun, absolute, now, way)
    if before is not None:
        ends_at = before.started_at + absolute
        signing_in.end_session(session, before.principal.account_id, before.id, ends_at, now)
    view = SignedIn(
        account_id=account.id,
        role=role,
        organisation_id=account.organisation_id,
        team_id=account.team_id,
        language=account.language,
        expires_at=begun.expires_at,
        second_factor_needed=needed,
    )
    return Begun(begun, view)


def is_limited(principal: Principal) -> bool:
    """Whether a second factor is still to be entered or set up in this session."""
    return principal.scopes == OWN_ACCOUNT_ONLY


async def begin_anew(request: Request, account_id: UUID) -> Begun:
    """The same person, with a second factor from now on: a new session in place of this one."""
    node: Node = request.app.state.node
    before = current_session(request)

    def job(session: Session) -> Begun:
        account = session.get_one(Account, account_id)
        came_by = identities.came_by(session, before.id) if before else None
        begun = begin_for(request, session, account, True, before, "second factor")
        if came_by:
            identities.remember(session, begun.session.id, came_by)
        return begun

    return await node.writer.run(job)


async def prove(request: Request, context: Context, code: str) -> None:
    """Check a code in a session that began without one. Raises as `sign_in` does, and WrongCode."""
    node, principal, now = context.node, context.principal, context.node.now()
    sender = address_of(request)

    def tried(session: Session) -> signing_in.Try:
        email = accounts.email_of(session, principal.account_id)
        return signing_in.begin_try(session, email, sender, now)

    found = await node.writer.run(tried)
    if not found.wait.allowed:
        raise TooManyTries(found.wait)

    def job(session: Session) -> None:
        second_factors.prove(session, principal, CodeBody(code=code), now)
        signing_in.forget_tries(session, found)

    try:
        await node.writer.run(job)
    except (CodeNeeded, WrongCode) as error:
        note_refusal(error.code, str(principal.account_id), found.sender_index)
        raise


async def sign_out(request: Request, context: Context) -> str | None:
    """The code of the identity provider where they may still be signed in, if they came by one."""
    session = current_session(request)
    now = context.node.now()
    absolute = context.node.settings.security.session_absolute
    ends_at = session.started_at + absolute if session else now
    return await context.run(signing_in.sign_out, SignOut(ends_at))


async def change_password(request: Request, context: Context, current: str, new: str) -> None:
    """Raises DomainError for a wrong current password or an easy new one."""
    if current_session(request) is None:
        raise DomainError("Sign in with your password to change it. A token cannot.")

    def stored(session: Session) -> tuple[str | None, list[str]]:
        account = session.get_one(Account, context.principal.account_id)
        return account.password_hash, accounts.personal_words(session, account)

    known, personal = await context.query(stored)
    if not await run_in_threadpool(passwords().verify, known, current):
        raise DomainError("Your current password is not right.", "current")
    weakness = problem_with(new, personal)
    if weakness is not None:
        raise DomainError(weakness, "new")
    new_hash = await run_in_threadpool(passwords().hash, new)
    await context.run(accounts.set_password, accounts.NewPassword(new_hash))
