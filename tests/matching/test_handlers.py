from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from schemas.events import (
    Consent,
    ConsentChanged,
    InvitationAnswered,
    InvitationCancelled,
    InvitationFailed,
    InvitationResent,
    InvitationSent,
    MatchProposed,
    ParticipantErased,
    ParticipantUpdated,
    SeatFilled,
)
from services.matching import handlers, intake, seating
from services.matching.models import (
    Base,
    ConsentRow,
    MatchRow,
    OpportunityRow,
    ParticipantRow,
    ProfileRow,
    SeatRow,
)
from tests.matching.harness import NOW, Matching, contact, registered

PEOPLE, SEATS = 20, 3


def twenty_yes(matching: Matching) -> list[InvitationAnswered]:
    targets = [{"group": {"age_band": "18_24"}, "least": SEATS}]
    opportunity = matching.open(seats=SEATS, targets=targets)
    answers = []
    while len(answers) < PEOPLE:
        # Approved ones leave the queue, so that more people fit in it.
        person = matching.register()
        answers.append(matching.invite(opportunity, person))
    return answers


def at_once(jobs: list[Callable[[], object]]) -> None:
    start, errors = threading.Barrier(len(jobs)), []

    def run(job: Callable[[], object]) -> None:
        start.wait()
        try:
            job()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_seat_is_never_overfilled_under_twenty_concurrent_yes(matching: Matching) -> None:
    answers = twenty_yes(matching)
    database = matching.node.database

    def taking(answer: InvitationAnswered) -> Callable[[], object]:
        # Each in a transaction of its own, past the one writer thread.
        return lambda: database.write(lambda s: handlers.on_invitation_answered(answer, s, NOW))

    at_once([taking(answer) for answer in answers])
    filled = matching.published(SeatFilled)
    assert len(filled) == SEATS
    assert len({e.seat_id for e in filled}) == SEATS
    opportunity = answers[0].opportunity_id
    assert len(matching.proposals(opportunity, "accepted")) == SEATS
    assert len(matching.proposals(opportunity, "alternate")) == PEOPLE - SEATS
    assert matching.view(opportunity)["filled"] == SEATS


def test_the_database_itself_refuses_a_second_seat_for_one_match(matching: Matching) -> None:
    opportunity = matching.open()
    answer = matching.invite(opportunity, matching.register())
    matching.receive(answer)

    def second_seat(session: Session) -> None:
        row = session.get_one(OpportunityRow, opportunity)
        match = session.scalars(select(MatchRow)).one()
        seating.fill(session, row, match, NOW)

    with pytest.raises(IntegrityError):
        matching.write(second_seat)


def test_an_event_delivered_twice_has_one_effect(matching: Matching) -> None:
    opportunity = matching.open()
    event = registered()
    delivered = matching.receive(event)
    matching.deliver(delivered)
    assert len(matching.published(MatchProposed)) == 1
    answered = matching.receive(matching.invite(opportunity, event.participant_id))
    matching.deliver(answered)
    assert len(matching.published(SeatFilled)) == 1


def test_the_same_answer_in_two_events_has_one_effect(matching: Matching) -> None:
    opportunity = matching.open()
    answer = matching.invite(opportunity, matching.register())
    matching.receive(answer, answer)
    assert len(matching.published(SeatFilled)) == 1


def test_an_older_revision_is_ignored(matching: Matching) -> None:
    opportunity = matching.open()
    new = registered(revision=2)
    matching.receive(new)
    old = registered({"age_band": ["45_54"]}, participant_id=new.participant_id, revision=1)
    matching.receive(ParticipantUpdated(**old.model_dump()))
    assert len(matching.proposals(opportunity)) == 1


def test_whether_anything_was_heard_of_somebody_before_makes_no_difference(
    matching: Matching,
) -> None:
    """Who is new is kept and proposed by fewer queries, to the same end."""
    opportunity = matching.open()
    said = (contact("sms", True, NOW), contact("email", False, NOW))
    new, known = (registered().model_copy(update={"consents": consents_of(said)}) for _ in "ab")
    matching.receive(
        ConsentChanged(participant_id=known.participant_id, consent=said[0], evidence="own_page")
    )
    matching.receive(new, known)
    for table, left_out in (
        (ProfileRow, {"participant_id", "stamp"}),
        (MatchRow, {"id", "participant_id", "profile_stamp", "tie", "pair_with"}),
        (ConsentRow, {"participant_id"}),
        (ParticipantRow, {"participant_id"}),
    ):
        kept = {
            who: matching.read(lambda s, of=table, out=left_out, who=who: plain(s, of, who, out))
            for who in (new.participant_id, known.participant_id)
        }
        assert kept[new.participant_id] == kept[known.participant_id] != []
    assert len(matching.proposals(opportunity)) == 2


