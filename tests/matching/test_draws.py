from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from schemas.events import InvitationRequested, ParticipantErased
from services.matching import selection
from services.matching.models import DrawRow
from services.runtime.security.principal import Role
from tests.matching.harness import Matching

TARGETS = [
    {"group": {"age_band": "18_24"}, "least": 1, "most": 2},
    {"group": {"sex": "female"}, "proportion": 0.5},
]


def pool(matching: Matching) -> list[UUID]:
    young = [matching.register({"age_band": ["18_24"], "sex": [s]}) for s in ("female", "male")]
    rest = [
        matching.register({"age_band": ["45_54"], "sex": [s]})
        for s in ("female", "male", "female", "male")
    ]
    return young + rest


def prepared(matching: Matching, opportunity: UUID, **body: Any) -> str:
    url = f"/api/v1/opportunities/{opportunity}/draws"
    answer = matching.http.post(url, json=body)
    assert answer.status_code == 201, answer.text
    location = str(answer.headers["location"])
    assert matching.http.get(location).json()["state"] == "committed"
    return location


def test_a_draw_commits_first_invites_who_was_drawn_and_can_be_verified(
    matching: Matching,
) -> None:
    opportunity = matching.open(targets=TARGETS)
    people = pool(matching)
    draw = prepared(matching, opportunity, stand_ins=2)
    before = matching.http.get(draw).json()
    assert before["notice"]["seed"] is None
    assert before["notice"]["people_in_the_pool"] == 6
    assert matching.http.get(f"{draw}/record").status_code == 404
    assert matching.published(InvitationRequested) == []

    revealed = matching.http.post(f"{draw}/reveal", json={"public_words": "7 9 21"}).json()
    assert len(revealed["invited"]) == 3
    asked = matching.published(InvitationRequested)
    assert {e.participant_id for e in asked} <= set(people)
    text = matching.http.get(f"{draw}/record").text
    record = selection.read_record(text)
    assert {UUID(p) for p in record.selected} == {e.participant_id for e in asked}
    commitment = before["notice"]["commitment"]
    assert selection.verify(record, commitment).holds
    seen = matching.http.get(f"{draw}/verification").json()
    assert seen["holds"], seen
    again = matching.http.post(f"{draw}/reveal", json={})
    assert again.status_code == 409


def test_a_changed_record_does_not_verify(matching: Matching) -> None:
    opportunity = matching.open(targets=TARGETS)
    pool(matching)
    draw = prepared(matching, opportunity)
    matching.http.post(f"{draw}/reveal", json={})
    record = json.loads(matching.http.get(f"{draw}/record").text)
    record["seats"] = 2
    text = json.dumps(record)
    draw_id = UUID(draw.rsplit("/", 1)[1])
    matching.write(lambda s: setattr(s.get(DrawRow, draw_id), "record", text))
    answer = matching.http.get(f"{draw}/verification")
    assert not answer.json().get("holds")


def test_who_withdrew_after_the_commitment_is_passed_over_for_a_stand_in(
    matching: Matching,
) -> None:
    opportunity = matching.open(seats=1, targets=[])
    people = [matching.register() for _ in range(3)]
    draw = prepared(matching, opportunity, stand_ins=2)
    match_ids = {p["participant_id"]: p["match_id"] for p in matching.proposals(opportunity)}
    for person in people[:2]:
        url = f"/api/v1/proposals/{match_ids[str(person)]}/decline"
        assert matching.http.post(url, json={"reason": "asked_enough"}).status_code == 200
    matching.http.post(f"{draw}/reveal", json={})
    assert [e.participant_id for e in matching.published(InvitationRequested)] == [people[2]]


def test_targets_out_of_reach_are_refused_with_the_smallest_change(matching: Matching) -> None:
    opportunity = matching.open(targets=TARGETS)
    for _ in range(3):
        matching.register({"age_band": ["45_54"]})
    url = f"/api/v1/opportunities/{opportunity}/draws"
    answer = matching.http.post(url, json={})
    assert answer.status_code == 422
    assert "lower the target for people aged 18 to 24" in answer.json()["detail"]


def test_a_draw_is_refused_when_the_seats_changed_meanwhile(matching: Matching) -> None:
    opportunity = matching.open(seats=1, targets=[])
    first, _second = matching.register(), matching.register()
    draw = prepared(matching, opportunity)
    matching.receive(matching.invite(opportunity, first))
    answer = matching.http.post(f"{draw}/reveal", json={})
    assert (answer.status_code, "Prepare a new one" in answer.text) == (409, True)
    url = f"/api/v1/opportunities/{opportunity}/draws"
    assert "no open seat" in matching.http.post(url, json={}).json()["detail"]


