"""Every component passes WCAG 2.2 AA in each way people look at it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from playwright.sync_api import Page, ViewportSize

from services.runtime.pages import (
    FieldError,
    NavItem,
    install_error_pages,
    make_pages,
    mount_static,
)
from services.runtime.problems import install
from services.runtime.security.headers import SecurityHeadersMiddleware
from services.runtime.security.settings import SecuritySettings
from tests.support.browser import (
    AXE_RULES,
    DESKTOP,
    NARROW,
    PHONE,
    OpenPage,
    check_accessible,
    find_violations,
    serve,
)

pytestmark = pytest.mark.browser

MENU = [
    NavItem("Home", "/home"),
    NavItem("Log a contact", "/contacts"),
    NavItem(
        "Messages", "/inbox", (NavItem("Inbox", "/inbox"), NavItem("Our pages", "/styleguide"))
    ),
]
WAYS: list[tuple[ViewportSize, dict[str, Any]]] = [
    (PHONE, {}),
    (DESKTOP, {}),
    (NARROW, {}),
    (DESKTOP, {"color_scheme": "dark"}),
    (PHONE, {"color_scheme": "dark"}),
    (DESKTOP, {"forced_colors": "active"}),
    (PHONE, {"contrast": "more"}),
]
AS_IT_WAS = {
    "color_scheme": "light",
    "forced_colors": "none",
    "contrast": "no-preference",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pages = make_pages(
        "Outreach", Path(tmp_path_factory.mktemp("templates")), lambda _request: MENU
    )
    app = FastAPI()
    app.add_middleware(SecurityHeadersMiddleware, settings=SecuritySettings())
    mount_static(app)

    @app.get("/styleguide")
    def styleguide(request: Request) -> Response:
        problems = [FieldError("sg-phone", "Enter a phone number, like 07700 900123.")]
        if "right" in request.query_params:
            problems = []
        return pages.page(
            request, "nv/styleguide.html", errors=problems, status=200, signed_in=True
        )

    install(app)
    install_error_pages(app, pages)
    with serve(app) as base:
        yield base


def test_every_component_is_accessible_in_each_way(site: str, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{site}/styleguide")
    # No page has styles but these: that they turn with the phone need not be asked on each.
    check_accessible(page, AXE_RULES | {"preload": True})
    for size, media in WAYS:
        page.set_viewport_size(size)
        page.emulate_media(**AS_IT_WAS | media)
        check_accessible(page)


def test_every_component_is_accessible_at_400_percent(site: str, open_page: OpenPage) -> None:
    # 1280 px wide at 400% zoom leaves 320 CSS pixels by 256.
    page = open_page(viewport={"width": 320, "height": 256}, device_scale_factor=4)
    page.goto(f"{site}/styleguide")
    check_accessible(page)


def test_right_to_left_pages_are_accessible_and_turned_round(
    site: str, open_page: OpenPage
) -> None:
    page = open_page(viewport=PHONE)
    page.goto(f"{site}/styleguide?lang=ar")
    check_accessible(page)
    label = page.locator("label[for=sg-kind]").bounding_box()
    control = page.locator("#sg-kind").bounding_box()
    assert label is not None
    assert control is not None
    assert control["x"] > label["x"]


def test_the_keyboard_reaches_the_content_first_and_shows_where_it_is(
    site: str, open_page: OpenPage
) -> None:
    page = open_page(viewport=DESKTOP)
    page.goto(f"{site}/styleguide?right")
    page.locator("body").press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to main content"
    assert skip.is_visible()
    skip.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"


def test_the_content_starts_where_the_header_does_however_little_there_is(
    site: str, open_page: OpenPage
) -> None:
    page = open_page(viewport=DESKTOP)
    page.goto(f"{site}/nowhere")
    logo = page.get_by_role("link", name="New Voices").bounding_box()
    heading = page.get_by_role("heading", level=1).bounding_box()
    assert logo is not None
    assert heading is not None
    assert heading["x"] == logo["x"]


def test_a_form_that_came_back_moves_the_keyboard_to_what_is_wrong(
    site: str, open_page: OpenPage
) -> None:
    page = open_page(viewport=DESKTOP)
    page.goto(f"{site}/styleguide")
    assert "There is a problem" in page.locator(":focus").inner_text()


def test_a_phone_opens_the_menu_with_the_keyboard_alone(site: str, open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE)
    page.goto(f"{site}/styleguide")
    toggle = page.get_by_role("button", name="Menu")
    assert toggle.get_attribute("aria-expanded") == "false"
    toggle.press("Enter")
    assert page.get_by_role("link", name="Log a contact").is_visible()


def test_without_javascript_the_menu_and_every_answer_are_in_reach(
    site: str, open_page: OpenPage
) -> None:
    page = open_page(viewport=PHONE, java_script_enabled=False)
    page.goto(f"{site}/styleguide")
    assert page.get_by_role("link", name="Log a contact").is_visible()
    page.get_by_label("One person").check()
    assert page.get_by_label("One person").is_checked()


@pytest.mark.parametrize("scripts", [True, False])
def test_an_area_shows_its_pages_at_320_pixels_with_and_without_javascript(
    scripts: bool, site: str, open_page: OpenPage
) -> None:
    page = open_page(viewport=NARROW, java_script_enabled=scripts)
    page.goto(f"{site}/styleguide?right")
    here = page.get_by_role("navigation", name="Messages").get_by_role("link", name="Our pages")
    assert here.is_visible()
    assert here.get_attribute("aria-current") == "page"
    page.get_by_role("link", name="Inbox").focus()
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Our pages"


@pytest.mark.parametrize("width", [320, 360])
def test_what_people_touch_is_at_least_24_pixels_each_way(
    width: int, site: str, open_page: OpenPage
) -> None:
    page = open_page(viewport={"width": width, "height": 740}, has_touch=True)
    page.goto(f"{site}/styleguide")
    sizes = page.locator("main button:visible, header a:visible, header button:visible").all()
    assert sizes
    for control in sizes:
        box = control.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24, control.inner_text()


@pytest.mark.parametrize(
    "faint",
    [
        pytest.param('<p style="color: #aaa">Last of all</p>', id="text"),
        pytest.param('<div style="background: #555"><p>Last of all</p></div>', id="background"),
        pytest.param('<div style="opacity: 0.3"><p>Last of all</p></div>', id="see-through"),
        pytest.param('<input aria-label="Place" style="color: #bbb" value="Hall">', id="answer"),
    ],
)
def test_one_faint_text_among_many_others_is_found(faint: str, desktop: Page) -> None:
    clear = "<p>Clear</p>" * 9 + '<p hidden style="color: #aaa">Away</p>' * 9
    clear += '<i style="color: #aaa">i</i>' * 9
    desktop.set_content(
        f"<html lang=en><title>Page</title><main><h1>Page</h1>{clear}{faint}</main>"
    )
    assert [found["id"] for found in find_violations(desktop)] == ["color-contrast"]
