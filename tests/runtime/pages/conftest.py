"""A real browser, and a small site with an offline form, for the page tests."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.runtime.pages.offline_site import Site
from tests.support.browser import serve


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def base(site: Site) -> Iterator[str]:
    with serve(site.app()) as address:
        yield address


@pytest.fixture
def form(phone: Page, base: str) -> Page:
    """The phone on the form, with the service worker at work."""
    phone.goto(f"{base}/field/contact")
    phone.wait_for_selector("form[data-nv-ready]")
    phone.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    return phone
