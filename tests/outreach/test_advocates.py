"""An advocate gets a copy if the person wants it and the advocate agreed."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from schemas.events import ContactDetailsSealed, ParticipantRegistered
from tests.outreach.conftest import World, person_body, register

ADVOCATE = {"email": "Advocate.Zebra@Example.org", "agreed": True}


def details(world: World, person: str) -> dict[str, str | None]:
    """The newest contact details as notifications opens them."""
    event = world.events_of(ContactDetailsSealed)[-1]
    assert event.participant_id == UUID(person)
    opened = json.loads(world.node.sealer.open(event.participant_id, "contact", event.sealed))
    assert isinstance(opened, dict)
    return opened


def test_an_advocate_s_address_travels_sealed_with_the_contact_details(
    world: World, worker: TestClient
) -> None:
    person = register(worker, advocate=ADVOCATE, communication_formats=["advocate"])
    assert details(world, person)["advocate_email"] == "Advocate.Zebra@example.org"
    assert "Zebra" not in world.raw_events()
    assert b"Advocate.Zebra" not in world.files()
    (event,) = world.events_of(ParticipantRegistered)
    assert event.communication_formats == ["advocate"]
    seen = worker.get(f"/api/v1/participants/{person}").json()
    assert seen["advocate_email"] == "Advocate.Zebra@example.org"


@pytest.mark.parametrize(
    ("advocate", "field"),
    [
        ({"email": "advocate@example.org"}, "advocate.agreed"),
        ({"email": "advocate@example.org", "agreed": False}, "advocate.agreed"),
        ({"email": "not an address", "agreed": True}, "advocate.email"),
    ],
)
def test_an_advocate_who_was_not_asked_or_cannot_be_reached_is_refused(
    world: World, worker: TestClient, advocate: dict[str, object], field: str
) -> None:
    answer = worker.put(f"/api/v1/participants/{uuid4()}", json=person_body(advocate=advocate))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert world.events() == []


def test_an_empty_answer_means_that_nobody_gets_a_copy(world: World, worker: TestClient) -> None:
    person = register(worker, advocate={"agreed": False})
    assert details(world, person)["advocate_email"] is None


def test_an_advocate_can_be_taken_away_and_the_others_are_told(
    world: World, worker: TestClient
) -> None:
    person = register(worker, advocate=ADVOCATE)
    answer = worker.patch(
        f"/api/v1/participants/{person}", json={"advocate": {}}, headers={"if-match": '"1"'}
    )
    assert answer.status_code == 200, answer.text
    assert details(world, person)["advocate_email"] is None


def test_codes_that_a_device_still_holds_from_before_are_understood(
    world: World, worker: TestClient
) -> None:
    register(worker, communication_formats=["letter", "through_supporter"])
    (event,) = world.events_of(ParticipantRegistered)
    assert event.communication_formats == ["post", "advocate"]


def test_a_record_that_waited_since_before_the_question_stays_the_same_record(
    worker: TestClient,
) -> None:
    path, body = f"/api/v1/participants/{uuid4()}", person_body()
    assert worker.put(path, json=body).status_code == 201
    again = worker.put(path, json=body | {"advocate": None})
    assert again.status_code == 200
