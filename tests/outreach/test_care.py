"""Safeguarding concerns stay with the leads; the induction comes first where it is wanted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from services.outreach.care_models import Concern
from services.outreach.learning import PARTS
from services.runtime.security.principal import Role
from tests.outreach.conftest import World, contact_body, person_body

CONCERNS = "/api/v1/concerns"
BODY = {"urgency": "today", "what": "Zebrafinch says that her son takes her money."}


@pytest.fixture
def lead(world: World) -> TestClient:
    return world.signed_in("lead@example.org", role=Role.SAFEGUARDING_LEAD)


def test_a_concern_goes_to_the_leads_and_nobody_else_can_read_it(
    world: World, worker: TestClient, lead: TestClient
) -> None:
    raised = worker.post(CONCERNS, json=BODY)
    assert raised.status_code == 201
    assert raised.json()["leads"] == ["Colleague"]
    path = f"{CONCERNS}/{raised.json()['id']}"
    assert "Zebrafinch" in lead.get(path).json()["what"]
    for role in (Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR):
        other = world.signed_in(f"{role.value}@example.org", role=role)
        assert other.get(path).status_code == 403
        assert other.get(CONCERNS).status_code == 403
    assert worker.get(path).status_code == 403
    far = world.signed_in("far@example.org", role=Role.SAFEGUARDING_LEAD, organisation="york")
    assert far.get(path).status_code == 404
    assert far.get(CONCERNS).json()["items"] == []


def test_a_concern_is_in_no_event_and_sealed_on_the_disk(
    world: World, worker: TestClient, lead: TestClient
) -> None:
    before = len(world.events())
    worker.post(CONCERNS, json=BODY)
    assert len(world.events()) == before
    assert b"Zebrafinch" not in world.files()
    assert "what" not in lead.get(CONCERNS).json()["items"][0]


def test_a_concern_that_no_lead_has_seen_in_time_is_overdue(
    world: World, worker: TestClient, lead: TestClient
) -> None:
    made = worker.post(CONCERNS, json=BODY | {"urgency": "now"}).json()["id"]
    assert not lead.get(CONCERNS).json()["items"][0]["overdue"]
    past = world.node.now() - timedelta(hours=2)
    world.node.database.write(lambda s: s.execute(update(Concern).values(answer_by=past)))
    assert lead.get(CONCERNS).json()["items"][0]["overdue"]
    lead.post(f"{CONCERNS}/{made}/steps", json={"state": "seen"})
    assert not lead.get(CONCERNS).json()["items"][0]["overdue"]


def test_a_concern_is_closed_only_with_a_reason_and_for_good(
    worker: TestClient, lead: TestClient
) -> None:
    steps = f"{CONCERNS}/{worker.post(CONCERNS, json=BODY).json()['id']}/steps"
    assert lead.post(steps, json={"state": "closed"}).status_code == 422
    assert lead.post(steps, json={"state": "closed", "note": "Referred."}).status_code == 200
    assert lead.get(CONCERNS).json()["items"] == []
    assert lead.post(steps, json={"state": "seen"}).status_code == 422


def test_the_induction_comes_before_the_first_outreach_where_it_is_wanted(
    world: World, worker: TestClient
) -> None:
    administrator = world.signed_in("ad@example.org", role=Role.ADMINISTRATOR)
    assert worker.put("/api/v1/settings", json={"induction_first": True}).status_code == 403
    known = administrator.get("/api/v1/settings")
    assert known.json() == {
        "induction_first": False,
        "second_factor_roles": None,
        "lock_minutes": None,
    }
    seen = {"if-match": known.headers["etag"]}
    for status in (200, 412):  # the second colleague looked at what is no longer so
        body = {"induction_first": True}
        answer = administrator.put("/api/v1/settings", json=body, headers=seen)
        assert answer.status_code == status
    refused = worker.post("/api/v1/contacts", json=contact_body())
    assert refused.status_code == 403
    assert "Learning" in refused.json()["detail"]
    assert worker.post("/api/v1/participants", json=person_body()).status_code == 403
    for part in PARTS:
        worker.post("/api/v1/learning", json={"part": part})
    assert worker.get("/api/v1/learning").json()["complete"]
    assert worker.post("/api/v1/contacts", json=contact_body()).status_code == 201


def test_familiarity_is_kept_before_and_after_and_reported_without_small_groups(
    worker: TestClient,
) -> None:
    worker.post("/api/v1/learning", json={"familiarity": 2})
    for part in PARTS:
        worker.post("/api/v1/learning", json={"part": part})
    state = worker.post("/api/v1/learning", json={"familiarity": 4}).json()
    assert (state["familiarity_before"], state["familiarity_after"]) == (2, 4)
    report = worker.get("/api/v1/learning/report").json()["items"]
    assert [(row["moment"], row["people"], row["average"]) for row in report] == [
        ("before", "*", None),
        ("after", "*", None),
    ]


def test_an_unknown_part_is_refused(worker: TestClient) -> None:
    assert worker.post("/api/v1/learning", json={"part": "dancing"}).status_code == 422
