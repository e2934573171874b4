"""Writes down what a provider posts: what arrives together goes into one statement.

A burst of delivery reports would otherwise make a commit of each of them, and a commit waits for
the disk. So while one burst goes on, rows wait a moment for their neighbours; the first does not.
"""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from services.notifications import store
from services.notifications.models import Base
from services.runtime.node import Node

Values = dict[str, Any]


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
        # Shielded: whoever hangs up must not take the others' rows along.
        await asyncio.shield(asyncio.wrap_future(self._join(row)))

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
