from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.matching.harness import Matching, running

# no timing is judged in tests, and whole panels of people take a while to draw
settings.register_profile(
    "panels",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("panels")


@pytest.fixture
def matching(tmp_path: Path) -> Iterator[Matching]:
    with running(tmp_path) as service:
        yield service
