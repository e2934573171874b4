"""Outreach's forms in a browser with JavaScript: one question a page, with and without network."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from schemas.events import ContactLogged, ParticipantRegistered
from services.runtime.clock import utc_now
from tests.outreach.browsing import go_on, open_form, sign_in, site
from tests.outreach.conftest import World, contact_body, counted
from tests.support.browser import check_accessible

pytestmark = pytest.mark.browser


@pytest.fixture
def base(world: World) -> Iterator[str]:
    world.account("worker@example.org", team="north")
    with site(world) as address:
        yield address


def fill_contact(page: Page) -> None:
    page.fill("#venue", "Harehills food bank")
    page.select_option("#venue_kind", "food_bank")
    page.select_option("#area_code", "E08000035")
    go_on(page)
    page.get_by_label("A group").check()
    go_on(page)
    page.fill("#people", "8")
    go_on(page)
    page.select_option("#language", "ur")
    go_on(page)
    page.get_by_label("Getting there").check()
    go_on(page)
    page.fill("#notes", "Prefers mornings.")


def test_a_contact_is_logged_one_question_at_a_time(world: World, base: str, phone: Page) -> None:
    sign_in(phone, base)
    open_form(phone, base, "/contacts/new", "contact")
    check_accessible(phone)
    fill_contact(phone)
    phone.get_by_role("button", name="Save contact").click()
    phone.wait_for_url("**/contacts/saved")
    expect(phone.locator("h1:visible")).to_have_text("The contact is saved")
    (event,) = world.events_of(ContactLogged)
    assert (event.people, event.kind, event.barriers) == (8, "group", ["travel"])
    assert event.contacted_on == utc_now().date()


def test_a_question_that_needs_an_answer_says_so_before_going_on(base: str, phone: Page) -> None:
    sign_in(phone, base)
    open_form(phone, base, "/contacts/new", "contact")
    go_on(phone)
    expect(phone.locator(".govuk-error-summary")).to_contain_text("Say where you met")
    check_accessible(phone)


def test_a_contact_logged_without_a_network_arrives_once_when_it_is_back(
    world: World, base: str, phone: Page
) -> None:
    sign_in(phone, base)
    open_form(phone, base, "/contacts/new", "contact")
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.context.set_offline(True)
    fill_contact(phone)
    phone.get_by_role("button", name="Save contact").click()
    expect(phone.locator("h1:visible")).to_have_text("Saved on this device")
    assert world.events_of(ContactLogged) == []
    phone.context.set_offline(False)
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.locator("[data-nv-badge]")).to_be_hidden()
    assert len(world.events_of(ContactLogged)) == 1


def test_the_second_contact_at_a_place_needs_only_a_tap(
    world: World, base: str, phone: Page
) -> None:
    client = world.signed_in("worker@example.org")
    client.post("/api/v1/contacts", json=contact_body())
    sign_in(phone, base)
    open_form(phone, base, "/contacts/new", "contact")
    phone.get_by_label("Harehills food bank").check()
    for _ in range(4):
        go_on(phone)
    phone.get_by_role("button", name="Save contact").click()
    phone.wait_for_url("**/contacts/saved")
    assert [e.venue_kind for e in world.events_of(ContactLogged)] == ["food_bank"] * 2


def test_a_person_is_registered_one_question_at_a_time(
    world: World, base: str, phone: Page
) -> None:
    sign_in(phone, base)
    open_form(phone, base, "/people/new", "participant")
    go_on(phone)
    phone.locator("[name='consents[0].given']").check()
    go_on(phone)
    phone.fill("#name", "Quintessa Marblethwaite")
    go_on(phone)
    phone.fill("#phone", "07700 900123")
    go_on(phone)
    phone.select_option("#area_code", "E08000035")
    go_on(phone)
    phone.get_by_label("A place without steps").check()
    for _ in range(4):
        go_on(phone)
    phone.locator("[name='consents[4].given'][value=true]").check()
    check_accessible(phone)
    go_on(phone)
    phone.get_by_label("Cares for someone, unpaid").check()
    go_on(phone)
    phone.get_by_label("25 to 34").check()
    seen = 0
    while not phone.locator("[data-nv-step=monitoring]").is_visible():
        go_on(phone)
        seen += 1
        assert seen < 15
    phone.locator("[name='consents[5].given'][value=true]").check()
    go_on(phone)
    expect(phone.locator("#monitoring-age_band")).to_have_value("")
    phone.select_option("#monitoring-religion", "prefer_not_to_say")
    check_accessible(phone)
    go_on(phone)
    phone.get_by_role("button", name="Register this person").click()
    phone.wait_for_url("**/people/saved")
    assert counted(world) == [("religion", "prefer_not_to_say")]
    (event,) = world.events_of(ParticipantRegistered)
    assert event.matching_profile.characteristics == {"age_band": ["25_34"]}
    assert event.matching_profile.lived_experience == ["unpaid_carer"]
    assert event.access_needs == ["step_free"]
    assert {c.channel for c in event.consents if c.given and c.channel} == {"sms"}


def test_what_the_server_refuses_stays_and_can_be_put_right(
    world: World, base: str, phone: Page
) -> None:
    sign_in(phone, base)
    open_form(phone, base, "/people/new", "participant")
    go_on(phone)
    phone.locator("[name='consents[0].given']").check()
    go_on(phone)
    phone.fill("#name", "Quintessa Marblethwaite")
    go_on(phone)
    phone.fill("#phone", "0113 496 0000")
    go_on(phone)
    phone.select_option("#area_code", "E08000035")
    for _ in range(5):
        go_on(phone)
    phone.locator("[name='consents[4].given'][value=false]").check()
    go_on(phone)
    phone.locator("[name='consents[5].given'][value=false]").check()
    go_on(phone)
    phone.get_by_role("button", name="Register this person").click()
    expect(phone.locator(".govuk-error-summary")).to_contain_text(re.compile("mobile number"))
    assert world.events() == []
