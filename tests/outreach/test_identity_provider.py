"""Sign-in at an organisation's identity provider, over HTTP with a real (local) one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr, ValidationError

from services.runtime.clock import utc_now
from services.runtime.security.headers import harden
from services.runtime.security.oidc_settings import OidcProvider
from services.runtime.security.principal import Role
from services.runtime.settings import Settings
from tests.outreach.conftest import ORIGIN, World
from tests.support.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    IdentityProvider,
    new_key,
)

START = "/outreach/sign-in/with/leeds"
ASHA = {"sub": "u-1", "email": "asha@leeds.example", "email_verified": True, "name": "Asha Patel"}


@pytest.fixture
def provider(running: IdentityProvider, world: World) -> IdentityProvider:
    return ready(running, world)


def ready(running: IdentityProvider, world: World) -> IdentityProvider:
    """The provider as new, and known to this world as Leeds City Council's."""
    running.person, running.spoil, running.sign_with = dict(ASHA), lambda claims: claims, None
    running.is_down = running.names_itself = False
    running.codes.clear()
    running.asked.clear()
    world.node.settings.oidc["leeds"] = OidcProvider.model_validate(
        {
            "issuer": running.issuer,
            "client_id": CLIENT_ID,
            "client_secret": SecretStr(CLIENT_SECRET),
            "organisation": "leeds",
            "name": "Leeds City Council",
            "domains": '{"Leeds.example": {"role": "coordinator", "team": "north"}}',
        }
    )
    return running


def visitor(world: World) -> TestClient:
    root = FastAPI()
    harden(root, world.node.settings.security)
    root.mount("/outreach", world.app)
    client = TestClient(root, base_url=ORIGIN, raise_server_exceptions=False)
    client.headers["accept"] = "text/html"
    return client


def at_provider(browser: TestClient, start: str = START) -> str:
    """Go there, sign in there, and the address that the provider sends us back to."""
    away = browser.get(start, follow_redirects=False)
    assert away.status_code == 303, away.text
    back = httpx.get(away.headers["location"], follow_redirects=False)
    parts = urlsplit(back.headers["location"])
    assert f"{parts.scheme}://{parts.netloc}" == ORIGIN
    return f"{parts.path}?{parts.query}"


def sign_in(world: World, browser: TestClient | None = None) -> tuple[int, TestClient]:
    browser = browser or visitor(world)
    answer = browser.get(at_provider(browser), follow_redirects=False)
    return answer.status_code, browser


def me(browser: TestClient) -> Any:
    return browser.get("/outreach/api/v1/me").json()


def is_nobody(browser: TestClient) -> bool:
    asked = browser.get("/outreach/api/v1/me", headers={"accept": "application/json"})
    return asked.status_code == 401


def test_a_colleague_whom_an_administrator_added_signs_in_and_keeps_role_and_team(
    world: World, provider: IdentityProvider
) -> None:
    made = world.account("asha@leeds.example", Role.LINK_WORKER, team="south")
    status, browser = sign_in(world)
    assert status == 303
    assert me(browser) == {
        "account_id": str(made),
        "role": "link_worker",
        "organisation_id": "leeds",
        "team_id": "south",
    }
    assert "identity:link" in world.audited(str(made))


def test_once_linked_the_provider_s_own_id_counts_and_not_the_email(
    world: World, provider: IdentityProvider
) -> None:
    made = world.account("asha@leeds.example")
    sign_in(world)
    provider.person = {**ASHA, "email": "asha.khan@leeds.example"}
    _, browser = sign_in(world)
    assert me(browser)["account_id"] == str(made)
    provider.person = {**ASHA, "sub": "somebody else", "email": "other@elsewhere.example"}
    assert sign_in(world)[0] == 403


def test_a_mapped_domain_makes_an_account_with_the_mapped_role_once(
    world: World, provider: IdentityProvider
) -> None:
    _, first = sign_in(world)
    _, second = sign_in(world)
    assert me(first)["role"] == "coordinator"
    assert me(first) == me(second)
    assert "account:add" in world.audited(me(first)["account_id"])
    body = {"email": ASHA["email"], "password": ""}
    assert world.browser().post("/api/v1/sign-in", json=body).status_code == 401


