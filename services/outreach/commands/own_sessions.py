"""Where somebody is signed in, and signing out there: accounts and participants alike."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.outreach.account_models import SignIn
from services.outreach.commands.signing_in import end_sign_in
from services.runtime.clock import as_utc
from services.runtime.errors import NotFound
from services.runtime.security.principal import Principal
from services.runtime.security.tokens import hash_of

ELSEWHERE = "from elsewhere"


class OwnSession(BaseModel):
    """One sign-in that has not ended. `id` tells it apart and opens nothing."""

    id: str
    began_at: datetime
    here: bool


def own(session: Session, principal: Principal, now: datetime) -> list[OwnSession]:
    """Newest first."""
    return [
        OwnSession(
            id=hash_of(row.session_id),
            began_at=as_utc(row.started_at),
            here=row.session_id == principal.session_id,
        )
        for row in _running(session, principal, now)
    ]


def end_one(session: Session, principal: Principal, which: str, now: datetime) -> None:
    """Sign out in one other browser. Raises NotFound, for the own one as well."""
    for row in _running(session, principal, now):
        if hash_of(row.session_id) == which and row.session_id != principal.session_id:
            end_sign_in(session, principal, row, ELSEWHERE, now)
            return
    raise NotFound("You are not signed in there any more.")


def end_others(session: Session, principal: Principal, _none: None, now: datetime) -> None:
    """Sign out everywhere but here; after a change of how one signs in, too (ASVS 5.0, 7.4.3)."""
    for row in _running(session, principal, now):
        if row.session_id != principal.session_id:
            end_sign_in(session, principal, row, ELSEWHERE, now)


def _running(session: Session, principal: Principal, now: datetime) -> list[SignIn]:
    query = select(SignIn).where(SignIn.account_id == principal.account_id, SignIn.ends_at > now)
    return list(session.scalars(query.order_by(SignIn.started_at.desc(), SignIn.session_id)))
