"""Databases for tests with the newest schema, without running every migration for each test."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from services.runtime import migrations
from services.runtime.node import Node
from services.runtime.service import Service
from tests.support.sample import make_settings

_made: dict[str, sqlite3.Connection] = {}


def migrate(node: Node) -> None:
    """The schema as the migrations leave it, in an empty database: copied from one they made."""
    if not node.database.is_sqlite:
        migrations.upgrade(node.service, node.database)
        return
    template = _made.get(node.name) or _made.setdefault(node.name, _make(node.service))
    with node.database.engine.connect() as connection:
        target = connection.connection.driver_connection
        assert isinstance(target, sqlite3.Connection)
        if not target.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            template.backup(target)


def _make(service: Service) -> sqlite3.Connection:
    with tempfile.TemporaryDirectory() as folder:
        node = Node(service, make_settings(Path(folder)))
        migrations.upgrade(service, node.database)
        kept = sqlite3.connect(":memory:", check_same_thread=False)
        with node.database.engine.connect() as connection:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            source.backup(kept)
        node.close()
    return kept