def consents_of(said: Sequence[Consent]) -> list[Consent]:
    matching_yes = Consent(purpose="matching", given=True, wording_version="1", at=NOW)
    return [matching_yes, *said]


def plain(session: Session, of: type[Base], who: UUID, without: set[str]) -> list[str]:
    table = of.__table__
    names = [column.name for column in table.columns if column.name not in without]
    rows = session.execute(
        select(*(table.c[name] for name in names)).where(table.c.participant_id == who)
    )
    return sorted(str(tuple(row)) for row in rows)


@pytest.mark.parametrize("no_first", [True, False])
def test_of_two_words_at_the_same_moment_the_no_holds_for_somebody_new(
    matching: Matching, no_first: bool
) -> None:
    event = registered()
    yes = Consent(purpose="matching", given=True, wording_version="1", at=NOW)
    no = yes.model_copy(update={"given": False})
    words = [no, yes] if no_first else [yes, no]
    others = [each for each in event.consents if each.purpose != "matching"]
    matching.receive(event.model_copy(update={"consents": [*words, *others]}))
    assert profiles(matching) == 0


def test_an_update_that_no_longer_fits_takes_the_proposal_back(matching: Matching) -> None:
    opportunity = matching.open(targets=[{"group": {"age_band": "18_24"}, "least": 3}])
    event = registered()
    matching.receive(event)
    changed = registered({"age_band": ["45_54"]}, participant_id=event.participant_id, revision=2)
    matching.receive(ParticipantUpdated(**changed.model_dump()))
    assert matching.proposals(opportunity) == []


def test_without_consent_nothing_of_a_person_is_kept(matching: Matching) -> None:
    person = matching.register()
    assert profiles(matching) == 1
    no = contact("sms", False, NOW + timedelta(minutes=1)).model_copy(
        update={"purpose": "matching", "channel": None}
    )
    matching.receive(ConsentChanged(participant_id=person, consent=no, evidence="own_page"))
    assert profiles(matching) == 0


def profiles(matching: Matching) -> int:
    count = matching.read(lambda s: s.scalar(select(func.count()).select_from(ProfileRow)))
    return int(count)


def test_prefer_not_to_say_is_kept_as_no_category(matching: Matching) -> None:
    matching.register({"sex": ["prefer_not_to_say"], "age_band": ["18_24"]})
    (stored,) = matching.read(lambda s: s.scalars(select(ProfileRow.categories)).all())
    assert stored == {"age_band": ["18_24"]}


def test_an_answer_to_an_invitation_nobody_knows_changes_nothing(matching: Matching) -> None:
    opportunity = matching.open()
    answer = matching.invite(opportunity, matching.register())
    stray = answer.model_copy(update={"invitation_id": uuid4()})
    gone = answer.model_copy(update={"opportunity_id": uuid4()})
    matching.receive(stray, gone)
    assert matching.published(SeatFilled) == []


def test_a_sent_invitation_shows_as_invited(matching: Matching) -> None:
    opportunity = matching.open()
    answer = matching.invite(opportunity, matching.register())
    matching.receive(sent(answer))
    assert len(matching.proposals(opportunity, "invited")) == 1


def test_a_failed_invitation_goes_back_to_the_coordinator_with_why(matching: Matching) -> None:
    opportunity = matching.open()
    answer = matching.invite(opportunity, matching.register())
    facts = sent(answer).model_dump(include=set(InvitationFailed.model_fields))
    passing = InvitationFailed(**facts, reason="try_later", permanent=False)
    matching.receive(passing)
    assert matching.proposals(opportunity) == []
    matching.receive(passing.model_copy(update={"reason": "landline", "permanent": True}))
    (proposal,) = matching.proposals(opportunity)
    assert (proposal["reason"], proposal["failure"]) == ("invitation_failed", "landline")
    assert len(matching.published(MatchProposed)) == 1


def failed(answer: InvitationAnswered) -> InvitationFailed:
    return InvitationFailed(
        **sent(answer).model_dump(include=set(InvitationFailed.model_fields)), reason="landline"
    )


def again(answer: InvitationAnswered) -> InvitationResent:
    facts = sent(answer).model_dump(include=set(InvitationResent.model_fields))
    return InvitationResent(**facts, reply_by=NOW.date() + timedelta(days=5))


