from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching import gaps, scoring
from services.matching.characteristics import Categories, is_member
from services.matching.eligibility import blocks
from services.matching.model import Opportunity, Participant, Policy
from services.matching.targets import Target
from tests.matching.people import (
    ASIAN,
    BLACK,
    CARERS,
    NOW,
    WOMEN,
    YOUNG,
    answers,
    categories,
    crowd,
    fit_crowd,
    opportunities,
    panels,
    participants,
)
from tests.support.examples import examples

ONE_OF_A_KIND = (BLACK, ASIAN, (("ethnic_group", "white"),))


def panel(*targets: Target, seats: int = 8) -> Opportunity:
    return Opportunity("o1", seats, targets)


def proposed(opp: Opportunity, people: list[Participant], *holders: Categories) -> list[str]:
    tally = gaps.count(opp, holders)
    return [p.participant_id for p in scoring.propose(opp, tally, people, NOW)]


def test_whoever_eases_the_greater_gap_comes_first() -> None:
    opp = panel(Target("w", WOMEN, least=4), Target("b", BLACK, least=2, weight=3.0))
    people = [
        Participant("man", answers(sex="male")),
        Participant("woman", answers(sex="female")),
        Participant("black_woman", answers(sex="female", ethnic_group="black_african")),
    ]
    assert proposed(opp, people) == ["black_woman", "woman", "man"]


def test_new_voices_come_before_familiar_voices() -> None:
    opp = panel(Target("w", WOMEN, least=4))
    people = [
        Participant("familiar", answers(sex="female"), seat_ends=(None,)),
        Participant("new", answers(sex="male")),
    ]
    assert proposed(opp, people) == ["new", "familiar"]


def test_whoever_takes_a_group_over_its_greatest_number_comes_last() -> None:
    opp = panel(Target("w", WOMEN, most=1))
    people = [
        Participant("over", answers(sex="female")),
        Participant("familiar", answers(sex="male"), seat_ends=(None,)),
    ]
    assert proposed(opp, people, answers(sex="female")) == ["familiar", "over"]


def test_each_choice_counts_before_the_next_is_made() -> None:
    opp = panel(Target("w", WOMEN, least=1), Target("y", YOUNG, least=1), seats=2)
    opp = replace(opp, targets=(opp.targets[0], replace(opp.targets[1], weight=0.5)))
    people = [
        Participant("w1", answers(sex="female")),
        Participant("w2", answers(sex="female")),
        Participant("y1", answers(sex="male", age_band="18_24")),
    ]
    policy = Policy(pair_below=0.0)
    found = scoring.propose(opp, gaps.count(opp, []), people, NOW, policy=policy)
    assert found[1].participant_id == "y1"


def test_people_whose_group_has_no_seat_are_proposed_in_pairs() -> None:
    opp = panel(Target("b", BLACK, least=2))
    people = [
        Participant("b1", answers(ethnic_group="black_african")),
        Participant("a1", answers(ethnic_group="asian_indian")),
        Participant("b2", answers(ethnic_group="black_caribbean"), seat_ends=(None,)),
    ]
    first, second, third = scoring.propose(opp, gaps.count(opp, []), people, NOW)
    assert (first.participant_id, first.pair_with, first.shared) == ("b1", "b2", ("b",))
    assert (second.participant_id, second.pair_with, second.shared) == ("b2", "b1", ("b",))
    assert (third.participant_id, third.pair_with) == ("a1", None)


def test_being_the_only_one_is_said_when_no_second_person_is_there() -> None:
    opp = panel(Target("b", BLACK, least=2))
    people = [Participant("b1", answers(ethnic_group="black"))]
    [only] = scoring.propose(opp, gaps.count(opp, []), people, NOW)
    assert (only.pair_with, only.only_of) == (None, ("b",))


def test_with_one_free_seat_nobody_is_paired() -> None:
    opp = panel(Target("b", BLACK, least=1), seats=1)
    people = [Participant(f"b{i}", answers(ethnic_group="black")) for i in range(2)]
    [only] = scoring.propose(opp, gaps.count(opp, []), people, NOW)
    assert (only.pair_with, only.only_of) == (None, ())  # one seat of one is not a small group


