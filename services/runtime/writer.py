"""Group commit: jobs that arrive together share one transaction, and one failing harms no other.

A job is a function of the session with no effect outside it, so that it can be
run again when a shared transaction could not commit. One thread writes to
SQLite, which has one writer anyway; several to PostgreSQL. Jobs that somebody outside waits for
go `first`: they are committed by themselves, and a transaction that others share is cut short
for them.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextvars import copy_context
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


class _Queue:
    """Jobs in the order they came, those that go first apart; safe for several threads."""

    def __init__(self) -> None:
        self._first: deque[Waiting] = deque()
        self._others: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._others_turn = False
        self._ended = False

    def put(self, item: Waiting, first: bool) -> bool:
        """False once it has ended: then nobody will ever take the item."""
        with self._changed:
            if self._ended:
                return False
            (self._first if first else self._others).append(item)
            self._changed.notify()
            return True

    def put_back(self, items: Sequence[Waiting]) -> None:
        """Others whose turn ended before it came to them: they are the next others."""
        with self._changed:
            self._others.extendleft(reversed(items))
            self._changed.notify()

    def take(self) -> tuple[list[Waiting], bool]:
        """Jobs to commit together, none at the very end; and whether they are those that go first.

        The two take turns, so that neither can starve the other.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._first or self._others or self._ended)
            others = bool(self._others) and (self._others_turn or not self._first)
            self._others_turn = not others
            source = self._others if others else self._first
            batch = [source.popleft() for _ in range(min(len(source), MAX_BATCH))]
            return batch, not others

    def has_first(self) -> bool:
        return bool(self._first)

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()


class Writer:
    """Runs jobs in transactions; `committed` is notified after each commit."""

    def __init__(self, database: Database, threads: int | None = None) -> None:
        self.database = database
        self.committed = Signal()
        self._queue = _Queue()
        count = threads or (1 if database.is_sqlite else 4)
        self._threads = [
            threading.Thread(target=self._work, name=f"writer-{database.service}-{n}", daemon=True)
            for n in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Callable[[Session], T], first: bool = False) -> Future[T]:
        """Queue a job. After `close` its future fails at once, rather than wait for ever.

        first: before the others, for a small job that somebody outside waits for.
        """
        future: Future[T] = Future()
        # In the caller's context, so that its trace goes on in what the job publishes.
        context = copy_context()
        if not self._queue.put((lambda session: context.run(job, session), future), first):
            future.set_exception(RuntimeError("The service is stopping. Nothing was saved."))
        return future

    def write(self, job: Callable[[Session], T]) -> T:
        """Run a job and wait for its commit. Never call it on an event loop."""
        return self.submit(job).result()

    async def run(self, job: Callable[[Session], T], first: bool = False) -> T:
        return await asyncio.wrap_future(self.submit(job, first))

    def close(self) -> None:
        self._queue.end()
        for thread in self._threads:
            thread.join(timeout=30)

    def _work(self) -> None:
        while True:
            batch, is_first = self._queue.take()
            if not batch:
                return
            self._commit(batch, is_first)

    def _commit(self, batch: list[Waiting], is_first: bool) -> None:
        # From here on nobody can cancel them; who has given up before gets no job done.
        batch = [item for item in batch if _is_still_wanted(item[1])]
        if len(batch) > 1:
            self._commit_together(batch, (lambda: False) if is_first else self._queue.has_first)
        elif batch:
            self._commit_alone(*batch[0])

    def _commit_together(self, batch: list[Waiting], is_over: Callable[[], bool]) -> None:
        outcomes: list[Outcome] = []
        committing = False
        try:
            with self.database.writing() as session:
                outcomes = _run_all([job for job, _ in batch], session, is_over)
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
        if len(outcomes) < len(batch):
            self._queue.put_back(batch[len(outcomes) :])
        for (job, future), (result, error_of_job) in zip(batch, outcomes, strict=False):
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


def _is_still_wanted(future: Future[Any]) -> bool:
    """True unless it was given up; one that was put back runs already."""
    return future.running() or future.set_running_or_notify_cancel()


def _then_failpoint(job: Job, session: Session) -> Any:
    result = job(session)
    failpoint("writer.before-commit")
    return result


def _connection_lost(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _run_all(jobs: list[Job], session: Session, is_over: Callable[[], bool]) -> list[Outcome]:
    """Run the jobs; when none raises, they share one savepoint, since one each is slow.

    When one raises, all are taken back and run again, each in a savepoint of its own. Once
    `is_over` says so, the jobs after the present one are left: fewer outcomes than jobs.
    """
    shared = session.begin_nested()
    try:
        outcomes: list[Outcome] = []
        for job in jobs:
            outcomes.append((job(session), None))
            # What breaks a constraint must do so in its own turn, not in its neighbour's.
            session.flush()
            if is_over():
                break
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
