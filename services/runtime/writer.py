"""Group commit: jobs that arrive together share one transaction, each in its own savepoint.

A job is a function of the session with no effect outside it, so that it can be
run again when a shared transaction could not commit. One thread writes to
SQLite, which has one writer anyway; several to PostgreSQL.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from services.runtime.database import Database
from services.runtime.failpoints import failpoint
from services.runtime.signal import Signal

T = TypeVar("T")
Job = Callable[[Session], Any]
Waiting = tuple[Job, "Future[Any]"]

MAX_BATCH = 64
ALONE_TRIES = 3


class Writer:
    """Runs jobs in transactions; `committed` is notified after each commit."""

    def __init__(self, database: Database, threads: int | None = None) -> None:
        self.database = database
        self.committed = Signal()
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        count = threads or (1 if database.is_sqlite else 4)
        self._threads = [
            threading.Thread(target=self._work, name=f"writer-{database.service}-{n}", daemon=True)
            for n in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Callable[[Session], T]) -> Future[T]:
        future: Future[T] = Future()
        self._queue.put((job, future))
        return future

    def write(self, job: Callable[[Session], T]) -> T:
        """Run a job and wait for its commit. Never call it on an event loop."""
        return self.submit(job).result()

    async def run(self, job: Callable[[Session], T]) -> T:
        return await asyncio.wrap_future(self.submit(job))

    def close(self) -> None:
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(timeout=30)

    def _work(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            batch, stop = self._gather(first)
            self._commit(batch)
            if stop:
                return

    def _gather(self, first: Waiting) -> tuple[list[Waiting], bool]:
        batch = [first]
        while len(batch) < MAX_BATCH:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                return batch, True
            batch.append(item)
        return batch, False

    def _commit(self, batch: list[Waiting]) -> None:
        if len(batch) == 1:
            self._commit_alone(*batch[0])
            return
        outcomes: list[tuple[Future[Any], Any, Exception | None]] = []
        try:
            with self.database.writing() as session:
                for job, future in batch:
                    outcomes.append((future, *_in_savepoint(job, session)))
                failpoint("writer.before-commit")
        except Exception:
            # The shared transaction is lost; each job gets one of its own.
            for job, future in batch:
                self._commit_alone(job, future)
            return
        failpoint("writer.committed")
        self.committed.notify()
        for future, result, error in outcomes:
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

    def _commit_alone(self, job: Job, future: Future[Any]) -> None:
        for attempt in range(1, ALONE_TRIES + 1):
            try:
                result = self.database.write(lambda session: _then_failpoint(job, session))
            except OperationalError as error:
                if attempt == ALONE_TRIES or error.connection_invalidated:
                    future.set_exception(error)
                    return
            except Exception as error:
                future.set_exception(error)
                return
            else:
                failpoint("writer.committed")
                self.committed.notify()
                future.set_result(result)
                return


def _then_failpoint(job: Job, session: Session) -> Any:
    result = job(session)
    failpoint("writer.before-commit")
    return result


def _in_savepoint(job: Job, session: Session) -> tuple[Any, Exception | None]:
    savepoint = session.begin_nested()
    try:
        result = job(session)
        savepoint.commit()
    except OperationalError:
        raise
    except Exception as error:
        if savepoint.is_active:
            savepoint.rollback()
        return None, error
    return result, None
