"""An authenticator app as second factor: set up, asked for at sign-in, each code used once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyotp
import pytest
from fastapi.testclient import TestClient

from services.runtime.clock import utc_now
from tests.outreach.conftest import PASSWORD, World
from tests.outreach.test_pages import Browser

FACTOR = "/api/v1/second-factor"
EMAIL = "worker@example.org"


class Clock:
    """Moves by half a minute, so that the app shows another code."""

    def __init__(self) -> None:
        self.now = utc_now()

    def __call__(self) -> datetime:
        return self.now

    def next_code(self, secret: str) -> str:
        self.now += timedelta(seconds=30)
        return pyotp.TOTP(secret).at(self.now)


@pytest.fixture
def clock(world: World) -> Clock:
    made = Clock()
    world.node.clock = made
    return made


@pytest.fixture
def secret(worker: TestClient) -> str:
    started = worker.post(FACTOR)
    assert started.status_code == 201
    assert started.json()["address"].startswith("otpauth://totp/")
    return str(started.json()["secret"])


def turn_on(worker: TestClient, clock: Clock, secret: str) -> list[str]:
    confirmed = worker.post(f"{FACTOR}/confirm", json={"code": clock.next_code(secret)})
    assert confirmed.status_code == 200, confirmed.text
    return list(confirmed.json()["codes"])


def sign_in(world: World, code: str | None = None) -> tuple[int, str]:
    body = {"email": EMAIL, "password": PASSWORD} | ({"code": code} if code else {})
    answer = world.browser().post("/api/v1/sign-in", json=body)
    return answer.status_code, answer.json().get("title", "")


def test_an_app_counts_only_once_its_first_code_has_confirmed_it(
    world: World, worker: TestClient, clock: Clock, secret: str
) -> None:
    assert sign_in(world)[0] == 200
    wrong = worker.post(f"{FACTOR}/confirm", json={"code": "000000"})
    assert wrong.status_code == 401
    turn_on(worker, clock, secret)
    assert sign_in(world) == (401, "Code needed")


def test_a_right_code_signs_in_and_works_only_once(
    world: World, worker: TestClient, clock: Clock, secret: str
) -> None:
    turn_on(worker, clock, secret)
    code = clock.next_code(secret)
    assert sign_in(world, code)[0] == 200
    assert sign_in(world, code)[0] == 401


def test_a_recovery_code_stands_in_for_a_lost_phone_once(
    world: World, worker: TestClient, clock: Clock, secret: str
) -> None:
    spare = turn_on(worker, clock, secret)[0]
    assert sign_in(world, spare.lower().replace("-", " "))[0] == 200
    assert sign_in(world, spare)[0] == 401


def test_guessing_codes_ends_in_the_lock_out_though_the_password_is_right(
    world: World, worker: TestClient, clock: Clock, secret: str
) -> None:
    spare = turn_on(worker, clock, secret)[0]
    statuses = [sign_in(world, "000000")[0] for _ in range(8)]
    assert 429 in statuses
    assert sign_in(world, spare)[0] == 429


def test_a_wrong_password_tells_nothing_about_the_second_factor(
    world: World, worker: TestClient, clock: Clock, secret: str
) -> None:
    turn_on(worker, clock, secret)
    body = {"email": EMAIL, "password": "not the password", "code": clock.next_code(secret)}
    answer = world.browser().post("/api/v1/sign-in", json=body)
    assert answer.json()["title"] == "Not signed in"
    assert "password" in answer.json()["detail"]


def test_taking_the_app_away_needs_a_code(
    world: World, worker: TestClient, clock: Clock, secret: str
) -> None:
    turn_on(worker, clock, secret)
    assert worker.post(f"{FACTOR}/remove", json={"code": "000000"}).status_code == 401
    code = clock.next_code(secret)
    assert worker.post(f"{FACTOR}/remove", json={"code": code}).status_code == 204
    assert sign_in(world)[0] == 200


def test_the_secret_is_sealed_and_the_recovery_codes_are_hashes(
    world: World, worker: TestClient, clock: Clock, secret: str
) -> None:
    codes = turn_on(worker, clock, secret)
    stored = world.files()
    assert secret.encode() not in stored
    assert all(code.encode() not in stored for code in codes)


def test_the_sign_in_page_asks_for_the_code(
    world: World, worker: TestClient, clock: Clock, secret: str
) -> None:
    turn_on(worker, clock, secret)
    browser = Browser(world)
    assert 'name="code"' not in browser.open("/outreach/sign-in")
    password = {"email": EMAIL, "password": PASSWORD}
    browser.send(password, status=422)
    assert 'name="code"' in browser.page
    browser.send(password | {"code": clock.next_code(secret)})
    assert browser.path == "/outreach/"
