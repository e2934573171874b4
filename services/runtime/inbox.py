"""What a service has received: every event recorded once, then taken into effect in order.

Receiving only writes the raw event down. Processing, backoff and dead letters
start from this table, whatever carried the event here.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from schemas.envelope import MalformedEvent, Payload, parse_event
from schemas.events import TYPES
from services.runtime.database import Database
from services.runtime.tables import inbox

LANES = 16
KEY_LENGTH, TYPE_LENGTH = 200, 120
PENDING, DONE, DEAD, DISCARDED = "pending", "done", "dead", "discarded"


# Written out rather than bound: only then do the databases see that their partial indexes fit.
IS_PENDING = inbox.c.state == literal_column("'pending'")


@dataclass(frozen=True)
class Raw:
    """An event as the log delivered it. `position` says where in the log, for the dead letters."""

    topic: str
    key: str
    body: bytes | str | None
    position: str


def receive(
    session: Session, raws: Iterable[Raw], readers: Mapping[str, type[Payload]], now: datetime
) -> int:
    """Write down what is for us or unreadable; skip known types that we do not read, and what
    this service said itself: a topic carries the same type from several services.

    Returns how many rows are new. Receiving the same event twice adds nothing.
    """
    own = f"/newvoices/{session.info['service']}"
    rows = [row for raw in raws if (row := _as_row(raw, readers, own, now)) is not None]
    if not rows:
        return 0
    result = session.execute(_insert_new(session.get_bind().dialect.name), rows)
    return len(result.all())


@lru_cache
def _insert_new(dialect: str) -> Any:
    make = sqlite_insert if dialect == "sqlite" else postgresql_insert
    statement = make(inbox).on_conflict_do_nothing(index_elements=["event_id"])
    return statement.returning(inbox.c.seq)


def _as_row(
    raw: Raw, readers: Mapping[str, type[Payload]], own: str, now: datetime
) -> dict[str, object] | None:
    if raw.body is None:
        return None
    text = raw.body.decode("utf-8", "replace") if isinstance(raw.body, bytes) else raw.body
    # PostgreSQL's text holds no NUL; none is in a readable event, whose JSON escapes it.
    text = text.replace("\0", "\ufffd")
    row: dict[str, object] = {
        "topic": raw.topic,
        "key": raw.key.replace("\0", "\ufffd")[:KEY_LENGTH],
        "lane": lane_of(raw.key),
        "payload": text,
        "received_at": now,
        "due_at": now,
        "attempts": 0,
        "state": PENDING,
        "error": None,
        "type": "",
    }
    try:
        event = parse_event(raw.body)
    except MalformedEvent as error:
        digest = hashlib.sha256(f"{raw.topic}|{raw.position}|{text}".encode()).hexdigest()
        return row | {"event_id": f"sha256:{digest}", "state": DEAD, "error": str(error)}
    row |= {"event_id": str(event.id), "type": event.type[:TYPE_LENGTH], "key": event.subject}
    row["lane"] = lane_of(event.subject)
    if event.source == own:
        return None
    if event.type in readers:
        return row
    if event.type in TYPES:
        return None
    return row | {"state": DEAD, "error": f"no reader here for event type {event.type}"}


def lane_of(key: str) -> int:
    """Keys spread over a fixed number of lanes; one worker at a time works on a lane."""
    return zlib.crc32(key.encode()) % LANES


def due(
    session: Session,
    now: datetime,
    limit: int,
    out_of_order: Iterable[str] = (),
    lane: int | None = None,
) -> list[Row[tuple[int, str, str, str, str, int]]]:
    """Pending rows to process now, oldest first: (seq, event_id, key, type, payload, attempts).

    A key with a dead letter, or with an event waiting out its backoff, holds
    its later events back, so that order per key survives retry and replay.
    Types in `out_of_order` pass.
    """
    query = _due(tuple(out_of_order), lane is not None)
    return list(session.execute(query, {"now": now, "most": limit, "lane": lane}))


@lru_cache
def _due(
    out_of_order: tuple[str, ...], in_lane: bool
) -> Select[tuple[int, str, str, str, str, int]]:
    """The query of `due`, made once: making it takes longer than running it."""
    query: Select[tuple[int, str, str, str, str, int]] = (
        select(
            inbox.c.seq,
            inbox.c.event_id,
            inbox.c.key,
            inbox.c.type,
            inbox.c.payload,
            inbox.c.attempts,
        )
        .where(*_due_now(out_of_order))
        .order_by(inbox.c.seq)
        .limit(bindparam("most"))
    )
    return query.where(inbox.c.lane == bindparam("lane")) if in_lane else query


@lru_cache
def _lanes_due(out_of_order: tuple[str, ...]) -> Select[tuple[int]]:
    return select(inbox.c.lane).where(*_due_now(out_of_order)).distinct()


def _due_now(out_of_order: tuple[str, ...]) -> list[ColumnElement[bool]]:
    held, now = inbox.alias("held"), bindparam("now", type_=inbox.c.due_at.type)
    holding = (
        select(held.c.seq)
        .where(
            held.c.key == inbox.c.key,
            held.c.seq < inbox.c.seq,
            held.c.state.in_([literal_column("'pending'"), literal_column("'dead'")]),
            or_(held.c.state == DEAD, and_(held.c.state == PENDING, held.c.due_at > now)),
        )
        .exists()
    )
    return [
        IS_PENDING,
        inbox.c.due_at <= now,
        or_(~holding, inbox.c.type.in_(out_of_order)),
    ]


def any_pending_at_a_glance(database: Database) -> bool:
    """Whether anything waits at all, due or not (SQLite); asked at each wake-up."""
    return bool(database.glance("SELECT 1 FROM inbox WHERE state = 'pending' LIMIT 1"))


def mark_done(session: Session, seqs: list[int], now: datetime) -> None:
    """In effect: keep the id, drop the content."""
    if seqs:
        session.execute(_MARK_DONE, {"seqs": seqs, "now": now})


_MARK_DONE = (
    update(inbox)
    .where(inbox.c.seq.in_(bindparam("seqs", expanding=True)))
    .values(
        state=DONE,
        finished_at=bindparam("now", type_=inbox.c.finished_at.type),
        payload=None,
        error=None,
    )
)


def mark_failed(
    session: Session, seq: int, attempts: int, reason: str, due_at: datetime | None
) -> None:
    """Failed once more: due again at `due_at`, or a dead letter when that is None."""
    values: dict[str, object] = {"attempts": attempts, "error": reason}
    values |= {"state": DEAD} if due_at is None else {"due_at": due_at}
    session.execute(update(inbox).where(inbox.c.seq == seq).values(**values))


def dead_letters(
    session: Session,
) -> list[Row[tuple[int, str, str, str, str, int, datetime, str]]]:
    """All, newest first: (seq, event_id, topic, key, type, attempts, received_at, error)."""
    return list(session.execute(dead_letters_query().order_by(inbox.c.seq.desc())))


def dead_letters_query() -> Select[tuple[int, str, str, str, str, int, datetime, str]]:
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


def erase(session: Session, key: str) -> None:
    """Forget what waits for a key, but keep the ids so that nothing is taken in again."""
    session.execute(
        update(inbox)
        .where(inbox.c.key == key, inbox.c.state.in_([PENDING, DEAD]))
        .values(state=DISCARDED, payload=None)
    )


def forget_finished(session: Session, before: datetime, limit: int) -> int:
    """Drop ids of events finished before a time longer ago than any redelivery; how many."""
    old = (
        select(inbox.c.seq)
        .where(inbox.c.state == DONE, inbox.c.finished_at < before)
        .order_by(inbox.c.seq)
        .limit(limit)
    )
    dropped = session.execute(delete(inbox).where(inbox.c.seq.in_(old)).returning(inbox.c.seq))
    return len(dropped.all())


def lanes_due(session: Session, now: datetime, out_of_order: Iterable[str] = ()) -> list[int]:
    """Lanes with something that `due` would give now; what is held back does not count."""
    return list(session.scalars(_lanes_due(tuple(out_of_order)), {"now": now}))
