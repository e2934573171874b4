"""axe on every page of outreach: in each language, and seen in each way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from services.outreach.pages.shared import PAGES
from services.runtime.clock import utc_now
from services.runtime.pages.language import LANGUAGES
from tests.outreach.browsing import sign_in, site
from tests.outreach.conftest import World, contact_body, new_world, register
from tests.outreach.every_page import ASKED, every_page
from tests.support.browser import (
    DESKTOP,
    NARROW,
    PHONE,
    OpenPage,
    check_accessible,
    check_no_sideways_scroll,
    find_violations,
)

pytestmark = pytest.mark.browser

HERE = Path(__file__).parents[2] / "services/outreach/templates"
TEMPLATES = {
    path.relative_to(HERE).as_posix()
    for path in HERE.rglob("*.html")
    if "{% extends" in path.read_text(encoding="utf-8")
}
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with new_world(tmp_path_factory.mktemp("pages"), second_factor_roles=ASKED) as made:
        yield made


@pytest.fixture(scope="module")
def base(world: World) -> Iterator[str]:
    with site(world) as address:
        yield address


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of the templates that pages were made from."""
    names: set[str] = set()
    real = type(PAGES).page

    def page(self: Any, request: Any, template: str, **more: Any) -> Any:
        names.add(template)
        return real(self, request, template, **more)

    monkeypatch.setattr(type(PAGES), "page", page)
    return names


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_page_is_accessible_in_each_language_with_all_its_questions_in_view(
    code: str, world: World, base: str, open_page: OpenPage, shown: set[str]
) -> None:
    # As without JavaScript: a form shows all its questions at once, so that each is looked at.
    page = open_page(viewport=NARROW, locale=code)
    page.goto(f"{base}/static/")
    for name, markup in every_page(world, code):
        page.set_content(re.sub(r"<script.*?</script>", "", markup, flags=re.S))
        assert page.locator("html").get_attribute("lang") == code
        look(page, name)
        if name == "/" or LANGUAGES[code].direction == "rtl":
            on_a_desktop(page, name)
    assert shown == TEMPLATES


def test_every_page_with_its_scripts_is_accessible_seen_in_each_way(
    world: World, base: str, open_page: OpenPage
) -> None:
    client = world.signed_in("worker@example.org", team="north")
    today = utc_now().date().isoformat()
    contact, person = str(uuid4()), register(client)
    client.put(f"/api/v1/contacts/{contact}", json=contact_body(follow_up_on=today))
    register(client, name="Quintesa Marblethwait", contact_id=contact)
    page = open_page()
    sign_in(page, base)
    for path in (
        *("/", "/contacts", f"/contacts/{contact}", f"/contacts/{contact}/erase", "/follow-ups"),
        *("/contacts/new", "/contacts/saved", "/people/new", "/people/saved", "/people"),
        *("/places", "/learning", "/waiting", "/start"),
        *(f"/people/{person}{rest}" for rest in ("", "/edit", "/consent", "/duplicates", "/erase")),
        *("/learning/definition", "/concerns/new"),
    ):
        page.goto(f"{base}/outreach{path}")
        look(page, path)
        in_each_way(page)


def in_each_way(page: Page) -> None:
    """The page as it stands: dark, in forced colours, on a desktop, at 320 px; then as before."""
    page.emulate_media(color_scheme="dark")
    assert find_violations(page, COLOURS) == []
    page.emulate_media(color_scheme="light", forced_colors="active")
    assert find_violations(page, COLOURS) == []
    page.emulate_media(forced_colors="none")
    page.set_viewport_size(DESKTOP)
    look(page, f"{page.url} on a desktop")
    page.set_viewport_size(NARROW)
    check_no_sideways_scroll(page)
    page.set_viewport_size(PHONE)


def on_a_desktop(page: Page, name: str) -> None:
    page.set_viewport_size(DESKTOP)
    check_no_sideways_scroll(page)
    menu = page.locator(".govuk-service-navigation__item")
    tops = set(menu.evaluate_all("items => items.map(item => item.offsetTop)"))
    assert len(tops) <= 1, f"{name}: the menu needs more than one line"
    page.set_viewport_size(NARROW)


def look(page: Page, name: str) -> None:
    try:
        check_accessible(page)
    except AssertionError as error:
        raise AssertionError(f"{name}: {error}") from None
