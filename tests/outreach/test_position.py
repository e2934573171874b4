"""Where a contact was: asked of the device on a tap only, kept to a kilometre, told to nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect
from sqlalchemy import select

from schemas.events import ContactLogged
from services.outreach.models import OutreachContact
from tests.outreach.browsing import open_form, sign_in, site
from tests.outreach.conftest import World, contact_body
from tests.runtime.pages.steps import answers, until, waits
from tests.support.browser import PHONE, OpenPage, check_accessible

HERE = {"latitude": 53.80512, "longitude": -1.52345}
ABOUT_HERE = {"latitude": 53.81, "longitude": -1.52}
browser_test = pytest.mark.browser


def log(client: TestClient, **changes: Any) -> str:
    made = str(uuid4())
    answer = client.put(f"/api/v1/contacts/{made}", json=contact_body(**changes))
    assert answer.status_code == 201, answer.text
    return f"/api/v1/contacts/{made}"


def kept(world: World) -> list[tuple[float | None, float | None]]:
    query = select(OutreachContact.latitude, OutreachContact.longitude)
    found = world.node.database.read(lambda session: session.execute(query).all())
    return [(latitude, longitude) for latitude, longitude in found]


def test_more_than_two_decimals_are_never_kept(world: World, worker: TestClient) -> None:
    path = log(worker, position=HERE)
    assert kept(world) == [(53.81, -1.52)]
    assert worker.get(path).json()["position"] == ABOUT_HERE
    assert b"53.805" not in world.files()


def test_a_position_is_in_no_event(world: World, worker: TestClient) -> None:
    log(worker, position=HERE)
    (event,) = world.events_of(ContactLogged)
    assert "53.8" not in event.model_dump_json()
    assert "53.8" not in world.raw_events()


def test_a_position_outside_the_uk_is_refused(world: World, worker: TestClient) -> None:
    body = contact_body(position={"latitude": 40.4, "longitude": -3.7})
    assert worker.put(f"/api/v1/contacts/{uuid4()}", json=body).status_code == 422
    assert kept(world) == []


def test_a_position_can_be_taken_away(world: World, worker: TestClient) -> None:
    path = log(worker, position=HERE)
    changed = worker.patch(path, json={"position": None}, headers={"if-match": '"1"'})
    assert changed.status_code == 200, changed.text
    assert kept(world) == [(None, None)]


def test_a_contact_that_waited_since_before_the_question_stays_the_same(
    worker: TestClient,
) -> None:
    body = contact_body()
    path = f"/api/v1/contacts/{uuid4()}"
    assert worker.put(path, json=body).status_code == 201
    assert worker.put(path, json=body | {"position": None}).status_code == 200


def test_only_the_contact_form_may_ask_the_device_where_it_is(
    world: World, worker: TestClient
) -> None:
    form = worker.get("/contacts/new", headers={"accept": "text/html"})
    assert "geolocation=(self)" in form.headers["permissions-policy"]
    assert "camera=()" in form.headers["permissions-policy"]
    for path in ("/", "/contacts", "/people/new", "/places"):
        other = worker.get(path, headers={"accept": "text/html"})
        assert "geolocation=(self)" not in other.headers.get("permissions-policy", "")


@pytest.fixture
def base(world: World) -> Iterator[str]:
    world.account("worker@example.org", team="north")
    with site(world) as address:
        yield address


def on_the_form(open_page: OpenPage, base: str, **options: Any) -> Page:
    page = open_page(viewport=PHONE, **options)
    page.add_init_script(
        "window.asked = 0; const real = navigator.geolocation.getCurrentPosition;"
        "navigator.geolocation.getCurrentPosition = function (...told) {"
        "  window.asked += 1; return real.apply(navigator.geolocation, told); };"
    )
    sign_in(page, base)
    open_form(page, base, "/contacts/new", "contact")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.fill("#venue", "Harehills food bank")
    page.select_option("#venue_kind", "food_bank")
    page.select_option("#area_code", "E08000035")
    return page


def finish(page: Page) -> None:
    page.evaluate("document.querySelector('form[data-offline]').requestSubmit()")
    page.wait_for_url("**/contacts/saved")


@browser_test
def test_a_tap_keeps_the_position_to_a_kilometre_without_a_network_too(
    open_page: OpenPage, base: str, world: World
) -> None:
    page = on_the_form(open_page, base, geolocation=HERE, permissions=["geolocation"])
    page.context.set_offline(True)
    page.get_by_role("button", name="Use where I am").click()
    expect(page.get_by_text("Kept with this contact")).to_be_visible()
    check_accessible(page)
    until(page, lambda: "53.81" in str(answers(page)), "the draft does not hold it")
    assert "53.805" not in str(answers(page))
    finish(page)
    page.context.set_offline(False)
    until(page, lambda: waits(page) == [], "it was not sent")
    assert kept(world) == [(53.81, -1.52)]


@browser_test
def test_the_device_is_not_asked_without_a_tap_and_the_answer_can_be_dropped(
    open_page: OpenPage, base: str, world: World
) -> None:
    page = on_the_form(open_page, base, geolocation=HERE, permissions=["geolocation"])
    assert page.evaluate("window.asked") == 0
    page.get_by_role("button", name="Use where I am").click()
    page.get_by_role("button", name="Take it away again").click()
    expect(page.get_by_role("button", name="Use where I am")).to_be_visible()
    assert page.evaluate("window.asked") == 1
    finish(page)
    until(page, lambda: waits(page) == [], "it was not sent")
    assert kept(world) == [(None, None)]


@browser_test
def test_a_device_that_does_not_say_where_it_is_stops_nobody(
    open_page: OpenPage, base: str, world: World
) -> None:
    page = on_the_form(open_page, base, permissions=[])
    page.get_by_role("button", name="Use where I am").click()
    expect(page.get_by_text("Your phone did not say where it is.")).to_be_visible()
    finish(page)
    until(page, lambda: waits(page) == [], "it was not sent")
    assert kept(world) == [(None, None)]
