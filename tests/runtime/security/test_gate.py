"""The gate in a running app: permissions, sessions, forms, refusals, the route check."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.responses import Response
from structlog.testing import capture_logs

from services.runtime.security.gate import (
    Gate,
    Kind,
    public,
    requires,
    signed_elsewhere,
)
from services.runtime.security.permissions import ROLE_PERMISSIONS, Permission
from services.runtime.security.principal import Role
from services.runtime.security.problems import PROBLEM_MEDIA_TYPE
from services.runtime.security.settings import SecuritySettings
from tests.runtime.security.house import SAME_ORIGIN, House, token_for

PAGE = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def house() -> House:
    return House()


def test_a_program_without_a_session_gets_a_401_problem(house: House) -> None:
    answer = house.client.get("/contacts")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == PROBLEM_MEDIA_TYPE
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "urn:newvoices:problem:not-signed-in"


def test_a_person_without_a_session_is_sent_to_sign_in_and_back(house: House) -> None:
    answer = house.client.get("/contacts?search=Amina", headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/contacts"


@pytest.mark.parametrize("role", list(Role))
def test_each_role_passes_exactly_where_its_permissions_allow(house: House, role: Role) -> None:
    session = house.sign_in(role)
    allowed = Permission.CONTACT_READ in ROLE_PERMISSIONS[role]
    answer = house.client.get("/contacts")
    assert answer.status_code == (200 if allowed else 403)
    if allowed:
        assert answer.json() == {"role": role.value, "session": session.id}
    else:
        assert answer.json()["type"] == "urn:newvoices:problem:not-allowed"


def test_a_person_without_permission_sees_a_plain_page(house: House) -> None:
    house.sign_in(Role.AUDITOR)
    answer = house.client.get("/contacts", headers=PAGE)
    assert answer.status_code == 403
    assert "Your account cannot do this" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


def test_a_revoked_session_no_longer_opens_anything(house: House) -> None:
    session = house.sign_in()
    assert house.client.get("/contacts").status_code == 200
    house.revoked.add(session.id)
    assert house.client.get("/contacts").status_code == 401


def test_a_session_in_use_is_renewed_and_an_idle_one_is_not(house: House) -> None:
    house.sign_in()
    for _ in range(3):
        house.time += timedelta(minutes=45)
        answer = house.client.get("/contacts")
        assert answer.status_code == 200
        assert "nv_session=" in answer.headers["set-cookie"]
        assert answer.headers["cache-control"] == "no-store"
    house.time += timedelta(minutes=61)
    assert house.client.get("/contacts").status_code == 401


def test_sign_out_is_not_undone_by_a_renewal(house: House) -> None:
    house.sign_in()
    house.time += timedelta(minutes=45)
    answer = house.client.post(
        "/sign-out", json={}, headers={**SAME_ORIGIN, "content-type": "application/json"}
    )
    lines = answer.headers.get_list("set-cookie")
    assert len(lines) == 1
    assert "Max-Age=0" in lines[0]


def test_a_form_needs_its_token(house: House) -> None:
    house.sign_in()
    assert house.client.post("/contacts", data={"place": "library"}).status_code == 403
    token = house.client.get("/").text
    form = {"place": "library", "csrf_token": token}
    answer = house.client.post("/contacts", data=form)
    assert answer.json() == {"place": "library"}
    assert house.client.post("/contacts", data=form, headers=SAME_ORIGIN).status_code == 200
    foreign = {"origin": "https://evil.example"}
    refused = house.client.post("/contacts", data=form, headers=foreign)
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:newvoices:problem:form-not-ours"


def test_a_form_token_of_another_session_does_not_hold(house: House) -> None:
    house.sign_in()
    token = house.client.get("/").text
    house.sign_in()
    form = {"place": "library", "csrf_token": token}
    assert house.client.post("/contacts", data=form).status_code == 403


def test_a_multipart_form_carries_its_token_too(house: House) -> None:
    house.sign_in()
    token = house.client.get("/").text
    answer = house.client.post(
        "/contacts", data={"place": "hall", "csrf_token": token}, files={"f": b"x"}
    )
    assert answer.json() == {"place": "hall"}


def test_the_offline_queue_sends_json_without_a_form_token(house: House) -> None:
    house.sign_in()
    body = {"place": "market"}
    answer = house.client.post("/api/contacts", json=body, headers=SAME_ORIGIN)
    assert answer.json() == body
    assert house.client.post("/api/contacts", json=body).status_code == 403
    cross = {"sec-fetch-site": "cross-site"}
    assert house.client.post("/api/contacts", json=body, headers=cross).status_code == 403
    token = {"x-csrf-token": house.client.get("/").text}
    assert house.client.post("/api/contacts", json=body, headers=token).status_code == 200


def test_the_sign_in_form_is_bound_to_a_cookie_before_anyone_is_signed_in(house: House) -> None:
    page = house.client.get("/")
    line = page.headers["set-cookie"]
    assert line.startswith("nv_form=")
    assert "HttpOnly" in line
    assert "SameSite=Lax" in line
    assert "Domain" not in line
    signed_in = house.client.post("/sign-in", data={"csrf_token": page.text})
    assert signed_in.status_code == 303
    assert house.client.get("/contacts").status_code == 200
    stranger = TestClient(house.client.app, follow_redirects=False)
    assert stranger.post("/sign-in", data={"csrf_token": page.text}).status_code == 403


def test_an_api_token_does_what_its_scopes_say_and_no_more(house: House) -> None:
    secret = token_for(house, Permission.CONTACT_LOG)
    bearer = {"authorization": f"Bearer {secret}"}
    body = {"place": "market"}
    assert house.client.post("/api/contacts", json=body, headers=bearer).status_code == 200
    assert house.client.get("/contacts", headers=bearer).status_code == 403
    wrong = {"authorization": f"Bearer {secret}x"}
    assert house.client.post("/api/contacts", json=body, headers=wrong).status_code == 401
    house.time += timedelta(days=1)
    answer = house.client.post("/api/contacts", json=body, headers=bearer)
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:newvoices:problem:token-unknown"


def test_a_bad_api_token_is_refused_even_beside_a_good_session(house: House) -> None:
    house.sign_in()
    answer = house.client.get("/contacts", headers={"authorization": "Bearer nv_guess"})
    assert answer.status_code == 401


def test_a_webhook_is_let_through_to_check_its_own_signature(house: House) -> None:
    foreign = {"origin": "https://sms.example", "sec-fetch-site": "cross-site"}
    assert house.client.post("/webhooks/sms", headers=foreign).status_code == 200


def test_over_https_the_cookies_carry_the_host_prefix_and_secure() -> None:
    gate = Gate.from_settings(
        SecuritySettings(secret_key="s" * 40, public_base_url="https://voices.example"),  # type: ignore[arg-type]
        is_revoked=lambda _: False,
    )
    response = Response()
    gate.cookies.set_session(response, "value")
    line = response.headers["set-cookie"]
    assert line.startswith("__Host-nv_session=value;")
    for attribute in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
        assert attribute in line
    assert "Domain" not in line


def test_an_app_without_a_gate_lets_nobody_in() -> None:
    app = FastAPI()

    @app.get("/", dependencies=[requires(Permission.CONTACT_READ)])
    async def start() -> str:
        return "in"

    with pytest.raises(RuntimeError, match=r"Gate\.install"):
        TestClient(app).get("/")


def test_the_declarations_name_their_kind_and_reason() -> None:
    assert public("why").dependency.access.reason == "why"
    assert requires(Permission.AUDIT_READ).dependency.access.permission is Permission.AUDIT_READ
    assert signed_elsewhere("why").dependency.access.kind is Kind.SIGNED_ELSEWHERE


def test_what_cannot_be_undone_asks_for_a_recent_sign_in() -> None:
    house = House()
    house.sign_in()
    house.time += timedelta(minutes=29)
    assert house.client.get("/people/1/erase").status_code == 200
    house.time += timedelta(minutes=2)
    refused = house.client.get("/people/1/erase")
    assert refused.status_code == 401
    assert refused.json()["type"] == "urn:newvoices:problem:sign-in-again"
    posted = house.client.post("/people/1/erase", json={}, headers=SAME_ORIGIN)
    assert posted.status_code == 401
    assert house.client.get("/contacts").status_code == 200
    page = house.client.get("/people/1/erase", headers=PAGE)
    assert page.headers["location"] == "/sign-in?next=/people/1/erase&again=yes"
    house.client.cookies.clear()
    house.sign_in()
    assert house.client.get("/people/1/erase").status_code == 200


def test_renewing_a_session_does_not_make_its_sign_in_newer() -> None:
    house = House()
    session = house.sign_in()
    house.time += timedelta(minutes=45)
    renewed = house.gate.keeper.renew(session, house.time)
    assert renewed is not None
    house.client.cookies.set("nv_session", house.gate.keeper.token(renewed))
    assert house.client.get("/people/1/erase").status_code == 401


def test_a_participant_is_sent_for_a_new_link_before_a_download() -> None:
    house = House()
    house.sign_in(Role.PARTICIPANT)
    assert house.client.get("/own/download").status_code == 200
    house.time += timedelta(minutes=31)
    page = house.client.get("/own/download", headers=PAGE)
    assert page.headers["location"] == "/outreach/own/link?next=/own/download&again=yes"


def test_a_program_cannot_do_what_asks_for_a_person() -> None:
    house = House()
    secret = token_for(house, Permission.PARTICIPANT_ERASE)
    answer = house.client.post("/people/1/erase", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:newvoices:problem:not-for-tokens"


def test_a_refusal_is_logged_by_its_code_and_no_address() -> None:
    house = House()
    with capture_logs() as told:
        house.client.get("/contacts?q=somebody")
    assert told == [
        {"event": "request refused", "code": "not-signed-in", "status": 401, "log_level": "info"}
    ]
