"""A sign-out reaches the other side: from here to the identity provider, and from there to us."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.outreach.conftest import ORIGIN, World
from tests.outreach.test_identity_provider import ASHA, is_nobody, me, ready, sign_in, visitor
from tests.support.identity_provider import CLIENT_ID, IdentityProvider, new_key

TOLD = "/outreach/sign-in/with/leeds/signed-out"
OUT = "/outreach/sign-in/with/leeds/out"


@pytest.fixture
def provider(running: IdentityProvider, world: World) -> IdentityProvider:
    running.ends = True
    running.ended.clear()
    made = ready(running, world)
    made.person = {**ASHA, "sid": "session-there-1"}
    return made


@pytest.fixture
def browser(world: World, provider: IdentityProvider) -> TestClient:
    """Asha, signed in by the provider."""
    world.account("asha@leeds.example")
    status, made = sign_in(world)
    assert status == 303
    return made


def sign_out(browser: TestClient, root: str = "/outreach") -> httpx.Response:
    page = browser.get(f"{root}/account").text
    form = {"csrf_token": page.partition('csrf_token" value="')[2].partition('"')[0]}
    return browser.post(f"{root}/sign-out", data=form, follow_redirects=False)


def tell(world: World, token: str) -> int:
    """As the provider would: from another machine, without a cookie."""
    return visitor(world).post(TOLD, data={"logout_token": token}).status_code


def test_after_a_sign_out_here_the_page_offers_to_sign_out_there_too(
    browser: TestClient, provider: IdentityProvider
) -> None:
    answer = sign_out(browser)
    assert answer.headers["location"] == "/outreach/sign-in?out=leeds"
    assert is_nobody(browser)
    page = browser.get(answer.headers["location"]).text
    assert "You may still be signed in at Leeds City Council." in page
    assert f'href="{OUT}"' in page
    away = browser.get(OUT, follow_redirects=False)
    back = httpx.get(away.headers["location"], follow_redirects=False)
    assert back.headers["location"] == f"{ORIGIN}/outreach/sign-in"
    asked = urlsplit(away.headers["location"]).query
    assert provider.ended == [
        {"client_id": CLIENT_ID, "post_logout_redirect_uri": f"{ORIGIN}/outreach/sign-in"}
    ]
    assert "id_token" not in asked, "it holds a name and an email"


def test_whoever_signed_in_with_a_password_is_not_sent_to_a_provider(
    world: World, provider: IdentityProvider
) -> None:
    worker = world.signed_in("worker@leeds.example")
    assert sign_out(worker, "").headers["location"] == "/outreach/sign-in"
    page = visitor(world).get("/outreach/sign-in?out=elsewhere").text
    assert "You may still be signed in" not in page


def test_a_provider_without_a_way_out_and_one_that_is_down_lead_back_here(
    world: World, provider: IdentityProvider
) -> None:
    provider.ends = False
    world.node.extras.clear()
    answer = visitor(world).get(OUT, follow_redirects=False)
    assert answer.headers["location"] == f"{ORIGIN}/outreach/sign-in"
    provider.is_down = True
    world.node.extras.clear()
    assert visitor(world).get(OUT).status_code == 502


def test_a_session_that_is_over_there_is_over_here(
    world: World, browser: TestClient, provider: IdentityProvider
) -> None:
    _, other = sign_in(world)  # the same session there, another browser of ours
    provider.person = {**ASHA, "sid": "session-there-2"}
    _, elsewhere = sign_in(world)
    about = me(browser)["account_id"]
    assert tell(world, provider.logout_token(sid="session-there-1")) == 200
    assert is_nobody(browser)
    assert is_nobody(other)
    assert not is_nobody(elsewhere)
    assert "session:end" in world.audited(about)


def test_a_person_who_is_signed_out_everywhere_there_is_so_here(
    world: World, browser: TestClient, provider: IdentityProvider
) -> None:
    with_password = world.signed_in("other@leeds.example")
    assert tell(world, provider.logout_token(sub=ASHA["sub"])) == 200
    assert is_nobody(browser)
    assert with_password.get("/api/v1/me").status_code == 200


def test_a_sign_out_that_is_told_again_ends_no_newer_session(
    world: World, browser: TestClient, provider: IdentityProvider
) -> None:
    old = provider.logout_token(sub=ASHA["sub"], iat=int(time.time()) - 60)
    assert tell(world, old) == 200
    assert not is_nobody(browser), "it began after the provider said so"


NOT_BELIEVED: dict[str, dict[str, Any]] = {
    "another audience": {"sub": "u-1", "aud": "another"},
    "another issuer": {"sub": "u-1", "iss": "https://evil.example"},
    "over": {"sub": "u-1", "exp": 1_600_000_000},
    "old": {"sub": "u-1", "iat": int(time.time()) - 3600},
    "no time": {"sub": "u-1", "iat": None},
    "an id_token": {"sub": "u-1", "events": None, "nonce": "n"},
    "with a nonce": {"sub": "u-1", "nonce": "n"},
    "another event": {"sub": "u-1", "events": {"https://elsewhere.example": {}}},
    "of another kind": {"sub": "u-1", "kind": "JWT"},
    "of nobody": {},
    "of no text": {"sub": 7},
}


def test_a_logout_token_that_does_not_hold_signs_nobody_out(
    world: World, browser: TestClient, provider: IdentityProvider
) -> None:
    for why, changes in NOT_BELIEVED.items():
        assert tell(world, provider.logout_token(**changes)) == 400, why
    for made_up in ("", "x", "a.b.c"):
        assert tell(world, made_up) == 400
    right = provider.logout_token(sub="u-1")
    assert visitor(world).post(TOLD.replace("leeds", "york"), data={}).status_code == 404
    provider.sign_with = new_key()
    assert tell(world, provider.logout_token(sub="u-1")) == 400
    assert not is_nobody(browser)
    provider.sign_with = None
    assert tell(world, right) == 200


def test_the_providers_session_is_kept_as_a_keyed_hash(
    world: World, browser: TestClient, provider: IdentityProvider
) -> None:
    assert b"session-there-1" not in world.files()
