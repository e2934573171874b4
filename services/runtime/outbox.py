"""Events leave with the change that caused them: one transaction, one table."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session

from schemas.envelope import Event, Payload, new_id
from services.runtime import waiting
from services.runtime.tables import outbox
from services.runtime.telemetry import current_traceparent
from services.runtime.topics import COMPACTED

MAX_EVENT_BYTES = 512 * 1024
_KIND = "outbox"


class EventTooLarge(ValueError):
    """An event beyond what the log accepts; the change that made it is refused with it."""


def publish(session: Session, payload: Payload, now: datetime) -> Event:
    """Append an event to the outbox in the caller's transaction."""
    return publish_all(session, [payload], now)[0]


def publish_all(session: Session, payloads: list[Payload], now: datetime) -> list[Event]:
    """Append events in order. They are written together just before the commit."""
    source = session.info["service"]
    traceparent = current_traceparent()
    events = [Event.of(p, source=source, time=now, traceparent=traceparent) for p in payloads]
    rows = [
        {
            "event_id": str(envelope.id),
            "topic": payload.topic,
            "key": envelope.subject,
            "type": envelope.type,
            "payload": _checked(envelope.to_json()),
            "created_at": now,
        }
        for envelope, payload in zip(events, payloads, strict=True)
    ]
    waiting.wait(session, _KIND, rows)
    return events


def tombstone(session: Session, kind: type[Payload], key: str, now: datetime) -> None:
    """Append a key without a value: of a compacted topic's key nothing stays, after a while not
    even this. Consumers pass over it, so what they must do comes with an event of its own."""
    if kind.topic not in COMPACTED:
        raise ValueError("only a compacted topic forgets by key")
    row = {
        "event_id": str(new_id()),
        "topic": kind.topic,
        "key": key,
        "type": kind.type_name(),
        "payload": None,
        "created_at": now,
    }
    waiting.wait(session, _KIND, [row])


def write_waiting(session: Session) -> None:
    """Write the events that wait in this session; what commits does it by itself."""
    rows = waiting.taken(session, _KIND)
    if rows:
        session.execute(insert(outbox), rows)


@event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    # Told of savepoints too: those are not the end yet.
    if not session.in_nested_transaction():
        write_waiting(session)


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
    write_waiting(session)
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
