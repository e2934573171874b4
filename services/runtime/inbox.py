"""What a service has received: every event recorded once, then taken into effect in order.

Receiving only writes the raw event down. Processing, backoff and dead letters
start from this table, whatever carried the event here.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    Select,
    Update,
    and_,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from schemas.envelope import MalformedEvent, Payload, parse_event
from schemas.events import TYPES
from services.runtime.database import Database
from services.runtime.tables import inbox

LANES = 16
LOOKED_AT = 5000
InboxRow = dict[str, object]
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
    return write_down(session, rows_of(raws, readers, session.info["service"], now))


def rows_of(
    raws: Iterable[Raw], readers: Mapping[str, type[Payload]], service: str, now: datetime
) -> list[InboxRow]:
    """What `receive` of a service would write down, for whoever asks before a transaction."""
    own = f"/newvoices/{service}"
    return [row for raw in raws if (row := _as_row(raw, readers, own, now)) is not None]


def write_down(session: Session, rows: Sequence[InboxRow]) -> int:
    """Write these rows unless their events are known; returns how many are new."""
    if not rows:
        return 0
    if session.get_bind().dialect.name == "sqlite":
        return len(session.execute(_INSERT_NEW, list(rows)).all())
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return len(session.execute(_INSERT_COLUMNS, columns).all())


_INSERT_NEW = (
    insert(inbox).on_conflict_do_nothing(index_elements=["event_id"]).returning(inbox.c.seq)
)
# PostgreSQL takes a batch as one array a column, several times as fast as one value a cell.
_INSERT_COLUMNS = text(
    """
    INSERT INTO inbox (event_id, topic, key, lane, type, payload, received_at, due_at,
                       attempts, state, error)
    SELECT * FROM unnest(
        CAST(:event_id AS text[]), CAST(:topic AS text[]), CAST(:key AS text[]),
        CAST(:lane AS int[]), CAST(:type AS text[]), CAST(:payload AS text[]),
        CAST(:received_at AS timestamptz[]), CAST(:due_at AS timestamptz[]),
        CAST(:attempts AS int[]), CAST(:state AS text[]), CAST(:error AS text[]))
    ON CONFLICT (event_id) DO NOTHING RETURNING seq
    """
)


def _as_row(
    raw: Raw, readers: Mapping[str, type[Payload]], own: str, now: datetime
) -> InboxRow | None:
    if raw.body is None:
        return None
    body = raw.body.decode("utf-8", "replace") if isinstance(raw.body, bytes) else raw.body
    # PostgreSQL's text holds no NUL; none is in a readable event, whose JSON escapes it.
    body = body.replace("\0", "\ufffd")
    row: InboxRow = {
        "topic": raw.topic,
        "key": raw.key.replace("\0", "\ufffd")[:KEY_LENGTH],
        "lane": lane_of(raw.key),
        "payload": body,
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
        digest = hashlib.sha256(f"{raw.topic}|{raw.position}|{body}".encode()).hexdigest()
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
    lanes: Sequence[int] | None = None,
) -> list[Row[tuple[int, str, str, str, str, int]]]:
    """Pending rows to process now, oldest first: (seq, event_id, key, type, payload, attempts).

    A key with a dead letter, or with an event waiting out its backoff, holds
    its later events back, so that order per key survives retry and replay.
    Types in `out_of_order` pass. lanes: only these (PostgreSQL).
    """
    query = _due(tuple(out_of_order), lanes is not None)
    values = {"now": now, "most": limit} | ({} if lanes is None else {"lanes": list(lanes)})
    return list(session.execute(query, values))


@lru_cache
def _due(
    out_of_order: tuple[str, ...], in_lanes: bool
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
    if not in_lanes:
        return query
    return query.where(inbox.c.lane == any_(bindparam("lanes", type_=ARRAY(Integer))))


@lru_cache
def _lanes_due(out_of_order: tuple[str, ...]) -> Select[tuple[int, int]]:
    first = (
        select(inbox.c.lane)
        .where(*_due_now(out_of_order))
        .order_by(inbox.c.seq)
        .limit(LOOKED_AT)
        .subquery()
    )
    return (
        select(first.c.lane, func.count().label("waiting"))
        .group_by(first.c.lane)
        .order_by(first.c.lane)
    )


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
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        session.execute(_mark_done(is_sqlite), {"seqs": seqs, "now": now})


@lru_cache
def _mark_done(is_sqlite: bool) -> Update:
    these = (
        inbox.c.seq.in_(bindparam("seqs", expanding=True))
        if is_sqlite
        else inbox.c.seq == any_(bindparam("seqs", type_=ARRAY(BigInteger)))
    )
    return (
        update(inbox)
        .where(these)
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


def lanes_due(session: Session, now: datetime, out_of_order: Iterable[str] = ()) -> dict[int, int]:
    """How many events of each lane `due` would give now, among the oldest few thousand."""
    found = session.execute(_lanes_due(tuple(out_of_order)), {"now": now})
    return {row.lane: row.waiting for row in found}


def lock_lanes(session: Session, lanes: Sequence[int]) -> list[int]:
    """Those of the lanes that no other worker is working on, until commit (PostgreSQL)."""
    return sorted(session.scalars(_LOCK_LANES, {"lanes": list(lanes)}))


_LOCK_LANES = text(
    "SELECT lane FROM unnest(CAST(:lanes AS int[])) AS wanted (lane)"
    " WHERE pg_try_advisory_xact_lock(hashtext('newvoices-inbox'), lane)"
)
