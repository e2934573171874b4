from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import Response
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.runtime import audit, inbox, outbox
from services.runtime.errors import Conflict
from services.runtime.operations import router as operations
from services.runtime.security.permissions import Permission
from services.runtime.security.principal import Principal, Role
from services.runtime.security.routes import undeclared_routes
from services.runtime.tables import audit as audit_table
from services.runtime.web import Context, allowed, make_app
from tests.support.sample import Clock, closed, count_heard, make_node, make_settings, refusing
from tests.support.sample import Heard as HeardRow
from tests.support.web import client_for, session_cookie


class Note(BaseModel):
    what: str = Field(min_length=1, max_length=20)


class Noted(BaseModel):
    id: int


def note(session: Session, _principal: Principal, body: Note, now: datetime) -> Noted:
    if body.what == "taken":
        raise Conflict("This was noted already. Choose another.", field="what")
    row = HeardRow(what=body.what, about=uuid4())
    session.add(row)
    session.flush()
    outbox.publish(session, closed(), now)
    return Noted(id=row.id)


class Site:
    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.node = make_node("outreach", make_settings(folder), self.clock)
        # Sessions are told apart by real time, so the app uses the machine's clock.
        self.node.clock = lambda: datetime.now(self.clock.now.tzinfo)
        self.app: FastAPI = make_app(self.node, "Sample", "A sample")
        self.app.include_router(operations)

        @self.app.post("/notes", status_code=201)
        async def post_note(
            body: Note, context: Context = allowed(Permission.CONTACT_LOG)
        ) -> Response:
            return await context.command(note, body, 201)

        self.worker = self.client(Role.LINK_WORKER)

    def client(self, role: Role | None) -> TestClient:
        return client_for(self.app, self.app.state.gate, role)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    refusing.ids.clear()
    made = Site(tmp_path)
    yield made
    made.node.close()


def test_a_command_answers_after_its_commit(site: Site) -> None:
    answer = site.worker.post("/notes", json={"what": "hello"})
    assert answer.status_code == 201
    assert count_heard(site.node) == 1


def test_the_same_key_and_body_answers_the_same_and_acts_once(site: Site) -> None:
    headers = {"Idempotency-Key": "a"}
    first = site.worker.post("/notes", json={"what": "hello"}, headers=headers)
    second = site.worker.post("/notes", json={"what": "hello"}, headers=headers)
    assert first.json() == second.json()
    assert second.status_code == 201
    assert second.headers["idempotent-replayed"] == "true"
    assert count_heard(site.node) == 1


