"""Sign-in with lock-out, sign-out in every service, accounts and API tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from schemas.events import ApiTokenIssued, ApiTokenWithdrawn, SessionRevoked
from services.outreach.service import SERVICE
from services.runtime import migrations
from services.runtime.clock import utc_now
from services.runtime.node import Node
from services.runtime.security.principal import Role
from services.runtime.security.routes import undeclared_routes
from tests.outreach.conftest import PASSWORD, World, contact_body
from tests.support.sample import make_settings
from tests.support.schema import migrate

SIGN_IN = "/api/v1/sign-in"
ME = "/api/v1/me"


def test_every_route_declares_who_may_use_it(world: World) -> None:
    ours = [route for route in undeclared_routes(world.app) if "/docs" not in route]
    assert [r for r in ours if "openapi" not in r and "redoc" not in r] == []


def test_the_models_and_the_migrated_database_agree(world: World) -> None:
    with world.node.database.engine.connect() as connection:
        assert migrations.differences(SERVICE, connection) == []


def test_the_right_password_signs_in_and_the_answer_holds_no_secret(world: World) -> None:
    world.account("worker@example.org", team="north")
    client = world.browser()
    answer = client.post(SIGN_IN, json={"email": " Worker@Example.org ", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json()["role"] == "link_worker"
    assert "nv_session" in answer.cookies
    assert PASSWORD not in answer.text
    assert client.get(ME).json()["team_id"] == "north"


def test_a_wrong_password_and_an_unknown_email_answer_the_same(world: World) -> None:
    world.account("worker@example.org")
    client = world.browser()
    wrong = client.post(SIGN_IN, json={"email": "worker@example.org", "password": "no no no"})
    unknown = client.post(SIGN_IN, json={"email": "nobody@example.org", "password": "no no no"})
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    assert wrong.status_code == 401


def test_a_sign_in_that_fails_is_logged_without_the_email(world: World) -> None:
    account = world.account("worker@example.org")
    with capture_logs() as told:
        for email in ("worker@example.org", "nobody@example.org"):
            world.browser().post(SIGN_IN, json={"email": email, "password": "no no no"})
    refused = [one for one in told if one["event"] == "sign-in refused"]
    assert [one["account"] for one in refused] == [str(account), None]
    assert len({one["sender"] for one in refused}) == 1
    assert "example.org" not in str(told)


def test_after_five_wrong_passwords_even_the_right_one_must_wait(tmp_path: Path) -> None:
    at = [utc_now()]

    def clock() -> datetime:
        return at[0]

    node = Node(SERVICE, make_settings(tmp_path), clock)
    migrate(node)
    world = World(node, SERVICE.make_app(node))
    world.account("worker@example.org")
    client = world.browser()
    wrong = {"email": "worker@example.org", "password": "not this one"}
    assert [client.post(SIGN_IN, json=wrong).status_code for _ in range(5)] == [401] * 5
    right = {"email": "worker@example.org", "password": PASSWORD}
    refused = client.post(SIGN_IN, json=right)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) == 30
    at[0] += timedelta(seconds=31)
    assert client.post(SIGN_IN, json=right).status_code == 200
    node.close()


def test_another_site_cannot_sign_somebody_in(world: World) -> None:
    world.account("worker@example.org")
    client = world.browser()
    client.headers["origin"] = "https://elsewhere.example"
    body = {"email": "worker@example.org", "password": PASSWORD}
    assert client.post(SIGN_IN, json=body).status_code == 403


def test_signing_out_ends_the_session_in_every_service(world: World) -> None:
    client = world.signed_in("worker@example.org")
    stolen = dict(client.cookies)
    assert client.post("/api/v1/sign-out").status_code == 204
    thief = world.browser()
    thief.cookies.update(stolen)
    assert thief.get(ME).status_code == 401
    (event,) = world.events_of(SessionRevoked)
    assert event.account_id == world.accounts["worker@example.org"]


def test_signing_in_again_ends_the_session_before(world: World) -> None:
    client = world.signed_in("worker@example.org")
    before = dict(client.cookies)
    client.post(SIGN_IN, json={"email": "worker@example.org", "password": PASSWORD})
    old = world.browser()
    old.cookies.update(before)
    assert old.get(ME).status_code == 401
    assert client.get(ME).status_code == 200


def test_a_disabled_account_is_out_at_once_with_its_tokens(world: World) -> None:
    worker = world.signed_in("worker@example.org")
    token = worker.post("/api/v1/api-tokens", json={"scopes": ["contact:log"], "days": 30}).json()
    administrator = world.signed_in("ad@example.org", role=Role.ADMINISTRATOR)
    account = world.accounts["worker@example.org"]
    assert administrator.post(f"/api/v1/accounts/{account}/disable").status_code == 204
    assert worker.get(ME).status_code == 401
    program = world.browser()
    bearer = {"Authorization": f"Bearer {token['secret']}"}
    assert program.post("/api/v1/contacts", json=contact_body(), headers=bearer).status_code == 401
    body = {"email": "worker@example.org", "password": PASSWORD}
    assert world.browser().post(SIGN_IN, json=body).status_code == 401


def test_an_api_token_does_what_its_scopes_say_and_no_more(world: World) -> None:
    worker = world.signed_in("worker@example.org")
    made = worker.post("/api/v1/api-tokens", json={"scopes": ["contact:log"], "days": 30})
    assert made.status_code == 201
    secret = made.json()["secret"]
    program = world.browser()
    program.headers["Authorization"] = f"Bearer {secret}"
    assert program.post("/api/v1/contacts", json=contact_body()).status_code == 201
    assert program.get("/api/v1/contacts").status_code == 403
    (issued,) = world.events_of(ApiTokenIssued)
    assert secret not in world.raw_events()
    assert secret.encode() not in world.files()
    assert worker.delete(f"/api/v1/api-tokens/{issued.token_id}").status_code == 204
    assert program.post("/api/v1/contacts", json=contact_body()).status_code == 401
    assert len(world.events_of(ApiTokenWithdrawn)) == 1


def test_a_token_cannot_hold_more_than_its_owner(world: World) -> None:
    worker = world.signed_in("worker@example.org")
    body = {"scopes": ["proposal:decide"], "days": 30}
    assert worker.post("/api/v1/api-tokens", json=body).status_code == 422


def test_an_administrator_adds_accounts_to_the_own_organisation_only(world: World) -> None:
    administrator = world.signed_in("ad@example.org", role=Role.ADMINISTRATOR)
    body = {
        "email": "new@example.org",
        "name": "New Colleague",
        "role": "link_worker",
    }
    assert administrator.post("/api/v1/accounts", json=body).status_code == 201
    assert administrator.post("/api/v1/accounts", json=body).status_code == 409
    chosen = body | {"email": "other@example.org", "password": "violin kettle harbour"}
    assert administrator.post("/api/v1/accounts", json=chosen).status_code == 422, "by them alone"
    listed = administrator.get("/api/v1/accounts").json()["items"]
    assert {a["email"] for a in listed} == {"ad@example.org", "new@example.org"}
    assert {a["organisation_id"] for a in listed} == {"leeds"}
    assert b"new@example.org" not in world.files()


def test_a_new_password_ends_every_session(world: World) -> None:
    worker = world.signed_in("worker@example.org")
    wrong = {"current": "not this one", "new": "harbour lantern pickle"}
    assert worker.post("/api/v1/password", json=wrong).status_code == 422
    right = wrong | {"current": PASSWORD}
    assert worker.post("/api/v1/password", json=right).status_code == 204
    assert worker.get(ME).status_code == 401
    again = {"email": "worker@example.org", "password": "harbour lantern pickle"}
    assert world.browser().post(SIGN_IN, json=again).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/contacts", "/api/v1/participants", ME])
def test_nobody_reads_without_signing_in(world: World, path: str) -> None:
    answer = world.browser().get(path)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_request_body_in_the_documentation_has_an_example_that_is_accepted(
    world: World,
) -> None:
    document = world.app.openapi()
    for name, schema in document["components"]["schemas"].items():
        if name.endswith("Body") and name not in ("MatchingProfileBody", "AvailabilityBody"):
            assert schema.get("examples"), name


def test_the_examples_of_the_documentation_are_accepted(world: World, worker: TestClient) -> None:
    schemas = world.app.openapi()["components"]["schemas"]
    contact = schemas["ContactBody"]["examples"][0] | {"contacted_on": "2026-01-05"}
    assert worker.post("/api/v1/contacts", json=contact).status_code == 201
    person = schemas["ParticipantBody"]["examples"][0]
    made = worker.post("/api/v1/participants", json=person)
    assert made.status_code == 201, made.text
    path = f"/api/v1/participants/{made.json()['id']}"
    correction = schemas["ParticipantCorrection"]["examples"][0]
    assert worker.patch(path, json=correction, headers={"If-Match": '"1"'}).status_code == 200
    change = schemas["ConsentChange"]["examples"][0]
    assert worker.post(f"{path}/consents", json=change).status_code == 200
