"""Events leave with the change that caused them: one transaction, one table."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, registry

from schemas.envelope import Event, Payload
from services.runtime.tables import outbox
from services.runtime.telemetry import current_traceparent
from services.runtime.topics import COMPACTED

MAX_EVENT_BYTES = 512 * 1024


class _Row:
    """An event on its way into the outbox: the session writes those of a transaction at once."""

    def __init__(self, **values: object) -> None:
        for name, value in values.items():
            setattr(self, name, value)


registry(metadata=outbox.metadata).map_imperatively(_Row, outbox)


class EventTooLarge(ValueError):
    """An event beyond what the log accepts; the change that made it is refused with it."""


def publish(session: Session, payload: Payload, now: datetime) -> Event:
    """Append an event to the outbox in the caller's transaction."""
    return publish_all(session, [payload], now)[0]


def publish_all(session: Session, payloads: list[Payload], now: datetime) -> list[Event]:
    """Append events in order. They are written at the session's next flush, or at its commit."""
    source = session.info["service"]
    traceparent = current_traceparent()
    events = [Event.of(p, source=source, time=now, traceparent=traceparent) for p in payloads]
    session.add_all(
        _Row(
            event_id=str(event.id),
            topic=payload.topic,
            key=event.subject,
            type=event.type,
            payload=_checked(event.to_json()),
            created_at=now,
        )
        for event, payload in zip(events, payloads, strict=True)
    )
    return events


def read_after(session: Session, seq: int, limit: int) -> list[OutboxRow]:
    """Rows after `seq` in the order they were committed."""
    found = session.execute(
        select(outbox.c.seq, outbox.c.topic, outbox.c.key, outbox.c.payload)
        .where(outbox.c.seq > seq)
        .order_by(outbox.c.seq)
        .limit(limit)
    )
    return [(row.seq, row.topic, row.key, row.payload) for row in found]


OutboxRow = tuple[int, str, str, str | None]


def erase(session: Session, key: str) -> None:
    """Take the content of every event of a key out of the outbox (erasure).

    Where the log keeps the latest event of each key, the emptied one is due again: a tombstone.
    """
    session.flush()
    session.execute(update(outbox).where(outbox.c.key == key).values(payload=None))
    session.execute(
        update(outbox)
        .where(outbox.c.key == key, outbox.c.topic.in_(COMPACTED))
        .values(sent_at=None)
    )


def _checked(raw: str) -> str:
    if len(raw.encode()) > MAX_EVENT_BYTES:
        raise EventTooLarge(f"an event may be {MAX_EVENT_BYTES // 1024} KB at most")
    return raw
