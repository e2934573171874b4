"""axe on every page of outreach in each language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from services.outreach.pages.shared import PAGES
from services.runtime.pages.language import LANGUAGES
from tests.outreach.browsing import look, site
from tests.outreach.conftest import World, new_world
from tests.outreach.every_page import ASKED, every_page
from tests.support.browser import DESKTOP, NARROW, OpenPage, check_no_sideways_scroll

pytestmark = pytest.mark.browser

HERE = Path(__file__).parents[2] / "services/outreach/templates"
TEMPLATES = {
    path.relative_to(HERE).as_posix()
    for path in HERE.rglob("*.html")
    if "{% extends" in path.read_text(encoding="utf-8")
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


def on_a_desktop(page: Page, name: str) -> None:
    page.set_viewport_size(DESKTOP)
    check_no_sideways_scroll(page)
    menu = page.locator(".govuk-service-navigation__item")
    tops = set(menu.evaluate_all("items => items.map(item => item.offsetTop)"))
    assert len(tops) <= 1, f"{name}: the menu needs more than one line"
    page.set_viewport_size(NARROW)
