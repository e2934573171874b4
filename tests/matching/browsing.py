"""Looking at the console in a real browser: each page once, in every way a person may see it."""

from __future__ import annotations

from collections.abc import Iterable

from playwright.sync_api import Page

from services.runtime.security.principal import Role
from tests.matching.harness import Matching, cookies_of
from tests.support.browser import (
    AXE_LOOKS,
    DESKTOP,
    NARROW,
    PHONE,
    check_accessible,
    check_no_sideways_scroll,
)


def sign_in(page: Page, matching: Matching, base: str, role: Role = Role.COORDINATOR) -> None:
    """The page's browser is signed in, as after the sign-in page."""
    cookies = cookies_of(matching, role)
    page.context.add_cookies([{"name": n, "value": v, "url": base} for n, v in cookies.items()])


def check_each(page: Page, base: str, addresses: Iterable[str]) -> None:
    """Each page answers and is accessible, with what it folds away open as well."""
    for address in addresses:
        answer = page.goto(f"{base}{address}")
        assert answer is not None
        assert answer.status == 200, address
        check_every_way(page)


def check_every_way(page: Page) -> None:
    """The page as it stands is accessible on a phone, a desktop, at 320 px, and in the dark.

    A width changes what is shown, so all is checked at two; the dark and the narrowest window
    change colours, sizes and places only.
    """
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        check_accessible(page)
    page.emulate_media(color_scheme="dark")
    check_accessible(page, AXE_LOOKS)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)
    check_no_sideways_scroll(page)
