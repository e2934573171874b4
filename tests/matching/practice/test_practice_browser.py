"""The practice library in a real browser: WCAG 2.2 AA on a phone and a desktop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.runtime.security.principal import Role
from tests.matching.harness import Matching, running, website
from tests.matching.practice.test_library import ARTICLES, publish
from tests.matching.test_pages_browser import WAYS, cookies_of
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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Matching, str, list[str]]]:
    with running(tmp_path_factory.mktemp("practice")) as matching, serve(website(matching)) as base:
        article = publish(matching, made_up=True)
        own = matching.http.post(ARTICLES, json=body()).json()["article_id"]
        worker = matching.client(Role.LINK_WORKER)
        waiting = worker.post(ARTICLES, json=body()).json()["article_id"]
        worker.post(f"{ARTICLES}/{waiting}/submit", json={"names_nobody": True})
        paths = ["", "?q=nothing", "?shelf=to_review", "/co-production", "/new"]
        paths += [f"/{article}", f"/open/{article}", f"/{own}", f"/{own}/edit", f"/{waiting}"]
        yield matching, base, paths


def body() -> dict[str, object]:
    return {
        "kind": "case_study",
        "title": "Bus fares paid on the day",
        "summary": "Cash at the door brought two people back.",
        "body": "Nobody should wait four weeks for a bus fare. We pay it on the day, in cash.",
    }


@pytest.mark.parametrize("way", WAYS)
def test_every_page_of_the_library_is_accessible_seen_as(
    way: str,
    site: tuple[Matching, str, list[str]],
    open_page: OpenPage,  # noqa: F811
) -> None:
    matching, base, paths = site
    page = open_page(**WAYS[way])
    cookies = [{"name": n, "value": v, "url": base} for n, v in cookies_of(matching).items()]
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    for path in paths:
        answer = page.goto(f"{base}/matching/practice{path}")
        assert answer is not None
        assert answer.status == 200, path
        check_accessible(page)


def test_a_refused_form_leads_to_the_field(
    site: tuple[Matching, str, list[str]],
    open_page: OpenPage,  # noqa: F811
) -> None:
    matching, base, _paths = site
    page = open_page(**WAYS["phone"])
    cookies = [{"name": n, "value": v, "url": base} for n, v in cookies_of(matching).items()]
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.goto(f"{base}/matching/practice/new")
    page.get_by_role("button", name="Keep as a draft").click()
    page.get_by_role("alert").wait_for()
    check_accessible(page)
    page.get_by_role("link", name="Tell what was done").click()
    assert page.evaluate("document.activeElement.id") == "body"
