"""One database a service: SQLite files by default, PostgreSQL when a URL is given."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

T = TypeVar("T")

BUSY_TIMEOUT_MS = 15_000
SCRUB_TIMEOUT_MS = 200


class Database:
    """A service's own database. `read` for queries, `write` for one transaction."""

    def __init__(
        self,
        service: str,
        url: str,
        info: dict[str, Any] | None = None,
        schemas: Collection[str] = (),
    ) -> None:
        """`info` is what commands and handlers find in `session.info`, beside the service.

        `schemas` are those of the service's tables; SQLite has none and keeps them in one.
        """
        self.service = service
        self.url = url
        self.engine = _engine(url, schemas)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._glances = threading.local()
        known = {**(info or {}), "service": service}
        self._writers = sessionmaker(self.engine, expire_on_commit=False, info=known)
        self._readers = sessionmaker(
            self.engine.execution_options(read_only=True),
            expire_on_commit=False,
            info=known,
        )

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with self._writers.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self._readers() as session:
            yield session

    def write(self, job: Callable[[Session], T]) -> T:
        with self.writing() as session:
            return job(session)

    def read(self, job: Callable[[Session], T]) -> T:
        with self.reading() as session:
            return job(session)

    def glance(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """One short query past the session, for what each request or wake-up asks (SQLite only).

        It reads what is committed, takes microseconds, and is safe on the event loop: a reader
        of a write-ahead log waits for no writer.
        """
        found: sqlite3.Connection | None = getattr(self._glances, "connection", None)
        if found is None:
            path = self.engine.url.database or ""
            found = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            found.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            found.execute("PRAGMA query_only = ON")
            self._glances.connection = found
        return found.execute(query, values).fetchall()

    def scrub(self) -> bool:
        """Write the write-ahead log into the database and empty it; false if somebody was busy.

        Deleted content is overwritten in the database file (secure_delete), but the log keeps
        older pages until then. PostgreSQL's log is the server's own to recycle.
        """
        if not self.is_sqlite:
            return True
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            # Never hold the writer up for long: a busy database is tried again later.
            cursor.execute(f"PRAGMA busy_timeout = {SCRUB_TIMEOUT_MS}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            row = cursor.fetchone()
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        finally:
            connection.close()
        return row is not None and row[0] == 0

    def dispose(self) -> None:
        # A thread's own connection is closed when nothing holds it any more.
        self._glances = threading.local()
        self.engine.dispose()


def database_url(service: str, base_url: str | None, data_dir: Path) -> str:
    """The URL of a service's database; `{service}` in a base URL is replaced by its name.

    Without a base URL: an SQLite file in `data_dir`.
    """
    if base_url is None:
        data_dir.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{(data_dir / f'{service}.db').resolve()}"
    if "{service}" in base_url:
        return base_url.replace("{service}", service)
    url = make_url(base_url)
    return url.set(
        drivername="postgresql+psycopg", database=f"newvoices_{service}"
    ).render_as_string(hide_password=False)


def _engine(url: str, schemas: Collection[str]) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(
            url,
            # An error's text must not hold what a person told us.
            hide_parameters=True,
            execution_options={"schema_translate_map": dict.fromkeys(schemas)} if schemas else {},
            connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        )
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(
        url, hide_parameters=True, pool_size=10, max_overflow=10, pool_pre_ping=True
    )
    event.listen(engine, "connect", _configure_postgresql)
    return engine


def _configure_postgresql(connection: Any, _record: Any) -> None:
    # Of few rows expected and many found, as in an inbox after an outage, the planner sorts all
    # for each batch, unless it knows that a page read out of order costs no more on our disks.
    connection.execute("SET random_page_cost = 1.1")
    connection.commit()


def _configure_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN is late and breaks savepoints; we send ours.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # Taking the write lock at once means a transaction never fails half-way for want of it.
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
