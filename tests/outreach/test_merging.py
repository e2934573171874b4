"""Duplicates: shown with reasons, merged only by a person, undone with history."""

from __future__ import annotations

from uuid import UUID

from fastapi.testclient import TestClient

from schemas.events import ConsentChanged, ParticipantUpdated
from services.runtime.clock import utc_now
from tests.outreach.conftest import World, consents, person_body, register
from tests.outreach.test_participants_api import stop

PEOPLE = "/api/v1/participants"


def test_the_same_phone_is_mentioned_at_registration(worker: TestClient) -> None:
    first = register(worker)
    answer = worker.post(PEOPLE, json=person_body(name="Q. M.", phone="+44 7700 900123"))
    assert answer.json()["possible_duplicates"] == [first]


def test_candidates_come_with_their_reasons_and_strangers_do_not(worker: TestClient) -> None:
    person = register(worker, name="Catherine Smith")
    alike = register(worker, name="Katherine Smyth", phone="07700 900555")
    phone = register(worker, name="Aaliyah Rahman")
    stranger = register(worker, name="Bogdan Wójcik", phone="07700 900777")
    found = worker.get(f"{PEOPLE}/{person}/duplicates").json()["items"]
    reasons = {item["id"]: set(item["reasons"]) for item in found}
    assert "same_phone" in reasons[phone]
    assert reasons[alike] & {"alike_name", "sounds_alike"}
    assert stranger not in reasons


def test_another_teams_record_is_hinted_at_without_showing_it(
    world: World, worker: TestClient
) -> None:
    south = world.signed_in("south@example.org", team="south")
    hidden = register(south)
    mine = register(worker)
    found = worker.get(f"{PEOPLE}/{mine}/duplicates").json()
    assert found == {"items": [], "next": None, "known_elsewhere": True}
    refused = worker.post(f"{PEOPLE}/{mine}/merges", json={"other_id": hidden})
    assert refused.status_code == 404


def test_a_merged_record_leaves_matching_and_comes_back_when_undone(
    world: World, worker: TestClient
) -> None:
    kept, other = register(worker), register(worker)
    merged = worker.post(f"{PEOPLE}/{kept}/merges", json={"other_id": other})
    assert merged.status_code == 201
    away = [u for u in world.events_of(ParticipantUpdated) if u.participant_id == UUID(other)][-1]
    assert (away.consents, away.matching_profile) == ([], None)
    assert [row["id"] for row in worker.get(PEOPLE).json()["items"]] == [kept]
    assert worker.get(f"{PEOPLE}/{other}").json()["merged_into"] == kept

    undone = worker.post(f"/api/v1/merges/{merged.json()['id']}/undo")
    assert undone.status_code == 200
    back = [u for u in world.events_of(ParticipantUpdated) if u.participant_id == UUID(other)][-1]
    assert back.matching_profile is not None
    assert len(worker.get(PEOPLE).json()["items"]) == 2
    history = worker.get(f"{PEOPLE}/{other}/merges").json()["items"]
    assert len(history) == 1
    assert history[0]["undone_at"] is not None
    assert worker.post(f"/api/v1/merges/{merged.json()['id']}/undo").status_code == 409


def test_what_either_record_withdrew_stays_withdrawn_after_merge_and_undoing(
    world: World, worker: TestClient
) -> None:
    kept, other = register(worker), register(worker)
    no = {"consents": consents(matching=False), "recorded_at": utc_now().isoformat()}
    worker.post(f"{PEOPLE}/{other}/consents", json=no)
    merged = worker.post(f"{PEOPLE}/{kept}/merges", json={"other_id": other}).json()
    assert worker.get(f"{PEOPLE}/{kept}").json()["matching_profile"] is None
    worker.post(f"/api/v1/merges/{merged['id']}/undo")
    assert worker.get(f"{PEOPLE}/{kept}").json()["matching_profile"] is None


def test_a_stop_that_reaches_the_merged_record_holds_for_the_kept_one(
    world: World, worker: TestClient
) -> None:
    kept, other = register(worker), register(worker)
    worker.post(f"{PEOPLE}/{kept}/merges", json={"other_id": other})
    stop(world, other)
    held = worker.get(f"{PEOPLE}/{kept}").json()["consents"]
    assert [c["given"] for c in held if c["channel"] == "sms"] == [False]
    told = [c.participant_id for c in world.events_of(ConsentChanged)]
    assert UUID(kept) in told


def test_records_cannot_be_merged_in_a_circle(worker: TestClient) -> None:
    first, second, third = (register(worker) for _ in range(3))
    assert worker.post(f"{PEOPLE}/{first}/merges", json={"other_id": first}).status_code == 422
    worker.post(f"{PEOPLE}/{first}/merges", json={"other_id": second})
    again = worker.post(f"{PEOPLE}/{second}/merges", json={"other_id": first})
    chain = worker.post(f"{PEOPLE}/{third}/merges", json={"other_id": first})
    assert (again.status_code, chain.status_code) == (409, 409)
