"""That taking events in does not get slower with every event that is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event

from services.notifications.service import SERVICE
from services.runtime import inbox, migrations
from services.runtime.database import Database
from tests.support.sample import START


def test_events_that_hold_others_back_are_found_by_index(tmp_path: Path) -> None:
    database = Database("notifications", f"sqlite:///{tmp_path / 'n.db'}")
    migrations.upgrade(SERVICE, database)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    database.read(lambda session: inbox.due(session, START, 100, ["any"]))
    statement, values = next(one for one in asked if "FROM inbox" in one[0])
    with database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    steps = " | ".join(row[3] for row in plan)
    assert "ix_inbox_held" in steps
    assert "ix_inbox_open" in steps
    database.dispose()
