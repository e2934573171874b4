from __future__ import annotations

from pathlib import Path

import pytest

from services.runtime.database import Database
from services.runtime.running import runner_for
from tests.support.sample import Clock, make_node, make_settings


def test_postgresql_without_kafka_is_refused_with_what_to_do(tmp_path: Path) -> None:
    node = make_node("outreach", make_settings(tmp_path), Clock())
    node.close()
    node.database = Database("outreach", "postgresql+psycopg://nobody@localhost/nothing")
    with pytest.raises(ValueError, match="set NEWVOICES_KAFKA"):
        runner_for([node])
