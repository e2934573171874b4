from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching import gaps, pool_query, scoring
from services.matching.characteristics import Categories, is_member
from services.matching.columns import Ranked
from services.matching.eligibility import blocks
from services.matching.model import Opportunity, Participant
from services.matching.open_opportunities import OpenOpportunities
from services.matching.participant_pool import ParticipantPool
from services.matching.targets import Target
from tests.matching.people import (
    BLACK,
    CARERS,
    GROUPS,
    NOW,
    WOMEN,
    answers,
    categories,
    crowd,
    fit_crowd,
    opportunities,
    panels,
    participants,
)
from tests.support.examples import examples

FEWER = settings(max_examples=examples(30))


def one_by_one(
    opp: Opportunity, tally: gaps.Tally, people: Sequence[Participant], holders: Sequence[str] = ()
) -> list[Ranked]:
    """The same answer from the plain rules."""
    fit = scoring.eligible(opp, people, NOW, holders)
    found = sorted((scoring.score(opp, tally, p, NOW) for p in fit), key=lambda s: s.order)
    return [Ranked(s.participant_id, s.rank, s.tie) for s in found]


def pool_of(people: Sequence[Participant], capacity: int = 8) -> ParticipantPool:
    pool = ParticipantPool(capacity=capacity)
    for person in people:
        pool.put(person)
    return pool


@FEWER
@given(
    opportunities() | panels,
    crowd(most=10) | fit_crowd(most=10),
    st.lists(categories, max_size=6),
    st.integers(0, 25),
)
def test_the_pool_ranks_people_as_the_rules_do(
    opp: Opportunity, people: list[Participant], holders: list[Categories], limit: int
) -> None:
    tally = gaps.count(opp, holders)
    held = ["p0", "p3"]
    expected = one_by_one(opp, tally, people, held)[:limit]
    assert pool_of(people).top(opp, tally, NOW, limit, holders=held) == expected


@FEWER
@given(opportunities() | panels, crowd(most=10) | fit_crowd(most=10), st.integers(1, 8))
def test_pieces_and_the_short_way_for_few_people_change_nothing(
    opp: Opportunity, people: list[Participant], limit: int
) -> None:
    tally = gaps.count(opp, [])
    expected = one_by_one(opp, tally, people)[:limit]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool_query, "PIECE", 8)
        for few in (0, 1000):
            patch.setattr(pool_query, "FEW", few)
            assert pool_of(people).top(opp, tally, NOW, limit) == expected


@FEWER
@given(opportunities() | panels, crowd(most=10), st.sampled_from(GROUPS))
def test_the_pool_finds_people_of_one_group(
    opp: Opportunity, people: list[Participant], of: tuple[tuple[str, str], ...]
) -> None:
    tally = gaps.count(opp, [])
    expected = one_by_one(opp, tally, [p for p in people if is_member(p.categories, of)])
    assert pool_of(people).top(opp, tally, NOW, 20, among=of) == expected


@FEWER
@given(opportunities() | panels, crowd(least=1, most=10), st.data())
def test_changed_and_removed_people_are_counted_as_they_are_now(
    opp: Opportunity, people: list[Participant], data: st.DataObject
) -> None:
    pool = pool_of(people)
    changed = data.draw(participants(people[0].participant_id))
    pool.put(changed)
    gone = {p.participant_id for p in people[1:] if data.draw(st.booleans())}
    for participant_id in [*gone, "nobody"]:
        pool.remove(participant_id)
    new = data.draw(participants("newcomer"))
    pool.put(new)
    now = [changed, *(p for p in people[1:] if p.participant_id not in gone), new]
    assert len(pool) == len(now)
    assert pool.top(opp, gaps.count(opp, []), NOW, 50) == one_by_one(opp, gaps.count(opp, []), now)


def test_nothing_of_someone_who_withdrew_stays_in_the_columns() -> None:
    empty, pool = pool_of([]), pool_of([])
    pool.put(
        Participant(
            "p1",
            answers(sex="female", ethnic_group="black_african"),
            area="E06000001",
            needs=frozenset({"bsl"}),
            proposed=frozenset({"o1"}),
        )
    )
    pool.remove("p1")
    assert all(not row.any() for row in pool._people.bits.values())
    for name, column in pool._people._arrays().items():
        if name != "limit":
            assert (column == empty._people._arrays()[name]).all()
    assert not any(pool._proposed.values())


