"""Events that could not take effect, kept with the reason until a person decides about them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row, Select, select, update
from sqlalchemy.orm import Session

from services.runtime.inbox import DEAD, DISCARDED, PENDING
from services.runtime.tables import inbox


def dead(
    session: Session,
) -> list[Row[tuple[int, str, str, str, str, int, datetime, str]]]:
    """All, newest first: (seq, event_id, topic, key, type, attempts, received_at, error)."""
    return list(session.execute(query().order_by(inbox.c.seq.desc())))


def query() -> Select[tuple[int, str, str, str, str, int, datetime, str]]:
    return select(
        inbox.c.seq,
        inbox.c.event_id,
        inbox.c.topic,
        inbox.c.key,
        inbox.c.type,
        inbox.c.attempts,
        inbox.c.received_at,
        inbox.c.error,
    ).where(inbox.c.state == DEAD)


def replay(session: Session, event_ids: list[str] | None, now: datetime) -> int:
    """Make dead letters due again (all of them when no id is given); returns how many."""
    statement = (
        update(inbox)
        .where(inbox.c.state == DEAD)
        .values(state=PENDING, attempts=0, due_at=now)
        .returning(inbox.c.seq)
    )
    if event_ids is not None:
        statement = statement.where(inbox.c.event_id.in_(event_ids))
    return len(session.execute(statement).all())


def discard(session: Session, event_id: str, now: datetime) -> bool:
    """Give a dead letter up for good, by a person's decision; later events of its key go on."""
    statement = (
        update(inbox)
        .where(inbox.c.state == DEAD, inbox.c.event_id == event_id)
        .values(state=DISCARDED, finished_at=now, payload=None)
        .returning(inbox.c.seq)
    )
    return session.execute(statement).first() is not None
