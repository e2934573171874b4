"""The only place that knows all three services: nodes, and one web application for them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from services.runtime import migrations
from services.runtime.clock import Clock, utc_now
from services.runtime.node import Node
from services.runtime.service import Service
from services.runtime.settings import Settings

NAMES = ("outreach", "matching", "notifications")


def services(names: Sequence[str] = NAMES) -> list[Service]:
    return [import_module(f"services.{name}.service").SERVICE for name in names]


def make_nodes(
    settings: Settings, clock: Clock = utc_now, names: Sequence[str] = NAMES
) -> list[Node]:
    """Running services with migrated databases."""
    nodes = [Node(service, settings, clock) for service in services(names)]
    for node in nodes:
        migrations.upgrade(node.service, node.database)
    return nodes
