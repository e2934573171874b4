"""Fixtures shared by all tests, and the order in which files of tests begin."""

import gc
import sys

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

# Tests of servers mostly wait, tests of pages in a browser mostly compute.
WAITS, COMPUTES = ("storm", "kafka", "postgres"), ("browser",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start servers or browsers first, in turn, so that the cores are never all idle.

    The many short files fill up the end on every core.
    """
    marked = {WAITS: dict[str, None](), COMPUTES: dict[str, None]()}
    for item in items:
        for names, files in marked.items():
            if any(item.get_closest_marker(name) for name in names):
                files.setdefault(_file(item))
    place = {
        file: (at + 1) / (len(files) + 1)
        for files in marked.values()
        for at, file in enumerate(files)
    }
    items.sort(key=lambda item: place.get(_file(item), 1.0))


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def pytest_collection_finish() -> None:
    """What was imported stays until the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
