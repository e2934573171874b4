"""Group commit: jobs that arrive together share one transaction, and one failing harms no other.

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

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session, SessionTransaction

from services.runtime.database import Database
from services.runtime.failpoints import failpoint
from services.runtime.signal import Signal

T = TypeVar("T")
Job = Callable[[Session], Any]
Waiting = tuple[Job, "Future[Any]"]
Outcome = tuple[Any, Exception | None]

MAX_BATCH = 64
ALONE_TRIES = 3


class Writer:
    """Runs jobs in transactions; `committed` is notified after each commit."""

    def __init__(self, database: Database, threads: int | None = None) -> None:
        self.database = database
        self.committed = Signal()
        self._closed = False
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        count = threads or (1 if database.is_sqlite else 4)
        self._threads = [
            threading.Thread(target=self._work, name=f"writer-{database.service}-{n}", daemon=True)
            for n in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Callable[[Session], T]) -> Future[T]:
        """Queue a job. After `close` its future fails at once, rather than wait for ever."""
        future: Future[T] = Future()
        if self._closed:
            future.set_exception(RuntimeError("The service is stopping. Nothing was saved."))
        else:
            self._queue.put((job, future))
        return future

    def write(self, job: Callable[[Session], T]) -> T:
        """Run a job and wait for its commit. Never call it on an event loop."""
        return self.submit(job).result()

    async def run(self, job: Callable[[Session], T]) -> T:
        return await asyncio.wrap_future(self.submit(job))

    def close(self) -> None:
        self._closed = True
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
        # From here on nobody can cancel them; who has given up before gets no job done.
        batch = [item for item in batch if item[1].set_running_or_notify_cancel()]
        if len(batch) > 1:
            self._commit_together(batch)
        elif batch:
            self._commit_alone(*batch[0])

    def _commit_together(self, batch: list[Waiting]) -> None:
        outcomes: list[Outcome] = []
        committing = False
        try:
            with self.database.writing() as session:
                outcomes = _run_all([job for job, _ in batch], session)
                failpoint("writer.before-commit")
                committing = True
        except Exception as error:
            for job, future in batch:
                if committing and _connection_lost(error):
                    # It may be committed: done again, it might count twice.
                    future.set_exception(error)
                else:
                    self._commit_alone(job, future)
            return
        failpoint("writer.committed")
        self.committed.notify()
        for (job, future), (result, error_of_job) in zip(batch, outcomes, strict=True):
            if isinstance(error_of_job, IntegrityError):
                self._commit_alone(job, future)
            elif error_of_job is None:
                future.set_result(result)
            else:
                future.set_exception(error_of_job)

    def _commit_alone(self, job: Job, future: Future[Any]) -> None:
        for attempt in range(1, ALONE_TRIES + 1):
            try:
                result = self.database.write(lambda session: _then_failpoint(job, session))
            except (OperationalError, IntegrityError) as error:
                # Another writer may have put in the same key after we looked; now we see it.
                if attempt == ALONE_TRIES or _connection_lost(error):
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


def _connection_lost(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _run_all(jobs: list[Job], session: Session) -> list[Outcome]:
    """Run the jobs; when none raises, they share one savepoint, since one each is slow.

    When one raises, all are taken back and run again, each in a savepoint of its own.
    """
    shared = session.begin_nested()
    try:
        outcomes: list[Outcome] = []
        for job in jobs:
            outcomes.append((job(session), None))
            # What breaks a constraint must do so in its own turn, not in its neighbour's.
            session.flush()
        shared.commit()
    except OperationalError:
        raise
    except Exception:
        undo(session, shared)
        return [_in_savepoint(job, session) for job in jobs]
    return outcomes


def _in_savepoint(job: Job, session: Session) -> Outcome:
    savepoint = session.begin_nested()
    try:
        result = job(session)
        savepoint.commit()
    except OperationalError:
        raise
    except Exception as error:
        undo(session, savepoint)
        return None, error
    return result, None


def undo(session: Session, savepoint: SessionTransaction) -> None:
    """Take a failed savepoint back, also one that a failed flush has rolled back already."""
    if session.get_nested_transaction() is savepoint:
        savepoint.rollback()
