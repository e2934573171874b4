"""Prometheus metrics: how old the outbox is, what waits, what died, how long handlers take.

Labels are service, event type, route and code names; never a value that came from a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import structlog
from prometheus_client import start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector
from sqlalchemy.orm import Session

from services.runtime.backlog import backlog
from services.runtime.node import Node
from services.runtime.processor import describe

log = structlog.get_logger()


class NodeCollector(Collector):
    """Reads the state of the event tables when it is asked, so it costs nothing in between."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = list(nodes)

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        gauges = {
            name: GaugeMetricFamily(f"newvoices_{name}", text, labels=["service"])
            for name, text in {
                "outbox_unsent": "events that have not left for Kafka",
                "outbox_oldest_seconds": "age of the oldest of them",
                "inbox_pending": "events received and not yet in effect",
                "inbox_oldest_seconds": "age of the oldest of them",
                "dead_letters": "events that could not be taken into effect",
            }.items()
        }
        for node in self._nodes:
            try:
                found = node.database.read(lambda session, node=node: state_of(session, node.now()))  # type: ignore[misc]
            except Exception as error:
                log.warning("metrics not read", service=node.name, reason=describe(error))
                continue
            for name, value in found.items():
                gauges[name].add_metric([node.name], value)
        yield from gauges.values()


def state_of(session: Session, now: datetime) -> dict[str, float]:
    """Counts and ages (seconds) of one service's event tables."""
    found = backlog(session)
    return {
        "outbox_unsent": found.unsent,
        "outbox_oldest_seconds": _age(found.oldest_unsent, now),
        "inbox_pending": found.pending,
        "inbox_oldest_seconds": _age(found.oldest_pending, now),
        "dead_letters": found.dead,
    }


def _age(since: datetime | None, now: datetime) -> float:
    return (now - since).total_seconds() if since else 0.0


def serve_metrics(nodes: Sequence[Node], port: int | None, host: str) -> None:
    """Answer `/metrics` on a port of its own, apart from what the public reaches; none: off."""
    if port is None:
        return
    REGISTRY.register(NodeCollector(nodes))
    start_http_server(port, addr=host)
