"""Sign-in by email and password, with lock-out; sign-out everywhere.

A try is written down before the password is checked and taken back when it was right, so that
many tries at once cannot slip past the lock-out. The slow check itself runs between the two
transactions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from schemas.events import SessionRevoked
from services.outreach import sealed
from services.outreach.account_models import Account, SignIn, SignInTry
from services.runtime import access, audit, outbox
from services.runtime.clock import as_utc
from services.runtime.errors import DomainError
from services.runtime.security.principal import Principal, Role
from services.runtime.security.problems import wait_sentence
from services.runtime.security.rate import Decision, LockPolicy, may_try
from services.runtime.security.sessions import Session as SignedSession

PER_ACCOUNT = LockPolicy()
PER_SENDER = LockPolicy(free_tries=30, first_wait=timedelta(seconds=10))


class TooManyTries(DomainError):
    """Wait before the next try. `retry_after` in whole seconds."""

    code = "too-many-tries"
    status = 429
    title = "Too many tries"

    def __init__(self, decision: Decision) -> None:
        self.retry_after = decision.retry_after_seconds
        super().__init__(wait_sentence(self.retry_after))


class WrongSignIn(DomainError):
    code = "sign-in-wrong"
    status = 401
    title = "Not signed in"

    def __init__(self) -> None:
        super().__init__("The email or the password is not right. Check both and try again.")


@dataclass(frozen=True)
class Try:
    """A sign-in that is being tried. `account` is None if nobody has this email."""

    seq: int
    email_index: str
    account_id: UUID | None
    password_hash: str | None
    wait: Decision
    sender_index: str = ""
    """A keyed hash of where the try comes from: tells senders apart, and nothing else."""


def begin_try(session: Session, email: str, sender: str, now: datetime) -> Try:
    """Write the try down and find the account. `wait` says whether it may go on."""
    index = sealed.sealer(session).blind_index(email.strip().casefold(), "email")
    sender_index = sealed.sealer(session).blind_index(sender, "sender")
    _forget_old(session, now)
    waits = (
        may_try(_times(session, SignInTry.email_index == index), now, PER_ACCOUNT),
        may_try(_times(session, SignInTry.sender_index == sender_index), now, PER_SENDER),
    )
    refused = [wait for wait in waits if not wait.allowed]
    if refused:
        return Try(
            0, index, None, None, max(refused, key=lambda wait: wait.retry_after), sender_index
        )
    tried = SignInTry(email_index=index, sender_index=sender_index, at=now)
    session.add(tried)
    session.flush()
    account = session.scalar(select(Account).where(Account.email_index == index))
    usable = account is not None and account.disabled_at is None
    return Try(
        tried.seq,
        index,
        account.id if account is not None and usable else None,
        account.password_hash if account is not None and usable else None,
        waits[0],
        sender_index,
    )


def _times(session: Session, condition: object) -> list[datetime]:
    rows = session.scalars(select(SignInTry.at).where(condition))  # type: ignore[arg-type]
    return [as_utc(at) for at in rows]


def _forget_old(session: Session, now: datetime) -> None:
    oldest = now - max(PER_ACCOUNT.memory, PER_SENDER.memory)
    session.execute(delete(SignInTry).where(SignInTry.at < oldest))


def forget_tries(session: Session, tried: Try) -> None:
    """The password (and code) was right."""
    session.execute(delete(SignInTry).where(SignInTry.email_index == tried.email_index))


def remember(
    session: Session,
    account: Account,
    begun: SignedSession,
    absolute: timedelta,
    now: datetime,
    way: str = "",
) -> None:
    """Keep the session, so that it can be ended. `way`: how they signed in, for the trail.

    Raises WrongSignIn if the account was disabled meanwhile.
    """
    if account.disabled_at is not None:
        raise WrongSignIn
    session.execute(delete(SignIn).where(SignIn.ends_at < now))
    session.add(
        SignIn(
            session_id=begun.id,
            account_id=account.id,
            started_at=begun.started_at,
            ends_at=begun.started_at + absolute,
        )
    )
    audit.record(session, begun.principal, "session:begin", "account", str(account.id), now, way)


def end_session(
    session: Session, account_id: UUID, session_id: str, ends_at: datetime, now: datetime
) -> None:
    """No service accepts this session from now on."""
    event = SessionRevoked(account_id=account_id, session_id=session_id, expires_at=ends_at)
    access.revoke_session(event, session, now)
    outbox.publish(session, event, now)
    session.execute(delete(SignIn).where(SignIn.session_id == session_id))


def end_sign_in(
    session: Session, principal: Principal, row: SignIn, why: str, now: datetime
) -> None:
    """End this sign-in of theirs, and say why in the audit trail."""
    end_session(session, principal.account_id, row.session_id, as_utc(row.ends_at), now)
    about = str(principal.account_id)
    audit.record(session, principal, "session:end", "account", about, now, why)


@dataclass(frozen=True)
class SignOut:
    ends_at: datetime


def sign_out(session: Session, principal: Principal, what: SignOut, now: datetime) -> str | None:
    """The code of the identity provider that vouched for them at sign-in, if one did."""
    if principal.session_id.startswith("token:"):
        raise DomainError("An API token has no session. Take the token away instead.")
    row = session.get(SignIn, principal.session_id)
    provider = row.provider if row else None
    end_session(session, principal.account_id, principal.session_id, what.ends_at, now)
    audit.record(session, principal, "session:end", "account", str(principal.account_id), now)
    return provider


def role_of(account: Account) -> Role:
    return Role(account.role)
