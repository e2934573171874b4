from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.matching.harness import Matching, running


@pytest.fixture
def matching(tmp_path: Path) -> Iterator[Matching]:
    with running(tmp_path) as service:
        yield service
