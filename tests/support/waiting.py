"""Waiting for other processes without asserting how long they take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T], *, what: str, patience: float = 60) -> T:
    """The first truthy answer of ``look``; AssertionError naming ``what`` after ``patience`` s."""
    deadline = time.monotonic() + patience
    while not (answer := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience:.0f} s: {what}")
        time.sleep(0.05)
    return answer
