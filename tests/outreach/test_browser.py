"""Outreach on a phone, in a real browser: accessible, and usable in each way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from schemas.events import ContactLogged, ParticipantRegistered
from services.runtime.security.principal import Role
from tests.outreach.browsing import sign_in, sign_in_by_hand, site
from tests.outreach.conftest import World
from tests.support.browser import OpenPage, check_accessible

pytestmark = pytest.mark.browser


@pytest.fixture
def base(world: World) -> Iterator[str]:
    world.account("worker@example.org", team="north")
    with site(world) as address:
        yield address


def test_the_lead_s_pages_are_accessible(world: World, base: str, open_page: OpenPage) -> None:
    worker = world.signed_in("worker@example.org")
    body = {"urgency": "now", "what": "She is afraid."}
    made = worker.post("/api/v1/concerns", json=body).json()["id"]
    world.account("lead@example.org", Role.SAFEGUARDING_LEAD)
    page = open_page()
    sign_in(page, base, "lead@example.org")
    for path in ("/concerns", f"/concerns/{made}"):
        page.goto(f"{base}/outreach{path}")
        check_accessible(page)


def test_the_administrator_s_pages_are_accessible(
    world: World, base: str, open_page: OpenPage
) -> None:
    world.account("ad@example.org", Role.ADMINISTRATOR)
    page = open_page()
    sign_in(page, base, "ad@example.org")
    about = f"/accounts/{world.accounts['worker@example.org']}"
    for path in ("/accounts", "/accounts/new", about):
        page.goto(f"{base}/outreach{path}")
        check_accessible(page)
    page.get_by_role("button", name="Make a link").click()
    check_accessible(page)
    address = page.locator(".nv-code").inner_text()
    page.goto(base + address[address.index("/outreach/") :])
    check_accessible(page)


def test_a_contact_and_a_person_are_recorded_without_javascript(
    world: World, base: str, open_page: OpenPage
) -> None:
    page = open_page(java_script_enabled=False)
    sign_in_by_hand(page, base)
    page.goto(f"{base}/outreach/contacts/new")
    page.fill("#venue", "Harehills food bank")
    page.select_option("#venue_kind", "food_bank")
    page.select_option("#area_code", "E08000035")
    page.click("text=Save contact")
    expect(page.locator("h1")).to_have_text("Harehills food bank")
    page.click("text=Register a person you met here")
    fill_person(page)
    page.click("main button[type=submit]")
    expect(page.locator("h1")).to_have_text("Quintessa Marblethwaite")
    (contact,) = world.events_of(ContactLogged)
    (person,) = world.events_of(ParticipantRegistered)
    client = world.signed_in("worker@example.org")
    met = client.get(f"/api/v1/contacts/{contact.contact_id}").json()["participants"]
    assert met == [str(person.participant_id)]


def fill_person(page: Page) -> None:
    page.get_by_label("Text message").first.check()
    page.fill("#name", "Quintessa Marblethwaite")
    page.fill("#phone", "07700 900123")
    page.select_option("#area_code", "E08000035")
    page.locator("[name='consents[4].given'][value=false]").check()
    page.locator("[name='consents[5].given'][value=false]").check()


def test_the_consent_can_be_read_out_in_the_person_s_language(
    base: str, open_page: OpenPage
) -> None:
    page = open_page()
    sign_in(page, base)
    page.goto(f"{base}/outreach/people/new")
    page.locator("summary[aria-controls], summary").filter(has_text="اردو").first.click()
    expect(page.locator("details[open] [lang=ur][dir=rtl]").first).to_contain_text("دیکھ بھال")
