"""Everyone as columns: the same answers as looking at each person, and never out of date."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from unittest import mock
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bench import plain_proposing
from services.matching import (
    drawing,
    eligibility,
    everyone,
    gaps,
    participants,
    proposing,
    searching,
    store,
)
from services.matching.characteristics import Categories
from services.matching.model import Opportunity, Participant
from services.matching.models import OpportunityRow, ProfileRow
from services.matching.pairing import Candidate
from services.matching.participant_pool import ParticipantPool
from services.runtime.database import Database
from tests.matching.harness import NOW, ORGANISATION, Matching, registered
from tests.matching.people import NOW as PEOPLE_NOW
from tests.matching.people import categories, crowd, fit_crowd, opportunities, panels
from tests.support.examples import examples


def pool_of(people: Collection[Participant]) -> ParticipantPool:
    pool = ParticipantPool(capacity=8)
    for person in people:
        pool.put(person)
    return pool


@settings(max_examples=examples(40))
@given(
    opportunities() | panels,
    st.lists(categories, max_size=4),
    crowd(most=10) | fit_crowd(most=10),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
)
def test_columns_propose_and_hold_up_the_people_that_the_rules_do_one_by_one(
    opp: Opportunity,
    holders: list[Categories],
    people: list[Participant],
    limits: tuple[int, int],
) -> None:
    tally = gaps.count(opp, holders)
    left = [p for p in people if p.participant_id != "p1"]
    found = [proposing.assess(opp, tally, Candidate(p), PEOPLE_NOW) for p in left]
    found.sort(key=lambda a: a.score.order)
    expected = tuple(
        [a.score.participant_id for a in found if a.outcome == outcome][:limit]
        for outcome, limit in zip(("propose", "block"), limits, strict=True)
    )
    if not tally.free:  # a look is only taken while a seat is free
        return
    seen = pool_of(people).standing(opp, tally, PEOPLE_NOW, limits, without=["p1"])
    assert tuple([each.id for each in side] for side in seen) == expected


@settings(max_examples=examples(30))
@given(opportunities() | panels, crowd(most=10))
def test_whom_the_columns_allow_no_rule_stops(opp: Opportunity, people: list[Participant]) -> None:
    tally = gaps.count(opp, [])
    allowed = pool_of(people).allowed(opp, tally, PEOPLE_NOW)
    assert sorted(allowed) == sorted(
        p.participant_id for p in people if not eligibility.blocks(p, opp, PEOPLE_NOW)
    )


def both_looks(session: Session) -> tuple[list[UUID], list[UUID]]:
    row = session.scalars(select(OpportunityRow)).one()
    return (
        searching.best_of_everyone(session, row, NOW),
        plain_proposing.best_of_everyone(session, row, NOW),
    )


def test_a_look_through_everyone_is_the_same_as_row_by_row_and_sees_each_change(
    matching: Matching,
) -> None:
    opportunity = matching.open(seats=4)
    young = [matching.register() for _ in range(5)]
    matching.register(needs=["bsl"])
    matching.register({"age_band": ["65_74"]}, prior_seats=1)
    for change in (
        registered(participant_id=young[0], revision=2, matching=False),
        registered({"age_band": ["65_74"]}, participant_id=young[1], revision=2),
        registered(participant_id=young[2], revision=2, modes=["online"]),
    ):
        columns, rows = matching.read(both_looks)
        assert columns == rows
        matching.receive(change)
    columns, rows = matching.read(both_looks)
    assert columns == rows
    assert young[0] not in columns
    matching.receive(matching.invite(opportunity, young[3]))
    columns, rows = matching.read(both_looks)
    assert columns == rows
    assert young[3] not in columns


def test_a_second_look_reads_only_those_who_changed(matching: Matching) -> None:
    matching.open()
    people = [matching.register() for _ in range(4)]
    matching.read(both_looks)
    matching.receive(registered(participant_id=people[2], revision=2, needs=["bsl"]))
    with mock.patch.object(participants, "people", wraps=participants.people) as read:
        matching.read(
            lambda s: searching.best_of_everyone(s, s.scalar(select(OpportunityRow)), NOW)
        )
    read_ids = [p.participant_id for call in read.call_args_list for p in call.args[1]]
    assert read_ids == [people[2]]


def test_a_withdrawal_in_another_process_is_seen_at_once(matching: Matching) -> None:
    matching.open()
    people = [matching.register() for _ in range(2)]
    assert set(matching.read(both_looks)[0]) == set(people)
    other = Database("matching", matching.node.database.url)
    with other.writing() as session:
        for profile in store.profiles_of(session, people[:1]).values():
            session.delete(profile)
    other.dispose()
    assert matching.read(both_looks)[0] == people[1:]
    engine = matching.read(lambda s: s.get_bind().engine)
    kept = everyone._KEPT[engine][ORGANISATION]
    assert len(kept.pool) == 1


def test_people_who_share_a_stamp_are_still_told_apart(matching: Matching) -> None:
    matching.open()
    people = [matching.register() for _ in range(3)]

    def same(session: Session) -> None:
        session.execute(update(ProfileRow).values(stamp=7))

    matching.write(same)
    assert set(matching.read(both_looks)[0]) == set(people)
    matching.write(lambda s: s.execute(delete(ProfileRow).filter_by(participant_id=people[1])))
    assert set(matching.read(both_looks)[0]) == {people[0], people[2]}


def test_a_conflict_of_interest_closes_every_group_of_that_host_until_it_is_taken_back(
    matching: Matching,
) -> None:
    here, there = matching.open(), matching.open(host_name="elmfield  council")
    elsewhere = matching.open(host_name="Oakley Care Home")
    person = matching.register()
    (match,) = matching.proposals(here)
    url = f"/api/v1/proposals/{match['match_id']}"
    matching.http.post(f"{url}/decline", json={"reason": "conflict_of_interest"})
    matching.settle()
    assert matching.proposals(there) == []
    assert [p["participant_id"] for p in matching.proposals(elsewhere)] == [str(person)]
    later = matching.open()
    matching.settle()
    assert matching.proposals(later) == []
    assert matching.http.post(f"{url}/undo").status_code == 200
    matching.now += timedelta(days=2)
    matching.settle()
    assert len(matching.proposals(later)) == len(matching.proposals(there)) == 1


def test_the_pool_of_a_draw_is_everyone_whom_no_rule_stops(matching: Matching) -> None:
    opportunity = matching.open(seats=2)
    fit = [matching.register() for _ in range(3)]
    matching.register(needs=["bsl"])
    matching.receive(matching.invite(opportunity, fit[0]))
    pool = matching.read(lambda s: drawing.pool_of(s, store.get(s, opportunity), NOW))
    assert pool == sorted(fit[1:])
