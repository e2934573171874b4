"""A participant's own page: reached by a link that works once; see, correct, download, withdraw,
erase."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from schemas.events import ConsentChanged, ParticipantErased
from services.outreach.own_page import LINK_HOLDS
from services.runtime.clock import utc_now
from services.runtime.security.headers import harden
from tests.outreach.conftest import ORIGIN, World, person_body, register

PEOPLE = "/api/v1/participants"


def link_for(worker: TestClient, person: str) -> str:
    made = worker.post(f"{PEOPLE}/{person}/own-page-links")
    assert made.status_code == 201, made.text
    return str(made.json()["address"]).removeprefix(ORIGIN)


def visitor(world: World) -> TestClient:
    """A browser on the hardened application, as people reach it."""
    root = FastAPI()
    harden(root, world.node.settings.security)
    root.mount("/outreach", world.app)
    client = TestClient(root, base_url=ORIGIN, raise_server_exceptions=False)
    client.headers["accept"] = "text/html"
    return client


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def enter(world: World, path: str) -> TestClient:
    browser = visitor(world)
    page = browser.get(path)
    assert page.status_code == 200, page.text
    answer = browser.post(path, data={"csrf_token": token(page.text)}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return browser


def send(browser: TestClient, path: str, **fields: str) -> int:
    page = browser.get("/outreach/own")
    form = {**fields, "csrf_token": token(page.text)}
    return browser.post(f"/outreach{path}", data=form, follow_redirects=False).status_code


@pytest.fixture
def person(worker: TestClient) -> str:
    return register(worker, email="quintessa@example.org")


def test_the_link_opens_the_page_once(world: World, worker: TestClient, person: str) -> None:
    path = link_for(worker, person)
    browser = enter(world, path)
    page = browser.get("/outreach/own")
    assert "Quintessa Marblethwaite" in page.text
    again = visitor(world)
    assert again.get(path).status_code == 410
    used = {"csrf_token": token(again.get("/outreach/sign-in").text)}
    assert again.post(path, data=used).status_code == 410


def test_looking_at_the_link_does_not_use_it_up(
    world: World, worker: TestClient, person: str
) -> None:
    path = link_for(worker, person)
    for _ in range(3):
        assert visitor(world).get(path).status_code == 200
    enter(world, path)


def test_a_link_ends_after_a_day_and_with_the_next_one(
    world: World, worker: TestClient, person: str
) -> None:
    first = link_for(worker, person)
    second = link_for(worker, person)
    assert visitor(world).get(first).status_code == 410
    later = utc_now() + LINK_HOLDS + timedelta(seconds=1)
    world.node.clock = lambda: later
    assert visitor(world).get(second).status_code == 410


def test_only_who_reaches_the_person_can_make_a_link(
    world: World, worker: TestClient, person: str
) -> None:
    stranger = world.signed_in("stranger@example.org", team="south")
    assert stranger.post(f"{PEOPLE}/{person}/own-page-links").status_code == 404


def test_a_participant_reaches_nothing_but_their_own_page(
    world: World, worker: TestClient, person: str
) -> None:
    browser = enter(world, link_for(worker, person))
    browser.headers["accept"] = "application/json"
    assert browser.get(f"/outreach{PEOPLE}/{person}").status_code == 403
    assert browser.get("/outreach/api/v1/contacts").status_code == 403


def test_details_are_corrected(world: World, worker: TestClient, person: str) -> None:
    browser = enter(world, link_for(worker, person))
    sent = send(browser, "/own/correct", name="Quintessa Marble", phone="07700 900777", email="")
    assert sent == 303
    view = worker.get(f"{PEOPLE}/{person}").json()
    assert view["name"] == "Quintessa Marble"
    assert view["phone"] == "+447700900777"
    assert view["email"] is None


def test_the_download_holds_everything_also_monitoring_answers(
    world: World, worker: TestClient, person: str
) -> None:
    browser = enter(world, link_for(worker, person))
    held = browser.get("/outreach/own/download").json()
    assert held["record"]["phone"] == "+447700900123"
    assert held["equality_monitoring"] == {"religion": ["muslim"], "age_band": ["25_34"]}
    assert {entry["purpose"] for entry in held["consents"]} == {"contact", "matching", "monitoring"}


def test_a_withdrawal_is_the_persons_own_and_in_effect_at_once(
    world: World, worker: TestClient, person: str
) -> None:
    browser = enter(world, link_for(worker, person))
    assert send(browser, "/own/withdraw", purpose="matching") == 303
    assert worker.get(f"{PEOPLE}/{person}").json()["matching_profile"] is None
    told = world.events_of(ConsentChanged)[-1]
    assert (told.consent.purpose, told.consent.given, told.evidence) == (
        "matching",
        False,
        "own_page",
    )


def test_erasing_asks_once_more_and_then_nothing_is_left(
    world: World, worker: TestClient, person: str
) -> None:
    browser = enter(world, link_for(worker, person))
    assert send(browser, "/own/erase") == 303
    assert worker.get(f"{PEOPLE}/{person}").status_code == 200
    assert send(browser, "/own/erase", confirm="yes") == 200
    assert worker.get(f"{PEOPLE}/{person}").status_code == 410
    assert world.events_of(ParticipantErased)
    assert person_body()["name"].encode() not in world.files()


def test_after_half_an_hour_erasing_takes_a_new_link(
    world: World, worker: TestClient, person: str
) -> None:
    browser = enter(world, link_for(worker, person))
    later = world.node.now() + timedelta(minutes=31)
    world.node.clock = lambda: later
    form = {"confirm": "yes", "csrf_token": token(browser.get("/outreach/own").text)}
    erased = browser.post("/outreach/own/erase", data=form, follow_redirects=False)
    downloaded = browser.get("/outreach/own/download", follow_redirects=False)
    for answer in (erased, downloaded):
        assert answer.headers["location"].startswith("/outreach/own/link?")
    assert "Get a new link to erase or download" in browser.get("/outreach/own/link?again=yes").text
    assert world.events_of(ParticipantErased) == []


def test_every_use_of_the_page_is_in_the_audit_trail(
    world: World, worker: TestClient, person: str
) -> None:
    browser = enter(world, link_for(worker, person))
    browser.get("/outreach/own")
    browser.get("/outreach/own/download")
    actions = world.audited(person)
    for action in ("own-page:link", "own-page:enter", "own-page:read", "own-page:download"):
        assert action in actions
