"""Writes down what a provider posts, before it is answered; and takes it into effect.

In one process with SQLite it goes into a letter box, and into its table with its effect. Elsewhere
it goes into its table at once, and what arrives together goes into one statement: a burst of
delivery reports would otherwise make a commit of each of them, and a commit waits for the disk.
So while one burst goes on, rows wait a moment for their neighbours; the first does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from services.notifications import store
from services.notifications.letterbox import InUse, Letterbox, Values
from services.notifications.models import Base, Inbound
from services.runtime.node import Node

TAKEN_TOGETHER = 500
GATHER_SECONDS = 0.01
BURST_SECONDS = 0.1


@dataclass
class _Batch:
    rows: list[Values] = field(default_factory=list)
    kept: Future[None] = field(default_factory=Future)


class Arrivals:
    """Rows of one table that wait for the writer together."""

    def __init__(self, node: Node, table: type[Base]) -> None:
        self._node = node
        self._table = table
        self._open = _Batch()
        self._lock = threading.Lock()
        self._newest = -BURST_SECONDS

    async def keep(self, row: Values) -> None:
        """Return once the row is committed; one whose key is there already changes nothing."""
        box = _box_if_open(self._node, self._table)
        kept = self._join(row) if box is None else box.put(row)
        # Shielded: whoever hangs up must not take the others' rows along.
        await asyncio.shield(asyncio.wrap_future(kept))

    def _join(self, row: Values) -> Future[None]:
        now = time.monotonic()
        with self._lock:
            batch, in_burst = self._open, now - self._newest < BURST_SECONDS
            self._newest = now
            batch.rows.append(row)
            opens = len(batch.rows) == 1
        if opens and in_burst:
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self._submit, batch)
        elif opens:
            self._submit(batch)
        return batch.kept

    def _submit(self, batch: _Batch) -> None:
        def tell(written: Future[None]) -> None:
            if (error := written.exception()) is not None:
                batch.kept.set_exception(error)
            else:
                batch.kept.set_result(None)

        job = self._node.writer.submit(lambda session: self._write(session, batch), first=True)
        job.add_done_callback(tell)

    def _write(self, session: Session, batch: _Batch) -> None:
        """May run again with the same rows, when its transaction could not commit."""
        with self._lock:
            if self._open is batch:
                self._open = _Batch()
        store.add_once(session, self._table, batch.rows)


def arrivals(node: Node, table: type[Base]) -> Arrivals:
    """Where rows of this table wait, one place a node."""
    found = node.extras.setdefault(f"arrivals {table.__tablename__}", Arrivals(node, table))
    assert isinstance(found, Arrivals)
    return found


def take_in(node: Node, table: type[Base], any_new: str, job: Callable[[Session], int]) -> bool:
    """Run `job` in the transaction that takes in what has arrived; whether it did anything.

    any_new: a query that finds a row of the table whose effect is still to come.
    """
    box = _opened_box(node, table)
    rows = box.waiting(TAKEN_TOGETHER) if box else []
    if not rows and not store.any_row(node.database, any_new):
        if box and box.is_done():
            box.empty(partial(_save, node, table))
        return False

    def work(session: Session) -> int:
        if rows:
            store.add_once(session, table, rows)
        return job(session)

    done = node.writer.write(work)
    if box:
        box.taken(len(rows))
        if box.is_full():
            box.empty(partial(_save, node, table))
    return done > 0


def unread_phones(node: Node) -> set[str]:
    """Blind indexes of the phones whose texts were answered and are not yet in the database."""
    box = _box_if_open(node, Inbound)
    return {row["phone_index"] for row in box.waiting()} if box else set()


def _save(node: Node, table: type[Base], rows: list[Values]) -> None:
    node.writer.write(lambda session: store.add_once(session, table, rows))


def _key(table: type[Base]) -> str:
    return f"letterbox {table.__tablename__}"


def _box_if_open(node: Node, table: type[Base]) -> Letterbox | None:
    """Open only where replies and reports are taken into effect: elsewhere nobody would look."""
    box = node.extras.get(_key(table))
    return box if isinstance(box, Letterbox) else None


def _opened_box(node: Node, table: type[Base]) -> Letterbox | None:
    if not (node.settings.embedded and node.database.is_sqlite):
        return None
    key = _key(table)
    if key not in node.extras:
        node.extras[key] = None
        path = Path(node.settings.data_dir) / f"{node.name}-{table.__tablename__}.box"
        with contextlib.suppress(InUse):
            box = Letterbox(path, Base.metadata.tables[table.__tablename__], node.committed.notify)
            node.extras[key] = box
            node.at_close(partial(_close, node, table, box))
    return _box_if_open(node, table)


def _close(node: Node, table: type[Base], box: Letterbox) -> None:
    # What cannot be saved now stays in the file for the next start.
    with contextlib.suppress(Exception):
        box.empty(partial(_save, node, table))
    node.extras[_key(table)] = None
    box.close()