@pytest.mark.parametrize(
    "person",
    [
        {**ASHA, "email_verified": False},
        {**ASHA, "email": "asha@leeds.example.evil.example"},
        {**ASHA, "email": "asha@elsewhere.example"},
        {"sub": "u-1"},
    ],
)
def test_nobody_else_gets_in(
    world: World, provider: IdentityProvider, person: dict[str, Any]
) -> None:
    provider.person = person
    status, browser = sign_in(world)
    assert status == 403
    assert is_nobody(browser)


def test_a_provider_reaches_its_own_organisation_s_accounts_only(
    world: World, provider: IdentityProvider
) -> None:
    world.account("asha@leeds.example", organisation="bradford")
    assert sign_in(world)[0] == 403


def test_an_ended_account_stays_ended(world: World, provider: IdentityProvider) -> None:
    made = world.account("asha@leeds.example")
    sign_in(world)
    admin = world.signed_in("admin@leeds.example", Role.ADMINISTRATOR)
    assert admin.post(f"/api/v1/accounts/{made}/disable").status_code == 204
    assert sign_in(world)[0] == 403


def spoiled(**changes: Any) -> Any:
    return lambda claims: {k: v for k, v in {**claims, **changes}.items() if v is not None}


SPOILS = {
    "another nonce": spoiled(nonce="another"),
    "no nonce": spoiled(nonce=None),
    "another audience": spoiled(aud="another"),
    "audiences without who asked": spoiled(aud=[CLIENT_ID, "another"]),
    "another issuer": spoiled(iss="https://evil.example"),
    "over": spoiled(exp=1_600_000_000),
    "from the future": spoiled(iat=4_000_000_000),
    "no subject": spoiled(sub=None),
    "empty subject": spoiled(sub=""),
    "no end": spoiled(exp=None),
}


@pytest.mark.parametrize("how", SPOILS)
def test_an_id_token_that_does_not_hold_signs_nobody_in(
    world: World, provider: IdentityProvider, how: str
) -> None:
    world.account("asha@leeds.example")
    provider.spoil = SPOILS[how]
    status, browser = sign_in(world)
    assert status == 502
    assert is_nobody(browser)


def test_a_token_signed_with_a_key_of_somebody_else_signs_nobody_in(
    world: World, provider: IdentityProvider
) -> None:
    world.account("asha@leeds.example")
    provider.sign_with = new_key()
    assert sign_in(world)[0] == 502


def test_keys_that_the_provider_has_changed_are_fetched_anew(
    world: World, provider: IdentityProvider
) -> None:
    world.account("asha@leeds.example")
    assert sign_in(world)[0] == 303
    provider.key = new_key()
    assert sign_in(world)[0] == 303


def test_the_way_back_works_once_in_the_same_browser_and_soon(
    world: World, provider: IdentityProvider
) -> None:
    world.account("asha@leeds.example")
    browser = visitor(world)
    back = at_provider(browser)
    assert visitor(world).get(back, follow_redirects=False).status_code == 401
    assert browser.get(back, follow_redirects=False).status_code == 401, "a stranger used it up"
    back = at_provider(browser)
    assert browser.get(back, follow_redirects=False).status_code == 303
    assert browser.get(back, follow_redirects=False).status_code == 401
    back = at_provider(browser)
    later = utc_now() + timedelta(minutes=16)
    world.node.clock = lambda: later
    assert browser.get(back, follow_redirects=False).status_code == 401


def test_an_answer_that_another_provider_gave_is_refused_before_its_code_is_used(
    world: World, provider: IdentityProvider
) -> None:
    world.account("asha@leeds.example")
    browser = visitor(world)
    back = at_provider(browser)
    answer = browser.get(f"{back}&iss=https://evil.example", follow_redirects=False)
    assert answer.status_code == 502
    back = at_provider(browser)
    said = f"{back}&iss={provider.issuer}"
    assert browser.get(said, follow_redirects=False).status_code == 303


