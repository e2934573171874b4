"""The payment pages in a real browser: WCAG 2.2 AA on a phone, at 320 px and on a desktop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.matching.harness import cookies_of, running, website
from tests.matching.reciprocity.conftest import Group
from tests.matching.reciprocity.test_reciprocity import community
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


class Site:
    def __init__(self, group: Group, base: str) -> None:
        self.group, self.base = group, f"{base}/matching"
        self.cookies = [
            {"name": name, "value": value, "url": base}
            for name, value in cookies_of(group.matching).items()
        ]
        here = f"/opportunities/{group.id}/reciprocity"
        owed = next(i["owed_id"] for i in group.seen()["items"] if not i["paid_on"])
        self.paths = [
            "/reciprocity",
            here,
            f"{here}/session",
            f"{here}/new",
            f"{here}/choice/{group.holders()[0]}",
            f"{here}/{owed}/cancel",
        ]

    def open(self, open_page: OpenPage, path: str, **options: object) -> Page:  # noqa: F811
        page = open_page(**options)
        page.context.add_cookies(self.cookies)  # type: ignore[arg-type]
        page.goto(self.base + path)
        return page


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("payments")) as matching:
        group = Group(matching)
        community(group)
        with serve(website(matching)) as base:
            yield Site(group, base)


@pytest.mark.parametrize("way", WAYS)
def test_every_payment_page_is_accessible_seen_as(
    way: str,
    site: Site,
    open_page: OpenPage,  # noqa: F811
) -> None:
    page = site.open(open_page, "/reciprocity", **WAYS[way])
    for path in site.paths:
        page.goto(site.base + path)
        check_accessible(page)


def test_mistakes_on_the_forms_are_accessible(site: Site, open_page: OpenPage) -> None:  # noqa: F811
    for path in site.paths[1:]:
        page = site.open(open_page, path)
        page.locator("main form button[type=submit]").last.click()
        page.get_by_role("alert").wait_for()
        check_accessible(page)
        page.get_by_role("alert").get_by_role("link").first.click()
        assert page.evaluate("document.activeElement.tagName") in ("INPUT", "SELECT")


def test_a_file_comes_down_with_a_plain_name(site: Site, open_page: OpenPage) -> None:  # noqa: F811
    page = site.open(open_page, "/reciprocity")
    with page.expect_download() as coming:
        page.get_by_role("link", name="CSV").click()
    assert coming.value.suggested_filename.startswith("payments-and-other-thanks-2026-")
