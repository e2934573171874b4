"""Programmes in a real browser: WCAG 2.2 AA on a phone and a desktop, the charts' tables open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.matching.harness import Matching, running, website
from tests.matching.impact.test_impact import seeded
from tests.matching.test_pages_browser import WAYS, check_each
from tests.support.browser import (  # noqa: F401
    OpenPage,
    browser,
    chromium_path,
    open_page,
    playwright_driver,
    serve,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Matching, str, list[str]]]:
    with running(tmp_path_factory.mktemp("impact")) as matching, serve(website(matching)) as base:
        programme = seeded(matching)
        paths = ["", "/new", f"/{programme}", f"/{programme}/edit", f"/{programme}/records"]
        yield matching, base, paths


@pytest.mark.parametrize("way", WAYS)
def test_every_page_of_a_programme_is_accessible_seen_as(
    way: str,
    site: tuple[Matching, str, list[str]],
    open_page: OpenPage,  # noqa: F811
) -> None:
    matching, base, paths = site
    addresses = [f"/matching/programmes{path}" for path in paths]
    check_each(open_page(**WAYS[way]), matching, base, addresses)