def test_whoever_gives_a_lone_person_company_comes_first_among_equals() -> None:
    opp = panel(Target("b", BLACK), Target("a", ASIAN))
    people = [Participant(f"a{i}", answers(ethnic_group="asian_indian")) for i in range(5)]
    people.append(Participant("company", answers(ethnic_group="black_african")))
    assert proposed(opp, people, answers(ethnic_group="black"))[0] == "company"


def test_a_pair_never_takes_a_group_over_its_greatest_number() -> None:
    opp = panel(Target("b", BLACK, least=2), Target("w", WOMEN, most=1))
    # the gain for one target outweighs the other's loss; the pair is refused all the same
    people = [
        Participant("b1", answers(ethnic_group="black", sex="female")),
        Participant("b2", answers(ethnic_group="black", sex="female")),
    ]
    first, *_ = scoring.propose(opp, gaps.count(opp, []), people, NOW)
    assert first.pair_with is None
    assert first.only_of == ("b",)


def test_ties_are_broken_by_both_ids_and_not_by_arrival() -> None:
    people = [Participant(f"p{i}") for i in range(20)]
    orders = {tuple(proposed(Opportunity(f"o{k}", 20), people)) for k in range(5)}
    assert len(orders) == 5
    assert tuple(p.participant_id for p in people) not in orders


def test_the_tie_break_never_changes_between_versions() -> None:
    assert scoring.tie_break("opportunity-1", "participant-1") == 2919030454753689626


