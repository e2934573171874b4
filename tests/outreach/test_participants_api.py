"""Participants over HTTP: registration, consent, the two stores, corrections."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.events import (
    Consent,
    ConsentChanged,
    ContactDetailsSealed,
    ParticipantRegistered,
    ParticipantUpdated,
    SeatFilled,
    SeatReleased,
)
from services.outreach import state
from services.outreach.models import ConsentEntry, MatchingAnswer, Participant
from services.outreach.monitoring_models import MonitoringAnswer
from services.outreach.sealed import contact_envelope
from services.runtime.clock import utc_now
from services.runtime.security.principal import Role
from tests.outreach.conftest import World, consents, contact_body, person_body, register

PEOPLE = "/api/v1/participants"


def count(world: World, table: type) -> int:
    return world.node.database.read(
        lambda session: session.scalar(select(func.count()).select_from(table)) or 0
    )


def test_a_person_is_registered_once_and_told_to_the_others(
    world: World, worker: TestClient
) -> None:
    made, body = uuid4(), person_body()
    first = worker.put(f"{PEOPLE}/{made}", json=body)
    again = worker.put(f"{PEOPLE}/{made}", json=body)
    other = worker.put(f"{PEOPLE}/{made}", json=person_body(name="Somebody Else"))
    assert [r.status_code for r in (first, again, other)] == [201, 200, 409]
    (event,) = world.events_of(ParticipantRegistered)
    assert event.participant_id == made
    assert event.access_needs == ["step_free", "interpreter_language"]
    assert event.matching_profile.characteristics["ethnic_group"] == ["asian_pakistani"]
    assert event.matching_profile.lived_experience == ["unpaid_carer"]
    given = {(c.purpose, c.channel) for c in event.consents if c.given}
    assert given == {("contact", "sms"), ("matching", None), ("monitoring", None)}


def test_a_registration_tells_what_the_store_says_of_the_person(
    world: World, worker: TestClient
) -> None:
    """It is told from what was written, without reading it back, so both must say the same."""
    ahead = {"recorded_at": "2026-03-01T10:14:00+02:00", "email": "a@example.org"}
    made = register(worker, prior_seats=2, **ahead)
    (said,) = world.events_of(ParticipantRegistered)
    (sealed_details,) = world.events_of(ContactDetailsSealed)

    def stored(session: Session) -> tuple[ParticipantRegistered, str]:
        person = session.get_one(Participant, UUID(made))
        known = state.known_of(session, person)
        return state.state_of(person, known, ParticipantRegistered), contact_envelope(
            session, person
        )

    again, envelope = world.node.database.read(stored)
    assert again.model_dump_json() == said.model_dump_json()
    assert {c.at.isoformat() for c in said.consents} == {"2026-03-01T08:14:00+00:00"}
    opened = [
        json.loads(world.node.sealer.open(UUID(made), "contact", one))
        for one in (sealed_details.sealed, envelope)
    ]
    assert opened[0] == opened[1]


def test_contact_details_travel_sealed_and_open_with_the_persons_key(
    world: World, worker: TestClient
) -> None:
    made = register(worker)
    (event,) = world.events_of(ContactDetailsSealed)
    opened = json.loads(world.node.sealer.open(UUID(made), "contact", event.sealed))
    assert opened["name"] == "Quintessa Marblethwaite"
    assert opened["phone"] == "+447700900123"
    assert opened["language"] == "ur"
    assert "Marblethwaite" not in world.raw_events()
    assert "7700900123" not in world.raw_events()


def test_nothing_personal_lies_open_on_the_disk(world: World, worker: TestClient) -> None:
    register(worker, email="zebrafinch@example.org")
    stored = world.files()
    for value in (b"Quintessa", b"7700900123", b"07700 900123", b"zebrafinch"):
        assert value not in stored


def test_monitoring_answers_are_kept_apart_and_never_leave(
    world: World, worker: TestClient
) -> None:
    made = register(worker)
    assert count(world, MonitoringAnswer) == 2
    assert "muslim" not in world.raw_events()
    assert "religion" not in worker.get(f"{PEOPLE}/{made}").text
    rows = world.node.database.read(lambda s: list(s.scalars(select(MonitoringAnswer.subject))))
    assert not any(made.replace("-", "") in subject for subject in rows)


@pytest.mark.parametrize("way", ["sms", "email", "phone", "post"])
def test_a_way_of_contact_needs_its_address(worker: TestClient, way: str) -> None:
    body = person_body(phone=None, email=None, consents=consents(**{way: True}))
    body |= {"matching_profile": None, "monitoring": None}
    assert worker.post(PEOPLE, json=body).status_code == 422


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"consents": consents(sms=False, matching=True, monitoring=True)}, "consents"),
        ({"consents": consents(sms=True, monitoring=True)}, "matching_profile"),
        ({"consents": consents(sms=True, matching=True)}, "monitoring"),
        ({"phone": "0113 496 0000"}, "consents"),
        ({"phone": "12"}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"access_needs": ["a_ladder"]}, "access_needs"),
        ({"matching_profile": {"characteristics": {"barriers": ["travel"]}}}, "matching_profile"),
        ({"matching_profile": {"characteristics": {"shoe_size": ["9"]}}}, "matching_profile"),
        ({"matching_profile": {"characteristics": {"age_band": ["under_18"]}}}, "age_band"),
        ({"monitoring": {"lived_experience": ["unpaid_carer"]}}, "monitoring"),
        ({"contact_id": str(uuid4())}, "contact_id"),
        ({"surname": "x"}, "surname"),
        ({"consents": [{"purpose": "contact", "given": True, "wording_version": "1"}]}, "consents"),
    ],
)
def test_a_registration_that_lacks_something_says_what(
    world: World, worker: TestClient, changes: dict[str, object], field: str
) -> None:
    answer = worker.post(PEOPLE, json=person_body(**changes))
    assert answer.status_code == 422
    assert field in answer.json()["errors"][0]["field"]
    assert world.events() == []


def test_prefer_not_to_say_is_a_full_answer(world: World, worker: TestClient) -> None:
    profile = {"characteristics": {"ethnic_group": ["prefer_not_to_say"]}}
    register(worker, matching_profile=profile)
    (event,) = world.events_of(ParticipantRegistered)
    assert event.matching_profile.characteristics == {"ethnic_group": ["prefer_not_to_say"]}


def test_without_consent_to_matching_no_profile_travels(world: World, worker: TestClient) -> None:
    register(worker, consents=consents(sms=True, matching=False), matching_profile=None,
             monitoring=None)  # fmt: skip
    (event,) = world.events_of(ParticipantRegistered)
    assert event.matching_profile is None


def test_withdrawing_consent_to_matching_deletes_the_profile_at_once(
    world: World, worker: TestClient
) -> None:
    made = register(worker)
    body = {"consents": consents(matching=False), "recorded_at": utc_now().isoformat()}
    assert worker.post(f"{PEOPLE}/{made}/consents", json=body).status_code == 200
    assert count(world, MatchingAnswer) == 0
    (changed,) = world.events_of(ConsentChanged)
    assert (changed.consent.purpose, changed.consent.given) == ("matching", False)
    updated = world.events_of(ParticipantUpdated)[-1]
    assert (updated.matching_profile, updated.revision) == (None, 2)
    assert count(world, MonitoringAnswer) == 2


def test_withdrawing_consent_to_monitoring_deletes_those_answers_only(
    world: World, worker: TestClient
) -> None:
    made = register(worker)
    body = {"consents": consents(monitoring=False), "recorded_at": utc_now().isoformat()}
    worker.post(f"{PEOPLE}/{made}/consents", json=body)
    assert count(world, MonitoringAnswer) == 0
    assert count(world, MatchingAnswer) == 3


def test_the_ledger_only_grows(world: World, worker: TestClient) -> None:
    made = register(worker)
    before = count(world, ConsentEntry)
    for yes in (False, True, False):
        body = {"consents": consents(sms=yes), "recorded_at": utc_now().isoformat()}
        worker.post(f"{PEOPLE}/{made}/consents", json=body)
    assert count(world, ConsentEntry) == before + 3
    held = worker.get(f"{PEOPLE}/{made}").json()["consents"]
    assert [c["given"] for c in held if c["channel"] == "sms"] == [False]


def test_a_phone_whose_clock_runs_ahead_does_not_outlive_a_later_withdrawal(
    world: World, worker: TestClient
) -> None:
    ahead = (utc_now() + timedelta(days=400)).isoformat()
    made = register(worker, recorded_at=ahead)
    stop(world, made)
    held = worker.get(f"{PEOPLE}/{made}").json()["consents"]
    assert [c["given"] for c in held if c["channel"] == "sms"] == [False]


def stop(world: World, participant: str, times: int = 1) -> None:
    """What notifications tells after the reply STOP."""
    said = Consent(
        purpose="contact", channel="sms", given=False, wording_version="reply", at=utc_now()
    )
    change = ConsentChanged(participant_id=UUID(participant), consent=said, evidence="reply_stop")
    world.hear(change, times)


def test_a_reply_of_stop_reaches_the_ledger_once(world: World, worker: TestClient) -> None:
    made = register(worker)
    before = count(world, ConsentEntry)
    stop(world, made, times=3)
    assert count(world, ConsentEntry) == before + 1
    (updated,) = world.events_of(ParticipantUpdated)
    assert updated.revision == 2
    assert not next(c for c in updated.consents if c.channel == "sms").given


def test_a_seat_makes_a_voice_more_familiar_and_its_release_less(
    world: World, worker: TestClient
) -> None:
    made = register(worker, prior_seats=2)
    ids = {name: uuid4() for name in ("seat_id", "match_id", "opportunity_id")}
    filled = SeatFilled(participant_id=UUID(made), **ids)
    world.hear(filled, times=2)
    assert worker.get(f"{PEOPLE}/{made}").json()["prior_seats"] == 3
    world.hear(SeatReleased(participant_id=UUID(made), reason="cannot_come", **ids))
    assert worker.get(f"{PEOPLE}/{made}").json()["prior_seats"] == 2
    assert [u.prior_seats for u in world.events_of(ParticipantUpdated)] == [3, 2]


def test_a_correction_needs_the_revision_in_hand(world: World, worker: TestClient) -> None:
    made = register(worker)
    path = f"{PEOPLE}/{made}"
    assert worker.patch(path, json={"name": "New Name"}).status_code == 428
    right = {"If-Match": worker.get(path).headers["etag"]}
    assert worker.patch(path, json={"phone": "07700 900456"}, headers=right).status_code == 200
    assert worker.patch(path, json={"name": "New Name"}, headers=right).status_code == 412
    seen = worker.get(path).json()
    assert (seen["phone"], seen["revision"]) == ("+447700900456", 2)
    assert [e.revision for e in world.events_of(ContactDetailsSealed)] == [1, 2]


def test_an_address_that_a_consent_needs_cannot_be_taken_away(worker: TestClient) -> None:
    path = f"{PEOPLE}/{register(worker)}"
    answer = worker.patch(path, json={"phone": None}, headers={"If-Match": '"1"'})
    assert answer.status_code == 422
    assert worker.get(path).json()["phone"] == "+447700900123"


def test_corrected_needs_travel_but_addresses_do_not_again(
    world: World, worker: TestClient
) -> None:
    path = f"{PEOPLE}/{register(worker)}"
    worker.patch(path, json={"access_needs": ["bsl"]}, headers={"If-Match": '"1"'})
    assert world.events_of(ParticipantUpdated)[-1].access_needs == ["bsl"]
    assert len(world.events_of(ContactDetailsSealed)) == 1


def test_a_person_met_at_a_contact_is_found_there(worker: TestClient) -> None:
    contact = worker.post("/api/v1/contacts", json=contact_body()).json()["id"]
    made = register(worker, contact_id=contact)
    assert worker.get(f"/api/v1/contacts/{contact}").json()["participants"] == [made]


def test_each_role_sees_what_its_duty_needs(world: World, worker: TestClient) -> None:
    path = f"{PEOPLE}/{register(worker)}"
    team = world.signed_in("team@example.org", team="north")
    south = world.signed_in("south@example.org", team="south")
    far = world.signed_in("far@example.org", organisation="york", team="north")
    coordinator = world.signed_in("co@example.org", role=Role.COORDINATOR)
    administrator = world.signed_in("ad@example.org", role=Role.ADMINISTRATOR)
    auditor = world.signed_in("au@example.org", role=Role.AUDITOR)
    assert team.get(path).status_code == 200
    assert (south.get(path).status_code, far.get(path).status_code) == (404, 404)
    for client in (coordinator, administrator, auditor):
        assert client.get(path).status_code == 403
    assert administrator.get(f"{path}/pseudonym").status_code == 403
    shown = coordinator.get(f"{path}/pseudonym")
    assert shown.status_code == 200
    assert "Marblethwaite" not in shown.text
    assert "characteristics" not in shown.text
    assert world.browser().get(path).status_code == 401


def test_every_read_of_a_person_leaves_a_trace(world: World, worker: TestClient) -> None:
    made = register(worker)
    worker.get(f"{PEOPLE}/{made}")
    listed = worker.get(PEOPLE).json()["items"]
    assert [row["name"] for row in listed] == ["Quintessa Marblethwaite"]
    assert listed[0]["can_be_contacted"] == ["sms"]
    assert world.audited(made) == ["participant:register", "participant:read", "participant:list"]


def test_monitoring_counts_leave_only_when_their_quarter_is_over_and_never_small(
    world: World, worker: TestClient
) -> None:
    register(worker)
    report = "/api/v1/monitoring"
    now = utc_now()
    running = f"{now.year}-Q{(now.month + 2) // 3}"
    assert worker.get(report, params={"period": running}).json()["items"] == []
    world.node.database.write(lambda s: s.query(MonitoringAnswer).update({"period": "2025-Q1"}))
    counts = worker.get(report, params={"period": "2025-Q1"}).json()["items"]
    assert {c["people"] for c in counts} == {"*"}
    assert {c["code"] for c in counts} == {"muslim", "25_34"}
