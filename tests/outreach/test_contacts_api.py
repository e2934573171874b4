"""Outreach contacts over HTTP, on a real database."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from schemas.events import ContactLogged
from services.runtime.clock import utc_now
from services.runtime.security.principal import Role
from tests.outreach.conftest import World, contact_body

CONTACTS = "/api/v1/contacts"


def test_a_contact_is_logged_once_and_told_to_the_others(world: World, worker: TestClient) -> None:
    made, body = uuid4(), contact_body()
    first = worker.put(f"{CONTACTS}/{made}", json=body)
    again = worker.put(f"{CONTACTS}/{made}", json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["location"] == f"{CONTACTS}/{made}"
    assert again.json() == first.json() | {"created": False}
    events = world.events_of(ContactLogged)
    assert [event.contact_id for event in events] == [made]
    assert events[0].barriers == ["never_asked", "travel"]


def test_another_body_under_the_same_id_is_refused_and_changes_nothing(worker: TestClient) -> None:
    made = uuid4()
    worker.put(f"{CONTACTS}/{made}", json=contact_body())
    refused = worker.put(f"{CONTACTS}/{made}", json=contact_body(venue="Another place"))
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert worker.get(f"{CONTACTS}/{made}").json()["venue"] == "Harehills food bank"


def test_an_erased_contact_cannot_be_made_again(world: World, worker: TestClient) -> None:
    made, body = uuid4(), contact_body()
    worker.put(f"{CONTACTS}/{made}", json=body)
    assert worker.delete(f"{CONTACTS}/{made}").status_code == 204
    assert worker.put(f"{CONTACTS}/{made}", json=body).status_code == 410
    assert worker.get(f"{CONTACTS}/{made}").status_code == 410
    assert world.events_of(ContactLogged) == []


def test_a_post_with_the_same_idempotency_key_adds_one_contact(
    world: World, worker: TestClient
) -> None:
    body, key = contact_body(), {"Idempotency-Key": "k-1"}
    first = worker.post(CONTACTS, json=body, headers=key)
    again = worker.post(CONTACTS, json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(world.events_of(ContactLogged)) == 1
    other = worker.post(CONTACTS, json=contact_body(people=1, venue="B"), headers=key)
    assert other.status_code == 422


def test_notes_are_sealed_at_rest_and_never_travel(world: World, worker: TestClient) -> None:
    made = uuid4()
    worker.put(f"{CONTACTS}/{made}", json=contact_body())
    assert "Zebrafinch" in worker.get(f"{CONTACTS}/{made}").json()["notes"]
    assert b"Zebrafinch" not in world.files()
    assert "Zebrafinch" not in world.raw_events()


def test_a_group_needs_no_names_but_a_number(worker: TestClient) -> None:
    group = worker.post(CONTACTS, json=contact_body(kind="group", people=8))
    assert group.status_code == 201
    wrong = worker.post(CONTACTS, json=contact_body(kind="one_to_one", people=8))
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "people"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("venue_kind", "palace"),
        ("familiarity", "expert"),
        ("barriers", ["laziness"]),
        ("area_code", "Leeds"),
        ("language", "Urdu!"),
        ("people", 0),
        ("venue", "   "),
        ("contacted_on", (utc_now() + timedelta(days=3)).date().isoformat()),
        ("recorded_at", "2026-01-01T10:00:00"),
    ],
)
def test_a_wrong_field_is_named_and_its_value_is_not_repeated(
    worker: TestClient, field: str, value: object
) -> None:
    answer = worker.post(CONTACTS, json=contact_body(**{field: value}))
    assert answer.status_code == 422
    assert field in answer.json()["errors"][0]["field"]
    assert "palace" not in answer.text
    assert "laziness" not in answer.text


def test_a_clock_more_than_ten_minutes_off_is_flagged(worker: TestClient) -> None:
    ahead = (utc_now() + timedelta(minutes=11)).isoformat()
    assert worker.post(CONTACTS, json=contact_body(recorded_at=ahead)).json()["clock_skewed"]
    behind = {"Client-Time": (utc_now() - timedelta(minutes=11)).isoformat()}
    assert worker.post(CONTACTS, json=contact_body(), headers=behind).json()["clock_skewed"]
    hours_ago = (utc_now() - timedelta(hours=5)).isoformat()
    offline = worker.post(
        CONTACTS,
        json=contact_body(recorded_at=hours_ago),
        headers={"Client-Time": utc_now().isoformat()},
    )
    assert not offline.json()["clock_skewed"]


def test_a_correction_needs_the_revision_in_hand(world: World, worker: TestClient) -> None:
    made = worker.post(CONTACTS, json=contact_body()).json()["id"]
    path = f"{CONTACTS}/{made}"
    seen = worker.get(path)
    assert seen.headers["etag"] == '"1"'
    assert worker.patch(path, json={"venue": "Library"}).status_code == 428
    changed = worker.patch(path, json={"venue": "Library"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    stale = worker.patch(path, json={"venue": "School"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert worker.get(path).json()["venue"] == "Library"


def test_a_follow_up_is_listed_until_it_is_done(worker: TestClient) -> None:
    today = utc_now().date()
    due = worker.post(CONTACTS, json=contact_body(follow_up_on=today.isoformat())).json()["id"]
    later = (today + timedelta(days=30)).isoformat()
    worker.post(CONTACTS, json=contact_body(follow_up_on=later))
    query = {"follow_ups_until": today.isoformat()}
    listed = worker.get(CONTACTS, params=query).json()["items"]
    assert [item["id"] for item in listed] == [due]
    worker.patch(f"{CONTACTS}/{due}", json={"follow_up_done": True}, headers={"If-Match": '"1"'})
    assert worker.get(CONTACTS, params=query).json()["items"] == []


def test_pages_show_every_contact_once_while_others_are_added(worker: TestClient) -> None:
    made = {worker.post(CONTACTS, json=contact_body()).json()["id"] for _ in range(7)}
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = worker.get(CONTACTS, params={"limit": 3, "cursor": after} if after else {"limit": 3})
        seen += [item["id"] for item in page.json()["items"]]
        after = page.json()["next"]
        worker.post(CONTACTS, json=contact_body(venue="Later"))
    assert len(seen) == len(set(seen)) == 7
    assert set(seen) == made
    assert worker.get(CONTACTS, params={"cursor": "not-a-cursor"}).status_code == 422


def test_a_contact_is_seen_by_the_team_and_by_nobody_else(world: World, worker: TestClient) -> None:
    path = f"{CONTACTS}/{worker.post(CONTACTS, json=contact_body()).json()['id']}"
    team = world.signed_in("team@example.org", team="north")
    other_team = world.signed_in("south@example.org", team="south")
    elsewhere = world.signed_in("far@example.org", organisation="york", team="north")
    lead = world.signed_in("lead@example.org", role=Role.SAFEGUARDING_LEAD)
    assert team.get(path).status_code == 200
    assert lead.get(path).status_code == 200
    assert other_team.get(path).status_code == 404
    assert elsewhere.get(path).status_code == 404
    assert elsewhere.delete(path).status_code == 404
    assert other_team.put(path, json=contact_body()).status_code == 404


def test_reading_notes_leaves_a_trace(world: World, worker: TestClient) -> None:
    made = worker.post(CONTACTS, json=contact_body()).json()["id"]
    worker.get(f"{CONTACTS}/{made}")
    worker.get(CONTACTS)
    assert world.audited(made) == ["contact:log", "contact:read", "contact:list"]