@settings(max_examples=examples(150))
@given(opportunities() | panels, crowd() | fit_crowd(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_never_matters(
    opp: Opportunity, people: list[Participant], rng: random.Random
) -> None:
    tally = gaps.count(opp, [])
    shuffled = list(people)
    rng.shuffle(shuffled)
    assert scoring.propose(opp, tally, shuffled, NOW) == scoring.propose(opp, tally, people, NOW)


@given(opportunities(), participants("p1"), st.lists(categories, max_size=6), st.randoms())
def test_the_order_of_targets_never_matters(
    opp: Opportunity, person: Participant, holders: list[Categories], rng: random.Random
) -> None:
    targets = list(opp.targets)
    rng.shuffle(targets)
    turned = replace(opp, targets=tuple(targets))
    before = scoring.score(opp, gaps.count(opp, holders), person, NOW)
    assert scoring.score(turned, gaps.count(turned, holders), person, NOW) == before


@settings(max_examples=examples(150))
@given(opportunities() | panels, crowd() | fit_crowd(), st.lists(categories, max_size=6))
def test_no_hard_rule_is_ever_broken_and_no_seat_overfilled(
    opp: Opportunity, people: list[Participant], holders: list[Categories]
) -> None:
    tally = gaps.count(opp, holders)
    found = scoring.propose(opp, tally, people, NOW)
    ids = [p.participant_id for p in found]
    assert len(ids) == len(set(ids)) <= tally.free
    by_id = {p.participant_id: p for p in people}
    assert all(not blocks(by_id[i], opp, NOW) for i in ids)
    fit = [p for p in people if not blocks(p, opp, NOW)]
    assert len(ids) == min(tally.free, len(fit))


@settings(max_examples=examples(150))
@given(panels, fit_crowd(), st.lists(categories, max_size=6))
def test_nobody_is_left_alone_while_a_seat_and_a_second_person_are_there(
    opp: Opportunity, people: list[Participant], holders: list[Categories]
) -> None:
    tally = gaps.count(opp, holders)
    by_id = {p.participant_id: p for p in people}
    found = scoring.propose(opp, tally, people, NOW)
    for i, proposal in enumerate(found):
        person = by_id[proposal.participant_id]
        if proposal.pair_with is None and proposal.only_of and i + 1 < len(found):
            for later in found[i + 1 :]:
                other = by_id[later.participant_id]
                after = tally.with_person(person.categories)
                worth = scoring.worth_of(after, scoring.steps(after), other.categories)
                alone = scoring.alone_in(tally, person.categories)
                assert worth.widens or not any(is_member(other.categories, t.group) for t in alone)
        tally = tally.with_person(person.categories)


@settings(max_examples=examples(150))
@given(panels, fit_crowd(), participants("newcomer"), st.lists(categories, max_size=6))
def test_a_newcomer_of_an_under_represented_group_never_lowers_its_chance_of_the_next_seat(
    opp: Opportunity, people: list[Participant], newcomer: Participant, holders: list[Categories]
) -> None:
    tally = gaps.count(opp, holders)
    without = scoring.propose(opp, tally, people, NOW, limit=1)
    with_them = scoring.propose(opp, tally, [*people, newcomer], NOW, limit=1)
    cats = {p.participant_id: p.categories for p in [*people, newcomer]}
    for gap in gaps.gaps(tally):
        of = gap.target.group
        if gap.short > 0 and is_member(newcomer.categories, of):
            had = any(is_member(cats[p.participant_id], of) for p in without)
            has = any(is_member(cats[p.participant_id], of) for p in with_them)
            assert has >= had


@settings(max_examples=examples(200))
@given(
    fit_crowd(most=10),
    categories,
    st.lists(categories, max_size=4),
    st.tuples(*[st.floats(0, 0.33)] * 3),
    st.integers(1, 8),
)
def test_a_newcomer_never_lowers_how_far_the_target_of_their_group_is_filled(
    people: list[Participant],
    newcomer_categories: Categories,
    holders: list[Categories],
    shares: tuple[float, ...],
    seats: int,
) -> None:
    targets = [
        Target(f"t{i}", of, proportion=share)
        for i, (of, share) in enumerate(zip(ONE_OF_A_KIND, shares, strict=True))
    ]
    opp = panel(*targets, seats=seats)
    tally = gaps.count(opp, holders)
    newcomer = Participant("newcomer", newcomer_categories)
    everyone = [replace(p, seat_ends=()) for p in [*people, newcomer]]
    cats = {p.participant_id: p.categories for p in everyone}

    def filled(pool: list[Participant], t: Target) -> float:
        after = tally
        for p in scoring.propose(opp, tally, pool, NOW):
            after = after.with_person(cats[p.participant_id])
        return min(after.held[targets.index(t)], t.floor(seats))

    for gap in gaps.gaps(tally):
        if gap.short > 0 and is_member(newcomer.categories, gap.target.group):
            assert filled(everyone, gap.target) >= filled(everyone[:-1], gap.target) - 1e-9


@given(opportunities(), participants("p1"), st.lists(categories, max_size=6))
def test_the_gain_is_the_fall_of_the_index(
    opp: Opportunity, person: Participant, holders: list[Categories]
) -> None:
    tally = gaps.count(opp, holders[: opp.seats - 1])
    fall = gaps.index(tally) - gaps.index(tally.with_person(person.categories))
    found = scoring.score(opp, tally, person, NOW)
    assert found.gain == pytest.approx(fall * gaps.GAIN_SCALE, abs=len(opp.targets) + 1)


@given(
    st.integers(-gaps.GAIN_SCALE, gaps.GAIN_SCALE),
    st.integers(0, 60),
    st.integers(0, 60),
    st.booleans(),
)
def test_the_rank_keeps_the_order_of_the_rules_and_fits_32_bits(
    gain: int, widens: int, joined: int, familiar: bool
) -> None:
    def rank(gain: int, widens: int, joined: int, familiar: bool) -> int:
        return scoring.rank_of(scoring.Worth(gain, widens, joined), familiar)

    here = rank(gain, widens, joined, familiar)
    assert -(2**31) <= here < 2**31
    assert rank(gain, widens, joined + 1, familiar) > here
    if gain < gaps.GAIN_SCALE:
        assert rank(gain + 1, widens, 0, familiar) > rank(gain, widens, 60, familiar)
    assert rank(0, widens, 0, False) > rank(gaps.GAIN_SCALE, widens, 60, True)
    assert rank(0, widens, 0, True) > rank(gaps.GAIN_SCALE, widens + 1, 60, False)


def test_carers_are_counted_once_in_a_target_of_their_own() -> None:
    opp = panel(Target("c", CARERS, least=1))
    carer = Participant("c", answers(lived_experience=("unpaid_carer", "dementia")))
    assert scoring.score(opp, gaps.count(opp, []), carer, NOW).gain == gaps.GAIN_SCALE
