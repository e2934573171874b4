"""Logging a contact by keyboard alone, zoomed to 400 %, and in forced colours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.outreach.browsing import open_form, sign_in, site
from tests.outreach.conftest import World, new_world
from tests.support.browser import OpenPage, check_accessible, check_no_sideways_scroll

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with new_world(tmp_path_factory.mktemp("ways")) as made:
        made.account("worker@example.org", team="north")
        yield made


@pytest.fixture(scope="module")
def base(world: World) -> Iterator[str]:
    with site(world) as address:
        yield address


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the keyboard is there; a person would give up after 40."""
    for _ in range(40):
        if page.evaluate("(s) => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {selector}")


def press_continue(page: Page) -> None:
    tab_to(page, ".nv-step:not([hidden]) [data-nv-next]")
    page.keyboard.press("Enter")


def test_a_contact_is_logged_by_keyboard_alone(base: str, open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    sign_in(page, base)
    open_form(page, base, "/contacts/new", "contact")
    tab_to(page, "#venue")
    page.keyboard.type("Harehills food bank")
    tab_to(page, "#venue_kind")
    page.keyboard.type("Food")
    tab_to(page, "#area_code")
    page.keyboard.type("Leeds")
    press_continue(page)
    tab_to(page, "[name=kind]")
    page.keyboard.press("ArrowDown")
    press_continue(page)
    tab_to(page, "#people")
    page.keyboard.type("8")
    press_continue(page)
    press_continue(page)
    tab_to(page, "[name=barriers]")
    page.keyboard.press("Space")
    press_continue(page)
    tab_to(page, ".nv-step:not([hidden]) button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contacts/saved")
    expect(page.locator("h1:visible")).to_have_text("The contact is saved")


FORMS = {"/contacts/new": "contact", "/people/new": "participant"}


def test_no_question_scrolls_sideways_at_400_percent(base: str, open_page: OpenPage) -> None:
    # 1280 px at 400 % are 320 CSS pixels at four times the density (WCAG 2.2, 1.4.10).
    page = open_page(viewport={"width": 320, "height": 256}, device_scale_factor=4)
    sign_in(page, base)
    for path, name in FORMS.items():
        open_form(page, base, path, name)
        steps = page.locator("[data-nv-step]").count()
        assert steps > 4
        for n in range(steps):
            page.evaluate(
                "(n) => document.querySelectorAll('[data-nv-step]').forEach("
                "(step, at) => { step.hidden = at !== n; })",
                n,
            )
            check_no_sideways_scroll(page)


def test_forced_colours_keep_the_forms_readable(base: str, open_page: OpenPage) -> None:
    page = open_page(forced_colors="active")
    sign_in(page, base)
    for path, name in FORMS.items():
        open_form(page, base, path, name)
        check_in_forced_colours(page)


def check_in_forced_colours(page: Page) -> None:
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    check_accessible(page)
    # Colours alone draw nothing here: controls and buttons need a border to be seen.
    for control in page.locator(
        "[data-nv-step]:not([hidden]) :is(input[type=text], select, button)"
    ).all():
        if control.is_visible():
            assert control.evaluate("e => parseFloat(getComputedStyle(e).borderTopWidth) > 0")
