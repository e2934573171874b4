from __future__ import annotations

from pathlib import Path

from services.notifications.service import SERVICE
from services.runtime import migrations
from services.runtime.database import Database


def test_the_migrated_schema_is_the_one_of_the_models(tmp_path: Path) -> None:
    database = Database("notifications", f"sqlite:///{tmp_path / 'n.db'}")
    migrations.upgrade(SERVICE, database)
    migrations.upgrade(SERVICE, database)
    assert migrations.is_current(SERVICE, database)
    with database.engine.connect() as connection:
        assert migrations.differences(SERVICE, connection) == []
    database.dispose()
