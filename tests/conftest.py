"""Fixtures shared by all tests, and the order in which files of tests begin."""

import gc
import sys
from collections import defaultdict

import pytest

from tests.support.examples import register_profiles

pytest_plugins = [
    "tests.support.servers",
    "tests.support.log_scan",
    "tests.support.browser",
    "tests.support.compiling",
]

register_profiles()

# jsonschema would compile a grammar of international addresses, for a second of each process that
# tests; no schema of ours asks for that format.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

# What such a file needs is started once for all of its tests, and takes its time.
NEEDS_A_START = ("storm", "kafka", "postgres", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start servers or browsers first: short files fill up the end on every core."""
    needs: dict[str, int] = defaultdict(int)
    for item in items:
        found = any(item.get_closest_marker(name) for name in NEEDS_A_START)
        needs[item.nodeid.partition("::")[0]] += found
    items.sort(key=lambda item: not needs[item.nodeid.partition("::")[0]])


def pytest_collection_finish() -> None:
    """What was imported stays until the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
