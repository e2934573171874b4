from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from services.cli.compose import NAMES, make_nodes
from services.runtime import migrations
from services.runtime.tables import OUTBOX_CHANNEL
from services.runtime.turn import turn
from tests.support.distributed import settings_for
from tests.support.servers import PostgresForTests

pytestmark = pytest.mark.postgres

ANY_EVENT = text(
    "INSERT INTO outbox (event_id, topic, key, type, payload, created_at)"
    " VALUES ('1', 't', 'k', 'y', '{}', now())"
)


def test_migrations_make_what_the_models_say_and_a_trigger_that_wakes_the_relay(
    postgres: PostgresForTests,
) -> None:
    with postgres.databases(*NAMES) as url:
        nodes = make_nodes(settings_for(url))
        try:
            for node in nodes:
                with node.database.engine.connect() as connection:
                    found = migrations.differences(node.service, connection)
                    assert [each for each in found if not is_comment(each)] == []
                with turn(node, "listener", threading.Event()) as listener:
                    assert listener is not None
                    listener.execute(f"LISTEN {OUTBOX_CHANNEL}")
                    node.database.write(lambda session: session.execute(ANY_EVENT))
                    assert len(list(listener.notifies(timeout=30, stop_after=1))) == 1
        finally:
            for node in nodes:
                node.close()


def is_comment(difference: object) -> bool:
    """Column comments are in the models only: SQLite has no place for them."""
    return isinstance(difference, list) and all(d[0] == "modify_comment" for d in difference)
