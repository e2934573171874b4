"""Forgets delivered events after a while, and sends those of a time once more if asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from services.runtime.node import Node
from services.runtime.tables import cursors, outbox

EVERY_SECONDS = 600.0
BATCH = 2_000


def tidy_sent(node: Node, now: datetime) -> bool:
    """Forget events that Kafka has had for the retention time; true when more are due."""
    before = now - node.settings.event_retention
    return _tidy(node, outbox.c.sent_at < before)


def tidy_read(node: Node, others: Sequence[Node], now: datetime) -> bool:
    """The same in one process, where a row is sent once every other service has read past it."""
    read = [other.database.read(lambda s: _cursor(s, node.name)) for other in others]
    if not read:
        return False
    before = now - node.settings.event_retention
    return _tidy(node, (outbox.c.created_at < before) & (outbox.c.seq <= min(read)))


def _cursor(session: Session, source: str) -> int:
    return session.scalar(select(cursors.c.seq).where(cursors.c.source == source)) or 0


def _tidy(node: Node, due: ColumnElement[bool]) -> bool:
    def job(session: Session) -> int:
        some = select(outbox.c.seq).where(due).order_by(outbox.c.seq).limit(BATCH)
        gone = session.execute(
            delete(outbox).where(outbox.c.seq.in_(some.scalar_subquery())).returning(outbox.c.seq)
        ).all()
        return len(gone)

    return node.writer.write(job) == BATCH


def resend(session: Session, since: datetime, until: datetime) -> int:
    """Make sent events of a time due for Kafka again; returns how many.

    Receivers know those that they had. For a Kafka that lost what it had acknowledged.
    """
    found = session.execute(
        outbox.update()
        .where(outbox.c.created_at >= since, outbox.c.created_at < until)
        .where(outbox.c.sent_at.is_not(None))
        .values(sent_at=None)
        .returning(outbox.c.seq)
    )
    return len(found.all())
