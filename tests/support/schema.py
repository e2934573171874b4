"""Databases for tests with the newest schema, without running every migration for each test."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
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
    template = _template(node.service)
    with node.database.engine.connect() as connection:
        target = connection.connection.driver_connection
        assert isinstance(target, sqlite3.Connection)
        if not target.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            template.backup(target)


def place(folder: Path, services: Iterable[Service]) -> None:
    """Empty databases of these services in a folder that has none, as the migrations leave them."""
    folder.mkdir(parents=True, exist_ok=True)
    for service in services:
        file = folder / f"{service.name}.db"
        if not file.exists():
            with closing(sqlite3.connect(file)) as target:
                _template(service).backup(target)


def _template(service: Service) -> sqlite3.Connection:
    return _made.get(service.name) or _made.setdefault(service.name, _make(service))


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
