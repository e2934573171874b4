"""What a service keeps of accounts: sessions no longer accepted, and API tokens by hash."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from schemas.envelope import Payload
from schemas.events import ApiTokenIssued, ApiTokenWithdrawn, SessionRevoked
from services.runtime.clock import as_utc
from services.runtime.database import Database
from services.runtime.security.principal import Role
from services.runtime.security.tokens import StoredToken
from services.runtime.tables import api_tokens, revoked_sessions


def revoke_session(event: SessionRevoked, session: Session, _now: datetime) -> None:
    if not is_revoked(session, event.session_id):
        session.execute(
            insert(revoked_sessions).values(
                session_id=event.session_id, expires_at=event.expires_at
            )
        )


def keep_token(event: ApiTokenIssued, session: Session, _now: datetime) -> None:
    known = session.scalar(select(api_tokens.c.id).where(api_tokens.c.id == event.token_id))
    if known is None:
        values = event.model_dump(exclude={"token_id"}) | {"id": event.token_id}
        session.execute(insert(api_tokens).values(**values))


def withdraw_token(event: ApiTokenWithdrawn, session: Session, now: datetime) -> None:
    session.execute(
        update(api_tokens).where(api_tokens.c.id == event.token_id).values(withdrawn_at=now)
    )


ACCOUNT_HANDLERS: dict[type[Payload], Callable[[Any, Session, datetime], None]] = {
    SessionRevoked: revoke_session,
    ApiTokenIssued: keep_token,
    ApiTokenWithdrawn: withdraw_token,
}


def is_revoked(session: Session, session_id: str) -> bool:
    query = select(revoked_sessions.c.session_id)
    return session.scalar(query.where(revoked_sessions.c.session_id == session_id)) is not None


def is_revoked_at_a_glance(database: Database, session_id: str) -> bool:
    """The same past the session, on SQLite: a look of its own costs less than a thread's turn."""
    query = "SELECT 1 FROM revoked_sessions WHERE session_id = ?"
    return bool(database.glance(query, (session_id,)))


def find_token(session: Session, token_hash: str) -> StoredToken | None:
    query = select(api_tokens).where(api_tokens.c.token_hash == token_hash)
    row = session.execute(query).first()
    if row is None:
        return None
    return StoredToken(
        id=row.id,
        token_hash=row.token_hash,
        account_id=row.account_id,
        role=Role(row.role),
        organisation_id=row.organisation_id,
        team_id=row.team_id,
        scopes=frozenset(row.scopes),
        expires_at=as_utc(row.expires_at),
        withdrawn_at=as_utc(row.withdrawn_at) if row.withdrawn_at else None,
    )


def forget_expired(session: Session, now: datetime) -> None:
    session.execute(delete(revoked_sessions).where(revoked_sessions.c.expires_at < now))
