"""Fixtures of these tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.journey import Journey


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    made = Journey(tmp_path)
    yield made
    made.close()
