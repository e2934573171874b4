"""Where one is signed in, signing out there, and what a change of the ways in does to sessions."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from structlog.testing import capture_logs

from services.outreach.commands import passkeys
from services.outreach.commands.own_sessions import own
from services.runtime.clock import utc_now
from services.runtime.security.passkeys import StoredPasskey
from services.runtime.security.principal import ALL_SCOPES, Principal, Role
from services.runtime.tables import audit
from tests.outreach.conftest import ORIGIN, PASSWORD, World, register
from tests.outreach.test_pages import Browser

ME = "/api/v1/me"
EMAIL = "worker@example.org"


@pytest.fixture
def phone(world: World) -> Browser:
    world.account(EMAIL, team="north")
    return Browser(world).sign_in(EMAIL)


def statuses(*clients: TestClient) -> list[int]:
    return [client.get(ME).status_code for client in clients]


def test_one_sees_where_one_is_signed_in_and_ends_one_or_all_others(
    world: World, phone: Browser
) -> None:
    library, laptop = world.signed_in(EMAIL), world.signed_in(EMAIL)
    page = phone.open("/outreach/account")
    assert page.count("Since ") - page.count('aria-label="Sign out there') == 3
    assert page.count("This is the browser you use now.") == 1
    phone.send({}, form="/sessions/end")
    assert "You are signed out there." in phone.page
    assert sorted(statuses(library, laptop)) == [200, 401]
    phone.send({}, form="/sessions/end-others")
    assert statuses(library, laptop) == [401, 401]
    assert "Sign out there" not in phone.open("/outreach/account")
    assert world.audited(str(world.accounts[EMAIL])).count("session:end") == 2


def test_the_own_session_and_other_peoples_are_not_ended_there(
    world: World, phone: Browser
) -> None:
    colleague = world.signed_in("other@example.org")
    theirs = re.escape(str(world.accounts["other@example.org"]))
    assert not re.search(theirs, phone.open("/outreach/account"))
    token = re.search(r'name="csrf_token" value="([^"]*)"', phone.page)
    assert token is not None
    who = Principal(world.accounts["other@example.org"], Role.LINK_WORKER, "leeds", None, "")
    listed = world.node.database.read(lambda session: own(session, who, utc_now()))
    for which in (listed[0].id, "0" * 64):
        fields = {"csrf_token": token[1], "session": which}
        answer = phone.client.post("/outreach/account/sessions/end", data=fields)
        assert answer.status_code == 422
    assert statuses(colleague) == [200]


def test_ending_sessions_and_changing_ways_in_ask_for_a_recent_sign_in(
    world: World, phone: Browser
) -> None:
    phone.open("/outreach/account")
    api = world.signed_in(EMAIL)
    later = world.node.now() + timedelta(minutes=31)
    world.node.clock = lambda: later
    phone.send({}, form="/second-factor/start")
    assert phone.path == "/outreach/sign-in"
    assert api.post("/api/v1/second-factor").json()["type"].endswith(":sign-in-again")
    for path in ("sessions/end-others", "passkeys/remove", "second-factor/remove"):
        answer = phone.client.post(f"/outreach/account/{path}", headers={"origin": ORIGIN})
        assert answer.status_code == 403 or "/sign-in" in str(answer.url), path


def test_a_new_app_and_its_removal_end_the_other_sessions(world: World) -> None:
    mine, other = world.signed_in(EMAIL), world.signed_in(EMAIL)
    secret = mine.post("/api/v1/second-factor").json()["secret"]
    code = pyotp.TOTP(secret).at(world.node.now())
    assert mine.post("/api/v1/second-factor/confirm", json={"code": code}).status_code == 200
    assert statuses(mine, other) == [200, 401]


def test_a_passkey_added_or_taken_away_ends_the_other_sessions(world: World) -> None:
    mine, other = world.signed_in(EMAIL), world.signed_in(EMAIL)
    account = world.accounts[EMAIL]

    def principal() -> Principal:
        known = Principal(account, Role.LINK_WORKER, "leeds", None, "")
        running = world.node.database.read(lambda session: own(session, known, utc_now()))
        assert len(running) == 2
        return known

    key = StoredPasskey(b"a device", b"its key", 0)
    who = principal()
    now = world.node.now()
    register_it = passkeys.Register(key, fresh=True)
    scoped = Principal(account, Role.LINK_WORKER, "leeds", None, "", ALL_SCOPES)
    world.node.writer.write(lambda s: passkeys.register(s, scoped, register_it, now))
    assert statuses(mine, other) == [401, 401]
    mine, other = world.signed_in(EMAIL), world.signed_in(EMAIL)
    kept = passkeys.encoded(key.credential_id)
    world.node.writer.write(lambda s: passkeys.remove(s, who, kept, now))
    assert statuses(mine, other) == [401, 401]


def test_a_participant_signs_out_and_ends_what_is_open_elsewhere(world: World) -> None:
    worker = world.signed_in(EMAIL, team="north")
    person = register(worker)

    def enter() -> Browser:
        link = worker.post(f"/api/v1/participants/{person}/own-page-links").json()["address"]
        browser = Browser(world)
        page = browser.open(link.removeprefix(ORIGIN))
        token = re.search(r'name="csrf_token" value="([^"]*)"', page)
        assert token is not None
        browser.client.post(link.removeprefix(ORIGIN), data={"csrf_token": token[1]})
        browser.open("/outreach/own")
        return browser

    library = enter()
    phone = enter()
    assert "open somewhere else" in phone.page
    phone.send({}, form="/end-others")
    assert "open somewhere else" not in phone.page
    assert library.client.get("/outreach/own").url.path == "/outreach/sign-in"
    token = re.search(r'action="/outreach/sign-out".*?value="([^"]*)"', phone.page, re.S)
    assert token is not None
    out = phone.client.post("/outreach/sign-out", data={"csrf_token": token[1]})
    assert (out.status_code, out.url.path) == (200, "/outreach/own/link")
    assert phone.client.get("/outreach/own").url.path != "/outreach/own"


def test_the_trail_says_how_somebody_signed_in_and_the_log_how_somebody_did_not(
    world: World, phone: Browser
) -> None:
    columns = (audit.c.action, audit.c.why)
    rows = world.node.database.read(lambda s: s.execute(select(*columns)).all())
    assert ("session:begin", "password") in [tuple(row) for row in rows]
    api = world.signed_in(EMAIL)
    secret = api.post("/api/v1/second-factor").json()["secret"]
    code = pyotp.TOTP(secret).at(world.node.now())
    api.post("/api/v1/second-factor/confirm", json={"code": code})
    with capture_logs() as seen:
        body = {"email": EMAIL, "password": PASSWORD, "code": "000000"}
        assert world.browser().post("/api/v1/sign-in", json=body).status_code == 401
        stranger = world.browser()
        stranger.get("/sign-in/back?state=made-up&code=made-up")
        stranger.post("/sign-in/passkey", json={"step": "x", "answer": {}})
    refused = [line["reason"] for line in seen if line["event"] == "sign-in refused"]
    assert refused == ["code-wrong", "step-over", "step-over"]
    assert not any("made-up" in str(line) or EMAIL in str(line) for line in seen)


def test_every_page_of_somebody_signed_in_has_a_way_out(phone: Browser) -> None:
    for path in ("/outreach/", "/outreach/account", "/outreach/contacts", "/outreach/people"):
        assert re.search(r'action="/outreach/sign-out".*?Sign out', phone.open(path), re.S), path


def test_a_password_is_hidden_while_typed_and_may_be_pasted_or_filled_in(world: World) -> None:
    fields = re.findall(r"<input[^>]*>", Browser(world).open("/outreach/sign-in"))
    (field,) = [one for one in fields if 'name="password"' in one]
    assert 'type="password"' in field
    assert 'autocomplete="current-password"' in field


def test_a_password_of_the_own_name_or_email_is_refused_when_it_is_changed(world: World) -> None:
    client = world.signed_in("rosalind.hartwell@example.org")
    for new in ("rosalind hartwell", "colleague leeds rosalind"):
        body = {"current": PASSWORD, "new": new}
        assert client.post("/api/v1/password", json=body).status_code == 422, new
    long = "walnut orbit cardigan " * 5
    body = {"current": PASSWORD, "new": long}
    assert client.post("/api/v1/password", json=body).status_code == 204
    again = {"email": "rosalind.hartwell@example.org", "password": long}
    assert world.browser().post("/api/v1/sign-in", json=again).status_code == 200
