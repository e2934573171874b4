"""kill -9 of everything while people work: nothing is lost, doubled or overfilled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.conftest import DISTRIBUTED
from tests.support.faults import Plan, go_through
from tests.support.figures import tell
from tests.support.servers import needed_programs

pytestmark = [*DISTRIBUTED, pytest.mark.timeout(900)]


@pytest.mark.storm
def test_after_kills_and_outages_every_event_is_in_effect_once(open_folder: Path) -> None:
    plan = Plan(
        contacts=300, every=6, opportunities=3, kills=6, broker_down_seconds=4.0, seed=20260301
    )
    with needed_programs():
        made = go_through(open_folder, plan)
    assert made.faults == []
    assert made.counts["contacts accepted"] == 300
    assert made.counts["of them while the broker was down"] > 0
    assert made.counts["older states sent late"] > 0
    assert made.counts["dead letters (the poison)"] > 0
    assert made.counts["seats filled by invitation"] > 0
    for what, count in made.counts.items():
        if what.startswith("kill -9 of"):
            tell("kills (-9) of processes, broker and database survived", count)
    tell("events in effect exactly once after them", made.counts["of them in effect"])
