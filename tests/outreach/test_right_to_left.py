"""The register-a-person flow in Urdu and Arabic: from right to left, at 320 pixels, to its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from schemas.events import ParticipantRegistered
from tests.outreach.browsing import go_on, open_form, sign_in, site
from tests.outreach.conftest import World
from tests.support.browser import NARROW, OpenPage, check_accessible, check_no_sideways_scroll

pytestmark = pytest.mark.browser


@pytest.fixture
def base(world: World) -> Iterator[str]:
    world.account("worker@example.org", team="north")
    with site(world) as address:
        yield address


@pytest.mark.parametrize("code", ["ur", "ar"])
def test_a_person_is_registered_from_right_to_left(
    code: str, open_page: OpenPage, base: str, world: World
) -> None:
    page = open_page(viewport=NARROW, locale=code)
    sign_in(page, base)
    open_form(page, base, "/people/new", "participant")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    given = {
        "contact": lambda: page.locator("[name='consents[0].given']").check(),
        "name": lambda: page.fill("#name", "Quintessa Marblethwaite"),
        "addresses": lambda: page.fill("#phone", "07700 900123"),
        "home": lambda: page.select_option("#area_code", "E08000035"),
        "formats": lambda: page.locator("[value=advocate]").check(),
        "advocate": lambda: (
            page.fill("#advocate-email", "advocate@example.org"),
            page.locator("[name='advocate.agreed']").check(),
        ),
        "matching": lambda: page.locator("[name='consents[4].given'][value=false]").check(),
        "monitoring": lambda: page.locator("[name='consents[5].given'][value=false]").check(),
    }
    check_accessible(page)
    seen = []
    while (
        step := page.locator(".nv-step:not([hidden])").get_attribute("data-nv-step")
    ) != "rights":
        assert step is not None
        seen.append(step)
        assert len(seen) < 20
        # What else axe asks of each question is asked of every page in each language.
        check_no_sideways_scroll(page)
        given.get(step, lambda: None)()
        # The words begin at the right edge, and so does the box that is ticked.
        box = page.locator(".nv-step:not([hidden]) :is(.govuk-label, legend)").first
        if box.count():
            assert box.evaluate("e => getComputedStyle(e).direction") == "rtl"
        go_on(page)
    assert set(given) <= set(seen)
    page.locator(".nv-step:not([hidden]) button[type=submit]").click()
    page.wait_for_url("**/people/saved")
    check_accessible(page)
    (event,) = world.events_of(ParticipantRegistered)
    assert event.communication_formats == ["advocate"]
