"""An administrator looks after colleagues' accounts, on pages and over HTTP."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from services.outreach.account_models import Account
from services.outreach.models import Participant
from services.runtime.security.principal import Role
from tests.outreach.conftest import PASSWORD, World, contact_body, register
from tests.outreach.test_pages import Browser

SIGN_IN = "/api/v1/sign-in"
ME = "/api/v1/me"
NEW_PASSWORD = "harbour lantern pickle"
COLLEAGUE = "new@example.org"


@pytest.fixture
def admin(world: World) -> Browser:
    world.account("ad@example.org", Role.ADMINISTRATOR)
    return Browser(world).sign_in("ad@example.org")


def page_of(world: World, email: str) -> str:
    return f"/outreach/accounts/{world.accounts[email]}"


def tries_to_sign_in(world: World, email: str, password: str = PASSWORD) -> int:
    return world.browser().post(SIGN_IN, json={"email": email, "password": password}).status_code


def link_on(page: str) -> str:
    found = re.search(r"/outreach/choose-password/\S+?(?=<)", page)
    assert found is not None
    return found[0]


def test_a_colleague_is_added_and_chooses_a_password_that_nobody_else_knows(
    world: World, admin: Browser
) -> None:
    assert "Accounts of your colleagues" in admin.open("/outreach/accounts")
    admin.open("/outreach/accounts/new")
    admin.send({"name": "Nia New", "email": "no email"}, status=422)
    assert admin.problems() == ["role"]
    new = {"name": "Nia New", "email": COLLEAGUE, "role": "link_worker", "team_id": "north"}
    link = link_on(admin.send(new))
    assert link.removeprefix("/outreach/choose-password/").encode() not in world.files()
    colleague = Browser(world)
    assert "/static/extras-" in colleague.open(link), "what is typed can be shown"
    colleague.send({"new": "nia new example"}, status=422)
    colleague.send({"new": NEW_PASSWORD})
    assert colleague.path == "/outreach/sign-in"
    assert tries_to_sign_in(world, COLLEAGUE, NEW_PASSWORD) == 200
    assert colleague.client.get(link).status_code == 410
    assert "Nia New" in admin.open("/outreach/accounts")
    assert "Nia New" not in admin.open("/outreach/accounts?role=coordinator")


def test_a_newer_link_ends_the_one_before_and_none_holds_for_more_than_a_day(
    world: World, admin: Browser
) -> None:
    world.account(COLLEAGUE)
    admin.open(page_of(world, COLLEAGUE))
    first = link_on(admin.send({}, form="password-link"))
    admin.open(page_of(world, COLLEAGUE))
    second = link_on(admin.send({}, form="password-link"))
    visitor = Browser(world)
    assert visitor.client.get(first).status_code == 410
    assert visitor.client.get(second).status_code == 200
    later = world.node.now() + timedelta(hours=25)
    world.node.clock = lambda: later
    assert visitor.client.get(second).status_code == 410


def test_a_locked_account_is_out_at_once_and_back_when_it_is_unlocked(
    world: World, admin: Browser
) -> None:
    worker = world.signed_in(COLLEAGUE)
    secret = worker.post("/api/v1/api-tokens", json={"scopes": ["contact:log"], "days": 9}).json()
    program = world.browser()
    program.headers["Authorization"] = f"Bearer {secret['secret']}"
    assert program.post("/api/v1/contacts", json=contact_body()).status_code == 201
    admin.open(page_of(world, COLLEAGUE))
    link = link_on(admin.send({}, form="password-link"))
    admin.open(page_of(world, COLLEAGUE))
    assert "Locked" in admin.send({}, form="/lock")
    assert worker.get(ME).status_code == 401
    assert program.post("/api/v1/contacts", json=contact_body()).status_code == 401
    assert tries_to_sign_in(world, COLLEAGUE) == 401
    assert Browser(world).client.get(link).status_code == 410
    admin.send({}, form="/unlock")
    assert tries_to_sign_in(world, COLLEAGUE) == 200
    assert program.post("/api/v1/contacts", json=contact_body()).status_code == 401


def test_the_wait_after_wrong_passwords_can_be_ended(world: World, admin: Browser) -> None:
    world.account(COLLEAGUE)
    wrong = [tries_to_sign_in(world, COLLEAGUE, "not this one") for _ in range(5)]
    assert wrong == [401] * 5
    assert tries_to_sign_in(world, COLLEAGUE) == 429
    admin.open(page_of(world, COLLEAGUE))
    admin.send({}, form="/unlock")
    assert tries_to_sign_in(world, COLLEAGUE) == 200


def test_a_new_role_ends_what_was_begun_in_the_old_one(world: World, admin: Browser) -> None:
    worker = world.signed_in(COLLEAGUE, team="north")
    worker.post("/api/v1/api-tokens", json={"scopes": ["contact:log"], "days": 9})
    admin.open(page_of(world, COLLEAGUE))
    admin.send({"role": "participant"}, form="/role", status=422)
    admin.send({"role": "coordinator", "team_id": "Not A Team"}, form="/role", status=422)
    assert admin.problems() == ["team_id"]
    assert worker.get(ME).status_code == 200
    admin.send({"role": "coordinator", "team_id": ""}, form="/role")
    assert worker.get(ME).status_code == 401
    who = world.signed_in(COLLEAGUE).get(ME).json()
    assert (who["role"], who["team_id"]) == ("coordinator", None)
    assert "Withdraw the API tokens" not in admin.open(page_of(world, COLLEAGUE))


def test_a_lost_phone_s_second_step_is_reset(world: World, admin: Browser) -> None:
    worker = world.signed_in(COLLEAGUE)
    started = worker.post("/api/v1/second-factor").json()
    code = pyotp.TOTP(started["secret"]).at(world.node.now())
    assert worker.post("/api/v1/second-factor/confirm", json={"code": code}).status_code == 200
    assert tries_to_sign_in(world, COLLEAGUE) == 401
    assert "codes from an app" in admin.open(page_of(world, COLLEAGUE))
    assert "codes from an app" not in admin.send({}, form="/second-factor")
    assert worker.get(ME).status_code == 401
    assert tries_to_sign_in(world, COLLEAGUE) == 200


def test_sessions_are_ended_and_tokens_withdrawn(world: World, admin: Browser) -> None:
    worker = world.signed_in(COLLEAGUE)
    worker.post("/api/v1/api-tokens", json={"scopes": ["contact:log"], "days": 9})
    assert "In 1 browser" in admin.open(page_of(world, COLLEAGUE))
    assert "Withdraw the API tokens" not in admin.send({}, form="/api-tokens")
    assert worker.get(ME).status_code == 200
    assert "In 1 browser" not in admin.send({}, form="/sessions")
    assert worker.get(ME).status_code == 401


def test_all_of_it_goes_over_http_too_and_is_in_the_trail(world: World) -> None:
    client = world.signed_in("ad@example.org", role=Role.ADMINISTRATOR)
    about = f"/api/v1/accounts/{world.account(COLLEAGUE)}"
    assert client.get(about).json()["role"] == "link_worker"
    assert client.put(f"{about}/role", json={"role": "host"}).status_code == 204
    for method, path in (
        ("POST", "/disable"),
        ("POST", "/enable"),
        ("DELETE", "/second-factor"),
        ("DELETE", "/sessions"),
        ("DELETE", "/api-tokens"),
    ):
        assert client.request(method, about + path).status_code == 204, path
    assert client.post(f"{about}/password-links").status_code == 201
    assert world.audited(str(world.accounts[COLLEAGUE])) == [
        "account:read",
        "account:role",
        "account:disable",
        "account:unlock",
        "account:reset-second-factor",
        "account:sign-out",
        "account:withdraw-tokens",
        "account:password-link",
    ]


def test_nobody_changes_their_own_account_or_one_of_another_organisation(
    world: World, admin: Browser
) -> None:
    own = world.signed_in("ad@example.org", role=Role.ADMINISTRATOR)
    world.account("far@example.org", organisation="york")
    mine = f"/api/v1/accounts/{world.accounts['ad@example.org']}"
    theirs = f"/api/v1/accounts/{world.accounts['far@example.org']}"
    assert own.put(f"{mine}/role", json={"role": "link_worker"}).status_code == 422
    assert own.delete(f"{mine}/second-factor").status_code == 422
    assert own.post(f"{mine}/disable").status_code == 422
    assert own.get(theirs).status_code == 404
    assert own.put(f"{theirs}/role", json={"role": "host"}).status_code == 404
    page = admin.open(page_of(world, "ad@example.org"))
    assert "This is your own account" in page
    assert f'action="{page_of(world, "ad@example.org")}' not in page
    assert admin.client.get(page_of(world, "far@example.org")).status_code == 404


def test_the_pages_show_nothing_of_a_participant_and_are_for_administrators_only(
    world: World, worker: TestClient, admin: Browser
) -> None:
    person = register(worker)
    with world.node.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Participant)) == 1
        accounts = session.scalars(select(Account.id)).all()
    shown = [admin.open("/outreach/accounts"), *map(admin.open, map(_address, accounts))]
    assert not any("Marblethwaite" in page or person in page for page in shown)
    other = Browser(world).sign_in("worker@example.org")
    assert other.client.get("/outreach/accounts").status_code == 403


def _address(account: object) -> str:
    return f"/outreach/accounts/{account}"


def test_after_half_an_hour_the_pages_ask_to_sign_in_again_and_lead_back(
    world: World, admin: Browser
) -> None:
    later = world.node.now() + timedelta(minutes=31)
    world.node.clock = lambda: later
    assert "Please sign in once more" in admin.open("/outreach/accounts")
    admin.send({"email": "ad@example.org", "password": PASSWORD}, form="sign-in")
    assert admin.path == "/outreach/accounts"
