"""One process at a time: whoever holds an advisory lock of the service's PostgreSQL database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from services.runtime.node import Node

Connection = psycopg.Connection[Any]

STANDBY_SECONDS = 1.0


@contextmanager
def turn(node: Node, name: str, stopping: threading.Event) -> Iterator[Connection | None]:
    """Wait for the turn `name`, and hold it while the connection that is yielded lives.

    Yields None when `stopping` is set first. Raises psycopg.Error when the database fails.
    The lock belongs to the session, so a pooler in transaction mode must not be in between.
    """
    url = node.database.engine.url.set(drivername="postgresql")
    text = url.render_as_string(hide_password=False)
    with psycopg.connect(text, autocommit=True) as connection:
        while not _locked(connection, f"newvoices-{name}"):
            if stopping.wait(STANDBY_SECONDS):
                yield None
                return
        yield connection


def _locked(connection: Connection, name: str) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name]).fetchone()
    return bool(row and row[0])
