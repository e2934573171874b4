"""The pages of barriers in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.matching.barriers.test_barriers import community
from tests.matching.harness import cookies_of, running, website
from tests.matching.test_pages_browser import WAYS
from tests.support.browser import (  # noqa: F401
    OpenPage,
    browser,
    check_accessible,
    chromium_path,
    open_page,
    playwright_driver,
    serve,
)

pytestmark = pytest.mark.browser
ACTION = {
    "code": "travel",
    "what": "A minibus from the estate to each meeting.",
    "done_by": "host",
    "outcome": "removed",
    "cost_pence": 12000,
    "done_on": "2026-08-30",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    with running(tmp_path_factory.mktemp("barriers")) as matching:
        community(matching)
        matching.http.post("/api/v1/barriers/actions", json=ACTION)
        with serve(website(matching)) as base:
            yield base, cookies_of(matching)


@pytest.mark.parametrize("way", WAYS)
def test_every_page_of_barriers_is_accessible_seen_as(
    way: str,
    site: tuple[str, dict[str, str]],
    open_page: OpenPage,  # noqa: F811
) -> None:
    base, cookies = site
    page = open_page(**WAYS[way])
    page.context.add_cookies([{"name": n, "value": v, "url": base} for n, v in cookies.items()])
    for path in ("/barriers", "/barriers/report", "/barriers/actions/new"):
        page.goto(f"{base}/matching{path}")
        for details in page.locator("main details").all():
            details.evaluate("d => d.open = true")
        check_accessible(page)
        if path != "/barriers":
            page.locator("main form button[type=submit]").last.click()
            page.get_by_role("alert").wait_for()
            check_accessible(page)