def test_the_same_key_with_another_body_is_refused(site: Site) -> None:
    headers = {"Idempotency-Key": "a"}
    site.worker.post("/notes", json={"what": "hello"}, headers=headers)
    answer = site.worker.post("/notes", json={"what": "other"}, headers=headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "new one" in answer.json()["detail"]
    assert count_heard(site.node) == 1


def test_another_persons_same_key_is_another_request(site: Site) -> None:
    headers = {"Idempotency-Key": "a"}
    site.worker.post("/notes", json={"what": "hello"}, headers=headers)
    other = site.client(Role.LINK_WORKER)
    assert other.post("/notes", json={"what": "other"}, headers=headers).status_code == 201


def test_a_refused_command_frees_its_key(site: Site) -> None:
    headers = {"Idempotency-Key": "a"}
    assert site.worker.post("/notes", json={"what": "taken"}, headers=headers).status_code == 409
    assert site.worker.post("/notes", json={"what": "free"}, headers=headers).status_code == 201


def test_twenty_requests_at_once_with_one_key_act_once(site: Site) -> None:
    async def all_at_once() -> list[httpx.Response]:
        transport = httpx.ASGITransport(site.app)
        async with httpx.AsyncClient(
            transport=transport,
            base_url="http://localhost:8000",
            cookies=dict(site.worker.cookies),
            headers={"origin": "http://localhost:8000", "Idempotency-Key": "a"},
        ) as client:
            return await asyncio.gather(
                *[client.post("/notes", json={"what": "hello"}) for _ in range(20)]
            )

    answers = asyncio.run(all_at_once())
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert count_heard(site.node) == 1


def test_a_domain_error_is_a_problem_that_says_what_to_do(site: Site) -> None:
    answer = site.worker.post("/notes", json={"what": "taken"})
    assert answer.status_code == 409
    assert answer.json()["errors"] == [
        {"field": "what", "message": "This was noted already. Choose another."}
    ]


def test_a_wrong_body_names_the_fields_and_not_their_values(site: Site) -> None:
    answer = site.worker.post("/notes", json={"what": "07700 900123 is far too long a note"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "what"
    assert "900123" not in answer.text


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"[]"])
def test_a_body_that_is_no_json_is_a_problem(site: Site, body: bytes) -> None:
    answer = site.worker.post("/notes", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_nobody_and_other_roles_are_refused(site: Site) -> None:
    assert site.client(None).post("/notes", json={"what": "hello"}).status_code == 401
    assert site.client(Role.AUDITOR).post("/notes", json={"what": "hello"}).status_code == 403


def test_a_revoked_session_is_refused(site: Site) -> None:
    gate = site.app.state.gate
    cookie = session_cookie(
        gate, Role.LINK_WORKER, account_id=uuid4(), organisation_id="o", team_id=None
    )
    client = site.client(None)
    client.cookies.update(cookie)
    session = gate.keeper.read(next(iter(cookie.values())), site.node.now())
    assert client.post("/notes", json={"what": "hello"}).status_code == 201
    site.node.database.write(
        lambda s: s.execute(
            text("INSERT INTO revoked_sessions VALUES (:id, :at)"),
            {"id": session.id, "at": session.expires_at.isoformat()},
        )
    )
    assert client.post("/notes", json={"what": "hello"}).status_code == 401


def test_every_route_declares_who_may_use_it(site: Site) -> None:
    undeclared = [one for one in undeclared_routes(site.app) if "/docs" not in one]
    assert [one for one in undeclared if "openapi" not in one and "redoc" not in one] == []


def test_liveness_and_readiness_answer_without_signing_in(site: Site) -> None:
    client = site.client(None)
    assert client.get("/health/live").json()["status"] == "ok"
    assert client.get("/health/ready").status_code in (200, 503)


def test_an_administrator_sees_replays_and_discards_dead_letters(site: Site) -> None:
    node, now = site.node, site.node.now()
    raw = inbox.Raw("newvoices.opportunities", "k", b"{", "1")
    node.database.write(lambda s: inbox.receive(s, [raw], node.service.readers, now))
    admin = site.client(Role.ADMINISTRATOR)
    (letter,) = admin.get("/api/v1/dead-letters").json()["items"]
    assert "not a readable event" in letter["reason"]
    assert admin.post("/api/v1/dead-letters/replay", json={}).json() == {"replayed": 1}
    raw = inbox.Raw("newvoices.opportunities", "k", b"[", "2")
    node.database.write(lambda s: inbox.receive(s, [raw], node.service.readers, now))
    (letter,) = admin.get("/api/v1/dead-letters").json()["items"]
    path = f"/api/v1/dead-letters/{letter['event_id']}/discard"
    assert admin.post(path, json={}).status_code == 204
    assert admin.post(path, json={}).status_code == 404
    assert site.worker.get("/api/v1/dead-letters").status_code == 403


def test_the_audit_trail_is_a_chain(site: Site) -> None:
    who = Principal(uuid4(), Role.LINK_WORKER, "o", None, "s")
    for n in range(3):
        site.node.database.write(
            lambda s, n=n: audit.record(s, who, "x:read", "thing", str(n), site.node.now())
        )
    rows = site.node.database.read(
        lambda s: list(s.execute(select(audit_table).order_by(audit_table.c.seq)))
    )
    assert rows[0].previous_hash == audit.GENESIS
    assert rows[1].previous_hash == rows[0].hash
    assert rows[2].previous_hash == rows[1].hash
