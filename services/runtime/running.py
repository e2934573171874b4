"""What carries events and does timed work for the nodes of a process: the mode, decided once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.runtime.embedded import EmbeddedRunner
from services.runtime.node import Node


class Runner(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


class Workers:
    """One distributed worker a node, in this process."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        # Faust and the Kafka clients are only loaded where they are used.
        from services.runtime.distributed import Worker

        self._workers = [Worker(node) for node in nodes]

    def start(self) -> None:
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        for worker in reversed(self._workers):
            worker.stop()


def runner_for(nodes: Sequence[Node]) -> Runner:
    """Embedded without Kafka, workers with it. ValueError for PostgreSQL without Kafka.

    The embedded cursors need rows to be committed in the order of their numbers, which only a
    database with one writer promises; elsewhere an event could be passed by.
    """
    if not all(node.settings.embedded for node in nodes):
        return Workers(nodes)
    if not all(node.database.is_sqlite for node in nodes):
        raise ValueError(
            "PostgreSQL goes with Kafka: set NEWVOICES_KAFKA, or unset NEWVOICES_DATABASE_URL"
        )
    return EmbeddedRunner(nodes)
