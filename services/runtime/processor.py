"""Takes received events into effect: in batches, each in its own savepoint, in order per key.

A handler that raises is retried alone with growing pauses, then dead-lettered
with its reason. A database that is down stops the loop instead: no event is to
blame for that.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Row as SqlRow
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session, SessionTransaction

from schemas.envelope import Event, MalformedEvent, Payload, parse_event, parse_payload
from services.runtime import inbox
from services.runtime.errors import DomainError
from services.runtime.failpoints import failpoint
from services.runtime.node import Node
from services.runtime.telemetry import span
from services.runtime.timings import handler_seconds
from services.runtime.writer import undo

log = structlog.get_logger()

Row = SqlRow[Any]

# A commit waits for the disk, which takes longer than a batch of light events.
SHARED_SECONDS = 0.03
MAX_ATTEMPTS = 6
FIRST_PAUSE = timedelta(milliseconds=200)
LONGEST_PAUSE = timedelta(seconds=60)


def process(node: Node, now: datetime) -> bool:
    """One batch; returns whether there may be more at once.

    Looks before it writes: every commit wakes the consumers, so an empty one would keep
    them awake for ever.
    """
    if node.database.is_sqlite and not inbox.any_pending_at_a_glance(node.database):
        return False
    lanes = node.database.read(lambda session: inbox.lanes_due(session, now, out_of_order(node)))
    if not lanes:
        return False
    if node.database.is_sqlite:
        return node.writer.write(lambda session: process_batch(node, session, now)) > 0
    return process_lanes(node, lanes, now)


def out_of_order(node: Node) -> list[str]:
    """Type names of the events that pass those held back."""
    return [payload.type_name() for payload in node.service.out_of_order]


def process_lanes(node: Node, lanes: Mapping[int, int], now: datetime) -> bool:
    """Something of each lane that no other worker is working on; lanes with how much waits."""
    tried = [
        node.writer.write(partial(_process_some, node, now=now, lanes=some))
        for some in shares(lanes, node.service.batch)
    ]
    return sum(tried) > 0


def shares(lanes: Mapping[int, int], batch: int) -> list[list[int]]:
    """Lanes that share a transaction: as many as make a batch, so that few events cost one
    commit and many leave the other lanes to other workers."""
    result: list[list[int]] = []
    room = 0
    for lane, waiting in lanes.items():
        if room <= 0:
            result.append([])
            room = batch
        result[-1].append(lane)
        room -= waiting
    return result


def _process_some(node: Node, session: Session, *, now: datetime, lanes: Sequence[int]) -> int:
    locked = inbox.lock_lanes(session, lanes)
    return process_batch(node, session, now, locked) if locked else 0


def process_batch(
    node: Node, session: Session, now: datetime, lanes: Sequence[int] | None = None
) -> int:
    """Process due events within the caller's transaction; returns how many were tried.

    Light events share a commit batch after batch, for as long as nobody waits long for it.
    """
    begun, tried = time.perf_counter(), 0
    while True:
        count = _one_batch(node, session, now, lanes)
        tried += count
        if count < node.service.batch or time.perf_counter() - begun > SHARED_SECONDS:
            failpoint("inbox.before-commit")
            return tried


def _one_batch(node: Node, session: Session, now: datetime, lanes: Sequence[int] | None) -> int:
    """Most batches have no failure, so all events first share one savepoint; only when one
    raises is the batch done again event by event, each in a savepoint of its own.
    """
    passing = out_of_order(node)
    rows = inbox.due(session, now, node.service.batch, passing, lanes)
    if _all_at_once(node, session, rows, now):
        done = [row.seq for row in rows]
    else:
        done = _one_by_one(node, session, rows, passing, now)
    inbox.mark_done(session, done, now)
    return len(rows)


def _all_at_once(node: Node, session: Session, rows: Sequence[Row], now: datetime) -> bool:
    """True when every event of the batch is in effect; otherwise nothing of it is."""
    if not rows:
        return True
    readers = node.service.readers
    savepoint = session.begin_nested()
    try:
        events = [parse_event(row.payload) for row in rows]
        payloads = [parse_payload(event, readers) for event in events]
        with node.service.read_ahead(session, payloads):
            for event, payload in zip(events, payloads, strict=True):
                _handle(node, session, event, payload, now)
            # Written together, rows of one table go in one statement.
            session.flush()
        savepoint.commit()
    except Exception as error:
        _lost(error, savepoint)
        undo(session, savepoint)
        return False
    return True


def _one_by_one(
    node: Node, session: Session, rows: Sequence[Row], passing: list[str], now: datetime
) -> list[int]:
    """The seqs now in effect; those that failed are marked, and their keys held back."""
    done: list[int] = []
    held: set[str] = set()
    readers = node.service.readers
    for row in rows:
        if row.key in held and row.type not in passing:
            continue
        savepoint = session.begin_nested()
        try:
            event = parse_event(row.payload)
            _handle(node, session, event, parse_payload(event, readers), now)
            session.flush()
            savepoint.commit()
        except Exception as error:
            _lost(error, savepoint)
            undo(session, savepoint)
            held.add(row.key)
            _failed(node, session, row, describe(error), now)
        else:
            done.append(row.seq)
    return done


def _lost(error: Exception, savepoint: SessionTransaction) -> None:
    """Raise on when the database, not the event, is to blame: it is gone, or saw a deadlock.

    A flush that fails ends its savepoint. A broken constraint is still the event's own fault.
    """
    if not isinstance(error, DBAPIError):
        return
    unable = isinstance(error, OperationalError) and not savepoint.is_active
    # Class 40: two transactions stood in each other's way (PostgreSQL, appendix A).
    conflict = str(getattr(error.orig, "sqlstate", "")).startswith("40")
    if error.connection_invalidated or unable or conflict:
        raise error


def _handle(node: Node, session: Session, event: Event, payload: Payload, now: datetime) -> None:
    """Run the handler of one event, timed and traced."""
    started = time.perf_counter()
    outcome = "failed"
    try:
        with span(f"handle {payload.name}", event.traceparent):
            node.service.handlers[type(payload)](payload, session, now)
        outcome = "done"
    finally:
        seconds = time.perf_counter() - started
        handler_seconds(node.name, payload.name, outcome).observe(seconds)


def _failed(node: Node, session: Session, row: Row, reason: str, now: datetime) -> None:
    seq, attempts = row.seq, row.attempts + 1
    hopeless = reason.startswith(MalformedEvent.__name__)
    due_at = None if hopeless or attempts >= MAX_ATTEMPTS else now + pause(attempts)
    inbox.mark_failed(session, seq, attempts, reason, due_at)
    log.warning(
        "event failed",
        service=node.name,
        type=row.type,
        attempts=attempts,
        dead=due_at is None,
        reason=reason,
    )


def pause(attempts: int) -> timedelta:
    """Doubling from 200 ms, one minute at most."""
    return min(FIRST_PAUSE * float(2 ** (attempts - 1)), LONGEST_PAUSE)


def describe(error: BaseException) -> str:
    """Why something failed, without any value: our own texts, or the error's class and place."""
    if isinstance(error, MalformedEvent):
        return f"{MalformedEvent.__name__}: {error}"
    if isinstance(error, DomainError):
        return error.detail
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename
    ]
    where = f" at {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
