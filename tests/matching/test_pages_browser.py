"""The console in a real browser: WCAG 2.2 AA, 320 px, keyboard, no JavaScript, live news.

All of it in one module: they share one service, one server and one Chromium.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route

from tests.matching.browsing import check_each, check_every_way, sign_in
from tests.matching.console import AREAS, Console
from tests.matching.harness import running, website
from tests.support.browser import (
    NARROW,
    OpenPage,
    check_accessible,
    check_no_sideways_scroll,
    serve,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("console")]


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("console")
    with running(folder) as matching, serve(website(matching)) as base:
        yield Console(matching, base)


@pytest.fixture
def page(console: Console, open_page: OpenPage) -> Page:
    page = open_page()
    sign_in(page, console.matching, console.base)
    return page


def test_the_areas_are_those_that_have_pages(console: Console) -> None:
    assert set(AREAS) == set(console.pages)


@pytest.mark.parametrize("area", AREAS)
def test_every_page_is_accessible_in_every_way(area: str, console: Console, page: Page) -> None:
    check_each(page, console.base, console.pages[area])


def test_a_slider_shows_what_would_be_and_its_weight_is_what_is_kept(
    console: Console, page: Page
) -> None:
    page.goto(f"{console.base}/opportunities/{console.opportunity}/what-if")
    slider = page.get_by_role("slider", name="People aged 18 to 24", exact=True)
    before = page.locator("#tried").inner_text()
    with page.expect_response(lambda answer: "w-0=3" in answer.url):
        slider.fill("3")
    page.wait_for_url("**w-0=3**")
    assert page.locator("#tried").inner_text() != before
    assert page.locator("form[data-nv-keep] [name=w-0]").input_value() == "3"
    check_accessible(page)


def test_the_queue_shows_who_registered_a_moment_ago_without_a_reload(
    console: Console, page: Page
) -> None:
    with page.expect_response(lambda answer: answer.url.endswith("/live")):
        page.goto(f"{console.base}/opportunities/{console.opportunity}/review")
    cards = page.locator("#queue ol > li")
    before = cards.count()
    console.matching.register({"age_band": ["18_24"]}, ["unpaid_carer"])
    page.wait_for_function(
        "n => document.querySelectorAll('#queue ol > li').length > n", arg=before
    )
    page.get_by_label("Choose").first.check()
    console.matching.register({"age_band": ["18_24"]}, ["unpaid_carer"])
    page.get_by_text("Something changed since you opened this page.").wait_for()
    assert page.get_by_label("Choose").first.is_checked()
    check_accessible(page)


def test_mistakes_on_the_form_are_accessible_and_get_the_focus(
    console: Console, page: Page
) -> None:
    page.goto(f"{console.base}/opportunities/new")
    page.get_by_role("button", name="Open it").last.click()
    page.get_by_role("alert").wait_for()
    check_every_way(page)
    page.get_by_role("link", name="Enter a name for it").click()
    assert page.evaluate("document.activeElement.id") == "title"


def test_mistakes_on_the_smaller_forms_are_accessible_and_get_the_focus(
    console: Console, page: Page
) -> None:
    forms = [*console.pages["payments"][2:], *console.pages["barriers"][1:], "/practice/new"]
    for address in forms:
        page.goto(console.base + address)
        page.locator("main form button[type=submit]").last.click()
        page.get_by_role("alert").wait_for()
        check_accessible(page)
        page.get_by_role("alert").get_by_role("link").first.click()
        focused = page.evaluate("document.activeElement.tagName")
        assert focused in ("INPUT", "SELECT", "TEXTAREA"), address


def test_where_news_are_refused_the_page_asks_again_by_itself(console: Console, page: Page) -> None:
    def refuse_the_stream(route: Route) -> None:
        if "event-stream" in route.request.headers["accept"]:
            route.fulfill(status=429)
        else:
            route.continue_()

    page.route("**/live", refuse_the_stream)
    page.clock.install()
    with page.expect_response(lambda answer: answer.url.endswith("/live") and answer.ok):
        page.goto(f"{console.base}/opportunities/{console.opportunity}/review")
    before = page.locator("#queue ol > li").count()
    console.matching.register({"age_band": ["18_24"]}, ["unpaid_carer"])
    page.clock.fast_forward(31_000)
    page.locator(f"#queue ol > li >> nth={before}").wait_for()


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus is on something with these words."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if words in " ".join(page.evaluate("document.activeElement.innerText").split()):
            return
    raise AssertionError(f"Tab never reaches “{words}”.")


def test_the_queue_works_by_keyboard_alone_at_320_px_and_without_javascript(
    console: Console, open_page: OpenPage
) -> None:
    page = open_page(java_script_enabled=False, viewport=NARROW)
    sign_in(page, console.matching, console.base)
    page.goto(f"{console.base}/opportunities/{console.opportunity}/review")
    check_no_sideways_scroll(page)
    tab_to(page, "Skip to main content")
    page.keyboard.press("Enter")
    tab_to(page, "Approve proposal")
    page.keyboard.press("Enter")
    page.get_by_text("You can take it back").wait_for()
    tab_to(page, "Undo for proposal")
    page.keyboard.press("Enter")
    page.get_by_text("It waits for you again").wait_for()


def test_enter_in_a_field_opens_the_opportunity_and_adds_no_row(
    console: Console, page: Page
) -> None:
    page.goto(f"{console.base}/opportunities/new")
    page.get_by_label("What is it called?").fill("Group by keyboard")
    page.get_by_label("What is it called?").press("Enter")
    page.get_by_role("alert").wait_for()
    assert page.locator("[name=targets-2-group]").count() == 0


def test_a_file_comes_down_with_a_plain_name(console: Console, page: Page) -> None:
    page.goto(f"{console.base}/reciprocity")
    with page.expect_download() as coming:
        page.get_by_role("link", name="CSV").click()
    assert coming.value.suggested_filename.startswith("payments-and-other-thanks-2026-")
