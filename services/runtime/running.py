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
    """Embedded without Kafka, workers with it."""
    embedded = all(node.settings.embedded for node in nodes)
    return EmbeddedRunner(nodes) if embedded else Workers(nodes)
