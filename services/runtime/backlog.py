"""How much stands in a service's event tables: one count for the doctor and for the metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.runtime.clock import as_utc
from services.runtime.tables import inbox, outbox


@dataclass(frozen=True)
class Backlog:
    """outbox: events kept there, unsent: those that have not left for Kafka; times in UTC."""

    outbox: int
    unsent: int
    oldest_unsent: datetime | None
    pending: int
    oldest_pending: datetime | None
    dead: int


def backlog(session: Session) -> Backlog:
    unsent = select(func.count(), func.min(outbox.c.created_at)).where(outbox.c.sent_at.is_(None))
    by_state = select(inbox.c.state, func.count(), func.min(inbox.c.received_at)).where(
        inbox.c.state.in_(["pending", "dead"])
    )
    left, oldest_left = session.execute(unsent).one()
    waiting = {row[0]: row for row in session.execute(by_state.group_by(inbox.c.state))}
    _, pending, oldest_pending = waiting.get("pending", ("", 0, None))
    return Backlog(
        outbox=session.scalar(select(func.count()).select_from(outbox)) or 0,
        unsent=left,
        oldest_unsent=as_utc(oldest_left) if oldest_left else None,
        pending=pending,
        oldest_pending=as_utc(oldest_pending) if oldest_pending else None,
        dead=waiting["dead"][1] if "dead" in waiting else 0,
    )