def test_erasure_takes_the_record_and_leaves_the_notice(matching: Matching) -> None:
    opportunity = matching.open(targets=TARGETS)
    people = pool(matching)
    draw = prepared(matching, opportunity)
    matching.http.post(f"{draw}/reveal", json={})
    matching.receive(ParticipantErased(participant_id=people[0]))
    assert matching.http.get(f"{draw}/record").status_code == 410
    assert matching.http.get(draw).json()["notice"]["people_in_the_pool"] == 6


def test_a_link_worker_reads_the_notice_and_not_the_record(matching: Matching) -> None:
    opportunity = matching.open(targets=TARGETS)
    people = pool(matching)
    draw = prepared(matching, opportunity)
    worker = matching.client(Role.LINK_WORKER)
    notice = worker.get(draw)
    assert notice.status_code == 200
    assert not any(str(person) in notice.text for person in people)
    assert worker.get(f"{draw}/record").status_code == 403
    assert worker.post(f"{draw}/reveal", json={}).status_code == 403
    stranger = matching.client(Role.COORDINATOR, organisation="another")
    assert stranger.get(draw).status_code == 404


def test_the_plan_asks_more_people_when_few_said_yes(matching: Matching) -> None:
    opportunity = matching.open(seats=2)
    for _ in range(6):
        matching.register()
    url = f"/api/v1/opportunities/{opportunity}/invitation-plan"
    first = matching.http.get(url).json()
    assert (first["seats"], first["people"]) == (2, 6)
    for _ in range(2):
        found = matching.proposals(opportunity)[0]
        answer = matching.invite(opportunity, UUID(found["participant_id"]))
        matching.receive(answer.model_copy(update={"answer": "no"}))
    after = matching.http.get(url).json()
    assert after["invite"] >= min(first["invite"], after["people"])
    assert after["fills"] < first["fills"]


def test_how_far_shares_are_missed_is_told_before_and_after_the_draw(matching: Matching) -> None:
    women = {"group": {"sex": "female"}, "proportion": 1.0}
    opportunity = matching.open(targets=[TARGETS[0], women])
    pool(matching)
    young = matching.register({"age_band": ["18_24"], "sex": ["male"]})
    draw = prepared(matching, opportunity)
    seen = matching.http.get(f"{draw}/aims").json()
    hard, share = seen["aims"]
    assert (hard["at_least"], hard["at_most"], hard["wanted"]) == (1, 2, None)
    assert (share["group"], share["wanted"], share["most"]) == ("women", 3, 3)
    assert (share["fewest"], share["drawn"], share["missed_by_at_most"]) == (3, None, 0)
    assert seen["without_a_chance"] == 4  # every man, as three women can be had
    assert seen["relaxed"] is None

    open_draw = prepared(matching, opportunity, soft_allowance=2)
    seen = matching.http.get(f"{open_draw}/aims").json()
    assert seen["without_a_chance"] == 0
    assert [a["wanted"] for a in seen["aims"]] == [None, None]
    assert [a["at_least"] for a in seen["aims"] if a["group"] == "women"] == [1]

    matching.http.post(f"{draw}/reveal", json={})
    share = matching.http.get(f"{draw}/aims").json()["aims"][1]
    assert (share["drawn"], share["missed_by"]) == (3, 0)
    matching.receive(ParticipantErased(participant_id=young))
    assert matching.http.get(f"{draw}/aims").status_code == 410


def test_a_draw_may_change_targets_by_as_little_as_works_and_says_what_and_why(
    matching: Matching,
) -> None:
    opportunity = matching.open(targets=TARGETS)
    people = [matching.register({"age_band": ["45_54"], "sex": ["male"]}) for _ in range(3)]
    draw = prepared(matching, opportunity, relax=True)
    seen = matching.http.get(f"{draw}/aims").json()
    assert seen["relaxed"]["changes"] == [
        "lower the target for people aged 18 to 24 from at least 1 to 0"
    ]
    assert "The target is at least 1" in seen["relaxed"]["reason"]
    women = seen["aims"][1]
    assert (women["wanted"], women["most"], women["missed_by_at_most"]) == (2, 0, 2)
    matching.http.post(f"{draw}/reveal", json={})
    notice = matching.http.get(draw).json()["notice"]
    assert notice["changed_targets"] == seen["relaxed"]["changes"]
    assert "in the pool" not in str(notice)
    assert matching.http.get(f"{draw}/verification").json()["holds"]
    assert {e.participant_id for e in matching.published(InvitationRequested)} == set(people)
    assert matching.view(opportunity)["targets"][0]["least"] == 1
