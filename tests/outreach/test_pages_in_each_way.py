"""axe on every page of outreach with its scripts, seen in each way."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from services.runtime.clock import utc_now
from tests.outreach.browsing import look, sign_in, site
from tests.outreach.conftest import World, contact_body, register
from tests.support.browser import (
    DESKTOP,
    NARROW,
    PHONE,
    OpenPage,
    check_no_sideways_scroll,
    find_violations,
)

pytestmark = pytest.mark.browser

COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}


@pytest.fixture
def base(world: World) -> Iterator[str]:
    with site(world) as address:
        yield address


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