def test_an_invitation_sent_once_more_needs_no_second_approval(matching: Matching) -> None:
    opportunity = matching.open()
    answer = matching.invite(opportunity, matching.register())
    matching.receive(failed(answer))
    assert len(matching.proposals(opportunity)) == 1
    matching.receive(again(answer))
    assert matching.proposals(opportunity) == []
    matching.receive(sent(answer))
    matching.receive(answer)
    assert len(matching.published(SeatFilled)) == 1
    assert matching.published(InvitationCancelled) == []


def test_an_invitation_sent_once_more_after_another_decision_is_called_back(
    matching: Matching,
) -> None:
    opportunity = matching.open()
    person = matching.register()
    first = matching.invite(opportunity, person)
    matching.receive(failed(first))
    second = matching.invite(opportunity, person)
    assert second.invitation_id != first.invitation_id
    matching.receive(again(first))
    (called_back,) = matching.published(InvitationCancelled)
    assert called_back.invitation_id == first.invitation_id
    matching.receive(again(second))
    assert len(matching.published(InvitationCancelled)) == 1


def sent(answer: InvitationAnswered) -> InvitationSent:
    facts = answer.model_dump(include=set(InvitationSent.model_fields))
    return InvitationSent(**facts | {"parts": 1, "cost_millipence": 4000, "channel": "sms"})


def test_new_voices_come_before_familiar_ones(matching: Matching) -> None:
    opportunity = matching.open()
    matching.register(prior_seats=2)
    new = matching.register()
    assert matching.proposals(opportunity)[0]["participant_id"] == str(new)


def test_two_of_a_group_are_proposed_together_so_that_nobody_is_alone(
    matching: Matching,
) -> None:
    opportunity = matching.open(seats=8, targets=[{"group": {"ethnic_group": "black"}, "least": 3}])
    first = matching.register({"ethnic_group": ["black"]})
    second = matching.register({"ethnic_group": ["black"]})
    pairs = {p["participant_id"]: p["pair_with"] for p in matching.proposals(opportunity)}
    assert pairs == {str(first): str(second), str(second): str(first)}


def test_a_person_who_cannot_take_part_that_way_is_blocked(matching: Matching) -> None:
    session = {"on": "2026-10-06", "starts": "10:00", "ends": "12:00", "mode": "in_person"}
    opportunity = matching.open(sessions=[session])
    matching.register(modes=["online"])
    blocked = matching.http.get(f"/api/v1/opportunities/{opportunity}/blocked").json()
    assert [b["code"] for b in blocked["items"][0]["blocks"]] == ["format"]


def test_nobody_is_asked_more_often_than_the_limit(matching: Matching) -> None:
    person = matching.register()
    for number in range(3):
        opportunity = matching.open(title=f"Group {number}")
        matching.settle()
        matching.receive(matching.invite(opportunity, person).model_copy(update={"answer": "no"}))
    fourth = matching.open(title="One more group")
    matching.settle()
    assert matching.proposals(fourth) == []
    matching.now += timedelta(days=31)
    matching.settle()
    assert len(matching.proposals(fourth)) == 1


def test_people_of_another_organisation_are_not_proposed(matching: Matching) -> None:
    opportunity = matching.open()
    matching.register(organisation="another")
    matching.settle()
    assert matching.proposals(opportunity) == []


def test_a_seat_holder_who_withdraws_consent_counts_in_no_group_any_more(
    matching: Matching,
) -> None:
    opportunity = matching.open()
    person = matching.register()
    matching.receive(matching.invite(opportunity, person))
    no = contact("sms", False, NOW + timedelta(minutes=1))
    matching.receive(ConsentChanged(participant_id=person, consent=no, evidence="reply_stop"))
    (gap,) = matching.view(opportunity)["representation"]["gaps"]
    assert (gap["filled"], gap["held"], gap["unstated"]) == (1, 0, 1)


def test_erasing_somebody_unknown_leaves_only_the_tombstone(matching: Matching) -> None:
    event = registered()
    matching.receive(ParticipantErased(participant_id=event.participant_id))
    assert matching.read(lambda s: intake.is_erased(s, event.participant_id))
    matching.receive(event)
    assert profiles(matching) == 0


def test_the_tally_that_is_kept_is_what_the_seats_say(matching: Matching) -> None:
    opportunity = matching.open()
    matching.receive(matching.invite(opportunity, matching.register()))

    def counts(session: Session) -> tuple[int, int]:
        row = session.get_one(OpportunityRow, opportunity)
        query = select(func.count()).where(SeatRow.state == "filled")
        return row.filled, session.scalar(query) or 0

    assert matching.read(counts) == (1, 1)
