"""A worker process of one service on Kafka and PostgreSQL; any number may run side by side.

Relay and background jobs run in one worker at a time, by turns; events are shared out by
partition when they come in, and by lane when they take effect.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import psycopg

from services.runtime.faust_binding import FaustConsumer
from services.runtime.loops import Loops
from services.runtime.node import Node
from services.runtime.processor import process
from services.runtime.relay import Relay
from services.runtime.service import BackgroundJob
from services.runtime.signal import Signal
from services.runtime.tidying import EVERY_SECONDS, tidy_sent
from services.runtime.topic_admin import ensure_topics
from services.runtime.turn import turn


class Worker:
    """Everything of a service but its web application."""

    def __init__(self, node: Node) -> None:
        """ValueError when no Kafka address or no PostgreSQL is set."""
        bootstrap, access = node.settings.kafka, node.settings.kafka_access
        if bootstrap is None:
            raise ValueError("a worker of its own needs NEWVOICES_KAFKA, the brokers' addresses")
        self.node = node
        self.relay = Relay(node, bootstrap, access)
        self.consumer = FaustConsumer(node, bootstrap, access)
        self._loops = Loops()
        self._seldom = Signal()

    def start(self) -> None:
        """Raises TopicsDiffer, or KafkaError when Kafka does not answer: a supervisor retries."""
        access = self.node.settings.kafka_access
        ensure_topics(access.client_options(self.node.settings.kafka or ""), access.name_prefix)
        self.relay.start()
        self.consumer.start()
        # Nothing but what comes in is due at once; what is due again, the loop finds in time.
        self._loops.spawn(f"process-{self.node.name}", self._process, self.consumer.received)
        for job in self.node.service.jobs:
            step = partial(self._by_turns, job)
            wake = self.node.committed if job.after_commits else self._seldom
            self._loops.spawn(f"{job.name}-{self.node.name}", step, wake, job.every)
        self._loops.spawn(f"tidy-{self.node.name}", self._tidy, self._seldom, EVERY_SECONDS)

    def stop(self) -> None:
        self.consumer.stop()
        self._loops.stop([self._seldom, self.node.committed, self.consumer.received])
        self.relay.stop()

    def _tidy(self) -> bool:
        return tidy_sent(self.node, self.node.now())

    def _process(self) -> bool:
        return process(self.node, self.node.now())

    def _by_turns(self, job: BackgroundJob) -> bool:
        """Wait for the job's turn, then do it as long as the lock is ours."""
        with turn(self.node, f"job-{job.name}", self._loops.stopping) as connection:
            if connection is None:
                return False
            return self._run_job(job, lambda: _is_alive(connection))

    def _run_job(self, job: BackgroundJob, ours: Callable[[], bool]) -> bool:
        committed = self.node.committed if job.after_commits else self._seldom
        while ours() and not self._loops.stopping.is_set():
            seen = committed.count
            if not job.run(self.node, self.node.now()):
                committed.wait_beyond(seen, job.every)
            if job.gather:
                self._loops.stopping.wait(job.gather)
        return False


def _is_alive(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    """Raises psycopg.Error once the connection, and with it the lock, is lost."""
    return connection.execute("SELECT 1").fetchone() is not None