def test_a_provider_that_says_it_names_itself_has_to(
    world: World, provider: IdentityProvider
) -> None:
    world.account("asha@leeds.example")
    provider.names_itself = True
    browser = visitor(world)
    assert browser.get(at_provider(browser), follow_redirects=False).status_code == 502
    said = f"{at_provider(browser)}&iss={provider.issuer}"
    assert browser.get(said, follow_redirects=False).status_code == 303


def test_a_link_on_another_site_begins_no_sign_in(world: World, provider: IdentityProvider) -> None:
    elsewhere = {"sec-fetch-site": "cross-site"}
    answer = visitor(world).get(START, headers=elsewhere, follow_redirects=False)
    assert answer.status_code == 200
    assert "Leeds City Council" in answer.text
    assert provider.asked == []


@pytest.mark.parametrize("query", ["", "?state=x", "?code=x", "?state=x&code=y", "?error=denied"])
def test_made_up_answers_end_on_the_sign_in_page(
    world: World, provider: IdentityProvider, query: str
) -> None:
    answer = visitor(world).get(f"/outreach/sign-in/back{query}")
    assert answer.status_code == 401
    assert 'name="password"' in answer.text


def test_cancelling_there_and_a_provider_that_is_down_leave_the_password(
    world: World, provider: IdentityProvider
) -> None:
    provider.person = None
    assert sign_in(world)[0] == 502
    provider.is_down = True
    world.node.extras.clear()
    answer = visitor(world).get(START)
    assert answer.status_code == 502
    assert 'name="password"' in answer.text


def test_one_goes_on_to_our_own_pages_only(world: World, provider: IdentityProvider) -> None:
    world.account("asha@leeds.example")
    browser = visitor(world)
    for wanted, target in (
        ("/outreach/people", "/outreach/people"),
        ("https://evil.example/", "/outreach/"),
        ("//evil.example", "/outreach/"),
    ):
        back = at_provider(browser, f"{START}?next={wanted}")
        answer = browser.get(back, follow_redirects=False)
        assert answer.headers["location"] == target


def test_a_forced_second_factor_is_asked_for_unless_the_provider_asked(
    world: World, provider: IdentityProvider
) -> None:
    world.account("asha@leeds.example", Role.SAFEGUARDING_LEAD)
    admin = world.signed_in("admin@leeds.example", Role.ADMINISTRATOR)
    body = {"induction_first": False, "second_factor_roles": ["safeguarding_lead"]}
    seen = {"if-match": admin.get("/api/v1/settings").headers["etag"]}
    assert admin.put("/api/v1/settings", json=body, headers=seen).status_code == 200
    browser = visitor(world)
    answer = browser.get(at_provider(browser), follow_redirects=False)
    assert answer.headers["location"] == "/outreach/account/second-factor"
    assert browser.get("/outreach/concerns").status_code == 403
    provider.person = {**ASHA, "amr": ["pwd", "mfa"]}
    _, browser = sign_in(world)
    assert browser.get("/outreach/concerns").status_code == 200


def test_the_subject_is_kept_as_a_keyed_hash(world: World, provider: IdentityProvider) -> None:
    provider.person = {**ASHA, "sub": "wombatical-subject"}
    assert sign_in(world)[0] == 303
    stored = world.files()
    for word in (b"wombatical-subject", b"asha@leeds.example", b"Asha Patel"):
        assert word not in stored


def test_settings_come_from_the_environment_and_unsafe_ones_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "ISSUER": "https://login.leeds.example",
        "CLIENT_ID": "newvoices",
        "CLIENT_SECRET": "hush",
        "ORGANISATION": "leeds",
        "NAME": "Leeds",
        "DOMAINS": '{"leeds.example": {"role": "link_worker"}}',
    }.items():
        monkeypatch.setenv(f"NEWVOICES_OIDC__LEEDS__{name}", value)
    read = Settings().oidc["leeds"]
    assert read.domains["leeds.example"].role is Role.LINK_WORKER
    assert "hush" not in repr(read)
    for name, value in (
        ("DOMAINS", '{"leeds.example": {"role": "administrator"}}'),
        ("ISSUER", "http://login.leeds.example"),
    ):
        with monkeypatch.context() as changed:
            changed.setenv(f"NEWVOICES_OIDC__LEEDS__{name}", value)
            with pytest.raises(ValidationError):
                Settings()
