"""The journey of the matching service: from a registered person to a filled seat."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from schemas.events import (
    ConsentChanged,
    InvitationAnswered,
    InvitationCancelled,
    InvitationRequested,
    MatchApproved,
    MatchDeclined,
    MatchProposed,
    MatchWithdrawn,
    OpportunityOpened,
    ParticipantErased,
    SeatFilled,
    SeatReleased,
)
from services.matching.service import SERVICE
from services.runtime import migrations
from tests.matching.harness import NOW, Matching, contact, registered


def test_the_models_and_the_migrated_schema_agree(matching: Matching) -> None:
    with matching.node.database.engine.connect() as connection:
        assert migrations.differences(SERVICE, connection) == []


def test_a_person_who_eases_a_gap_is_proposed_and_takes_the_seat(matching: Matching) -> None:
    opportunity = matching.open()
    person = matching.register()
    (proposal,) = matching.proposals(opportunity)
    assert proposal["participant_id"] == str(person)
    assert proposal["new_voice"] is True
    assert "people aged 18 to 24 would go from 0 to 1 of 2 seats" in proposal["sentence"]
    assert proposal["explanation"]["index_after"] < proposal["explanation"]["index_before"]

    decided = matching.approve(proposal["match_id"])
    (asked,) = matching.published(InvitationRequested)
    assert str(asked.invitation_id) == decided["invitation_id"]
    assert asked.reply_by == (NOW + timedelta(days=7)).date()
    assert [e.approved_by for e in matching.published(MatchApproved)] == [matching.coordinator_id]
    assert matching.view(opportunity)["representation"]["gaps"][0]["if_approved"] == 1

    matching.receive(yes(asked))
    assert [e.participant_id for e in matching.published(SeatFilled)] == [person]
    after = matching.view(opportunity)["representation"]
    assert (after["filled"], after["gaps"][0]["held"]) == (1, 1)


def test_opening_publishes_what_an_invitation_has_to_say(matching: Matching) -> None:
    matching.open(payment_pence=2500, can_arrange=["bsl"], contact_phone="0161 496 0000")
    (opened,) = matching.published(OpportunityOpened)
    assert (opened.title, opened.payment_pence) == ("Better home care", 2500)
    assert opened.support == ["bsl", "step_free"]


def test_people_registered_before_the_opportunity_are_proposed_too(matching: Matching) -> None:
    person = matching.register()
    opportunity = matching.open()
    matching.settle()
    assert [p["participant_id"] for p in matching.proposals(opportunity)] == [str(person)]


def test_a_person_without_consent_to_matching_is_never_proposed(matching: Matching) -> None:
    opportunity = matching.open()
    matching.register(matching=False)
    matching.register(channels=())
    matching.settle()
    assert matching.proposals(opportunity) == []


def test_a_need_that_is_not_met_blocks_and_is_named(matching: Matching) -> None:
    opportunity = matching.open()
    matching.register(needs=["bsl"])
    assert matching.proposals(opportunity) == []
    blocked = matching.http.get(f"/api/v1/opportunities/{opportunity}/blocked").json()
    assert [(n["need"], n["people"]) for n in blocked["needs"]] == [("bsl", 1)]
    assert "BSL interpreter" in blocked["items"][0]["blocks"][0]["sentence"]
    assert matching.published(MatchProposed) == []

    change(matching, opportunity, {"can_arrange": ["bsl"]})
    assert len(matching.proposals(opportunity)) == 1
    assert len(matching.published(MatchProposed)) == 1


def test_a_filled_gap_withdraws_the_other_proposals_for_it(matching: Matching) -> None:
    targets = [
        {"group": {"age_band": "18_24"}, "least": 1, "most": 1},
        {"group": {"sex": "male"}, "least": 2},
    ]
    opportunity = matching.open(targets=targets)
    young, other = matching.register(), matching.register()
    carer = matching.register(characteristics={"sex": ["male"]})
    assert len(matching.proposals(opportunity)) == 3
    matching.receive(matching.invite(opportunity, young))
    assert [p["participant_id"] for p in matching.proposals(opportunity)] == [str(carer)]
    gone = matching.published(MatchWithdrawn)
    assert [(e.participant_id, e.reason) for e in gone] == [(other, "gap_closed")]


def test_a_no_frees_the_place_for_somebody_else(matching: Matching) -> None:
    opportunity = matching.open()
    person = matching.register()
    answer = matching.invite(opportunity, person).model_copy(update={"answer": "no"})
    matching.receive(answer)
    assert [e.reason for e in matching.published(MatchDeclined)] == ["said_no"]
    matching.settle()
    assert matching.proposals(opportunity) == []
    assert matching.view(opportunity)["filled"] == 0


def test_a_no_after_a_yes_opens_the_seat_again(matching: Matching) -> None:
    opportunity = matching.open()
    answer = matching.invite(opportunity, matching.register())
    matching.receive(answer)
    matching.receive(answer.model_copy(update={"answer": "no"}))
    assert [e.reason for e in matching.published(SeatReleased)] == ["said_no"]
    assert matching.view(opportunity)["representation"]["open"] == 3


def test_a_yes_when_every_seat_is_filled_makes_an_alternate(matching: Matching) -> None:
    opportunity = matching.open(seats=1, targets=[{"group": {"age_band": "18_24"}, "least": 1}])
    first, second = matching.register(), matching.register()
    answers = [matching.invite(opportunity, p) for p in (first, second)]
    matching.receive(*answers)
    (alternate,) = matching.proposals(opportunity, "alternate")
    assert alternate["participant_id"] == str(second)
    assert [e.reason for e in matching.published(MatchWithdrawn)] == ["seats_full"]
    refused = matching.http.post(f"/api/v1/proposals/{alternate['match_id']}/approve", json={})
    assert refused.status_code == 409

    matching.receive(answers[0].model_copy(update={"answer": "no"}))
    again = matching.approve(alternate["match_id"])
    renewed = answers[1].model_copy(update={"invitation_id": UUID(again["invitation_id"])})
    matching.receive(renewed)
    assert [e.participant_id for e in matching.published(SeatFilled)] == [first, second]


def test_withdrawing_consent_ends_proposals_and_calls_invitations_back(matching: Matching) -> None:
    first, second = matching.open(), matching.open(title="Another group")
    person = matching.register()
    answer = matching.invite(first, person)
    consent = contact("sms", False, NOW + timedelta(minutes=1))
    matching.receive(ConsentChanged(participant_id=person, consent=consent, evidence="reply_stop"))
    assert [e.invitation_id for e in matching.published(InvitationCancelled)] == [
        answer.invitation_id
    ]
    assert {e.opportunity_id for e in matching.published(MatchWithdrawn)} == {first, second}
    assert matching.proposals(second) == []
    matching.receive(answer)
    assert matching.published(SeatFilled) == []
    third = matching.open(title="A third group")
    matching.settle()
    assert matching.proposals(third) == []


def test_an_older_yes_does_not_undo_a_withdrawal(matching: Matching) -> None:
    opportunity = matching.open()
    event = registered()
    withdrawal = contact("sms", False, NOW + timedelta(minutes=1))
    matching.receive(
        ConsentChanged(
            participant_id=event.participant_id, consent=withdrawal, evidence="reply_stop"
        )
    )
    matching.receive(event)
    assert matching.proposals(opportunity) == []


def test_one_channel_left_is_enough_to_stay_proposed(matching: Matching) -> None:
    opportunity = matching.open()
    person = matching.register(channels=("sms", "email"))
    consent = contact("sms", False, NOW + timedelta(minutes=1))
    matching.receive(ConsentChanged(participant_id=person, consent=consent, evidence="reply_stop"))
    assert len(matching.proposals(opportunity)) == 1


def test_erasure_frees_the_seat_and_nothing_late_brings_the_person_back(
    matching: Matching,
) -> None:
    opportunity = matching.open()
    event = registered()
    matching.receive(event)
    matching.receive(matching.invite(opportunity, event.participant_id))
    matching.receive(ParticipantErased(participant_id=event.participant_id))
    assert [e.reason for e in matching.published(SeatReleased)] == ["erased"]
    matching.receive(event.model_copy(update={"revision": 9}))
    matching.settle()
    assert matching.proposals(opportunity, "proposed", "accepted") == []
    assert_nowhere(matching, event.participant_id.hex)


def assert_nowhere(matching: Matching, needle: str) -> None:
    """Only the tombstone may still hold the id."""
    tables = [t for t in SERVICE.metadata.sorted_tables if t.name != "erased_participants"]
    for table in tables:
        rows = matching.read(lambda s, t=table: s.execute(t.select()).all())
        text = " ".join(str(value).replace("-", "") for row in rows for value in row)
        assert needle not in text, table.name


def change(matching: Matching, opportunity: object, body: dict[str, object]) -> None:
    url = f"/api/v1/opportunities/{opportunity}"
    etag = matching.http.get(url).headers["etag"]
    answer = matching.http.patch(url, json=body, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text
    matching.settle()


def yes(asked: InvitationRequested) -> InvitationAnswered:
    return InvitationAnswered(
        invitation_id=asked.invitation_id,
        match_id=asked.match_id,
        opportunity_id=asked.opportunity_id,
        participant_id=asked.participant_id,
        answer="yes",
        answered_at=NOW,
    )
