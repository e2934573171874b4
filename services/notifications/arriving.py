"""Writes down what a provider posts: what arrives together goes into one statement.

A burst of delivery reports would otherwise make a job of the writer of each of them.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from services.notifications import store
from services.notifications.models import Base
from services.runtime.node import Node

Values = dict[str, Any]


@dataclass
class _Batch:
    rows: list[Values] = field(default_factory=list)
    kept: Future[None] | None = None


class Arrivals:
    """Rows of one table that wait for the writer together."""

    def __init__(self, node: Node, table: type[Base]) -> None:
        self._node = node
        self._table = table
        self._open = _Batch()
        self._lock = threading.Lock()

    async def keep(self, row: Values) -> None:
        """Return once the row is committed; one whose key is there already changes nothing."""
        # Shielded: whoever hangs up must not take the others' rows along.
        await asyncio.shield(asyncio.wrap_future(self._join(row)))

    def _join(self, row: Values) -> Future[None]:
        with self._lock:
            batch = self._open
            batch.rows.append(row)
            if batch.kept is None:
                batch.kept = self._node.writer.submit(
                    lambda session: self._write(session, batch), first=True
                )
            return batch.kept

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
