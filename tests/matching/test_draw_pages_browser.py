"""The pages of fair draws in a real browser: WCAG 2.2 AA at every width, before and after."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.matching.harness import Matching, cookies_of, running, website
from tests.matching.test_draws import TARGETS, pool
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


class Draws:
    """An opportunity with one draw that is ready and one that was held."""

    def __init__(self, matching: Matching, base: str) -> None:
        self.matching, self.base = matching, base
        held = matching.open(title="Transport from hospital", seats=2, targets=TARGETS[1:])
        self.opportunity = matching.open(title="Better home care", targets=TARGETS)
        pool(matching)
        ready, done = (self._prepared(each) for each in (self.opportunity, held))
        answer = matching.http.post(f"/api/v1{done}/reveal", json={"public_words": "7 9 21"})
        assert answer.status_code == 200, answer.text
        here = f"/opportunities/{self.opportunity}/draws"
        self.paths = {"list": here, "ready": ready, "held": done, "check": f"{done}/check"}

    def _prepared(self, opportunity: object) -> str:
        url = f"/api/v1/opportunities/{opportunity}/draws"
        answer = self.matching.http.post(url, json={"stand_ins": 2})
        assert answer.status_code == 201, answer.text
        return f"/draws/{answer.json()['draw_id']}"


@pytest.fixture(scope="module")
def draws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Draws]:
    with running(tmp_path_factory.mktemp("draws")) as matching, serve(website(matching)) as base:
        yield Draws(matching, base)


@pytest.mark.parametrize("way", WAYS)
def test_every_page_of_a_draw_is_accessible_seen_as(
    way: str,
    draws: Draws,
    open_page: OpenPage,  # noqa: F811
) -> None:
    page: Page = open_page(**WAYS[way])
    cookies = [
        {"name": name, "value": value, "url": draws.base}
        for name, value in cookies_of(draws.matching).items()
    ]
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    for path in draws.paths.values():
        page.goto(f"{draws.base}/matching{path}")
        check_accessible(page)