def board_of(opps: Sequence[Opportunity], holders: Sequence[Categories]) -> OpenOpportunities:
    board = OpenOpportunities(capacity=2)
    for opp in opps:
        board.put(opp, gaps.count(opp, holders))
    return board


def best_for(
    person: Participant, opps: Sequence[Opportunity], holders: Sequence[Categories]
) -> list[Ranked]:
    found = []
    for opp in opps:
        tally = gaps.count(opp, holders)
        if tally.free and not blocks(person, opp, NOW):
            s = scoring.score(opp, tally, person, NOW)
            found.append(Ranked(opp.opportunity_id, s.rank, s.tie))
    return sorted(found, key=lambda r: (-r.rank, r.tie))


several = st.lists(opportunities() | panels, max_size=8).map(
    lambda found: [replace(o, opportunity_id=f"o{i}") for i, o in enumerate(found)]
)


@FEWER
@given(several, participants("p1"), st.lists(categories, max_size=6), st.integers(0, 10))
def test_open_opportunities_are_ranked_for_a_person_as_the_rules_do(
    opps: list[Opportunity], person: Participant, holders: list[Categories], limit: int
) -> None:
    expected = best_for(person, opps, holders)[:limit]
    assert board_of(opps, holders).top(person, NOW, limit) == expected


@FEWER
@given(several, participants("p1"), st.lists(categories, max_size=3), categories, st.data())
def test_a_filled_seat_and_a_closed_opportunity_count_at_once(
    opps: list[Opportunity],
    person: Participant,
    holders: list[Categories],
    taker: Categories,
    data: st.DataObject,
) -> None:
    board = board_of(opps, holders)
    more = [*holders, taker]
    for opp in opps:
        board.recount(opp.opportunity_id, gaps.count(opp, more))
    closed = {o.opportunity_id for o in opps if data.draw(st.booleans())}
    for opportunity_id in [*closed, "none"]:
        board.remove(opportunity_id)
    new = replace(data.draw(opportunities()), opportunity_id="new")
    board.put(new, gaps.count(new, more))
    left = [*(o for o in opps if o.opportunity_id not in closed), new]
    assert len(board) == len(left)
    assert board.top(person, NOW, 20) == best_for(person, left, more)


def test_a_seat_holder_is_not_offered_the_same_panel_again() -> None:
    opps = [Opportunity("o1", 8), Opportunity("o2", 8)]
    found = board_of(opps, []).top(Participant("p1"), NOW, 5, holds=["o1", "closed"])
    assert [r.id for r in found] == ["o2"]


def test_a_tiny_share_of_a_single_filled_seat_fits_the_columns() -> None:
    opp = Opportunity("o1", 1, (Target("c", CARERS, proportion=0.00195),))
    carer = answers(lived_experience="unpaid_carer")
    tally = gaps.count(opp, [carer])
    table = OpenOpportunities()
    table.put(opp, tally)
    assert table.top(Participant("p", carer), NOW, 1) == []
    table.recount("o1", tally.without_person(carer))
    assert [found.id for found in table.top(Participant("p", carer), NOW, 1)] == ["o1"]


def test_a_person_of_two_groups_is_ranked_by_both() -> None:
    opps = [
        Opportunity("women", 8, (Target("w", WOMEN, least=1), Target("b", BLACK, least=1))),
        Opportunity("none", 8),
    ]
    person = Participant("p1", answers(sex="female", ethnic_group="black_african"))
    first, second = board_of(opps, []).top(person, NOW, 5)
    assert (first.id, first.rank) == ("women", gaps.GAIN_SCALE * scoring.GAIN_UNIT)
    assert (second.id, second.rank) == ("none", 0)


def test_the_columns_tell_their_size() -> None:
    pool = ParticipantPool(capacity=8_000)
    assert 50 * 8_000 < pool.nbytes < 90 * 8_000
    assert OpenOpportunities(capacity=1_000).nbytes < 100 * 1_000
