"""The lottery: fair, proven, and never against a target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.selection import (
    Group,
    Participant,
    Request,
    Rule,
    SoftTarget,
    Target,
    TargetsOutOfReachError,
    UnclearRequestError,
    fair_lottery,
)
from services.matching.selection.lottery import TICKETS
from tests.matching.selection import brute
from tests.support.examples import examples

UNDER_25 = Group.of("people under 25", ("age", "under_25"))
CARERS = Group.of("carers", ("carer", "yes"))
few = settings(max_examples=examples(60), deadline=None)


def people(*answers):
    return tuple(
        Participant.of(f"p{i:03d}", dict(zip(("age", "carer"), one, strict=True)))
        for i, one in enumerate(answers)
    )


@few
@given(brute.requests(soft=True), st.sampled_from(Rule))
def test_no_panel_of_the_lottery_breaks_a_target(request_, rule):
    lottery = fair_lottery(request_, rule)
    pool = lottery.pool
    least = brute.soft_cost(request_, brute.all_panels(request_)[0])
    by_id = {person.id: person for person in request_.pool}
    for panel in lottery.panels:
        chosen = [
            by_id[person]
            for ids, count in zip(pool.ids, panel, strict=True)
            for person in ids[:count]
        ]
        assert len(chosen) == request_.seats
        assert brute.off_target(request_, chosen) == (0, 0)
        assert brute.soft_cost(request_, chosen) == least


@few
@given(brute.requests(), st.sampled_from(Rule))
def test_chances_sum_to_the_seats_and_tickets_to_all_tickets(request_, rule):
    lottery = fair_lottery(request_, rule)
    chances = lottery.chance_of()
    assert set(chances) == {person.id for person in request_.pool}
    assert sum(chances.values()) == pytest.approx(request_.seats, abs=1e-9)
    assert all(-1e-12 <= chance <= 1 + 1e-12 for chance in chances.values())
    assert lottery.tickets.sum() == TICKETS
    assert (lottery.tickets > 0).all()


@few
@given(brute.requests(soft=True))
def test_the_smallest_chance_is_the_largest_possible_by_looking_at_every_panel(request_):
    expected = brute.leximin(request_)
    lottery = fair_lottery(request_, Rule.MAXIMIN)
    chances = lottery.chance_of()
    assert lottery.proven
    assert lottery.minimum == pytest.approx(min(expected.values()), abs=2e-5)
    assert lottery.bound >= min(expected.values()) - 1e-6
    assert min(chances[person] for person in expected) == pytest.approx(lottery.minimum)


@few
@given(brute.requests(soft=True))
def test_every_chance_is_the_leximin_one_by_looking_at_every_panel(request_):
    expected = brute.leximin(request_)
    lottery = fair_lottery(request_, Rule.LEXIMIN)
    assert lottery.proven
    for person, chance in lottery.chance_of().items():
        assert chance == pytest.approx(expected.get(person, 0.0), abs=5e-5)


@few
@given(brute.requests(soft=True), st.sampled_from(Rule), st.randoms(use_true_random=False))
def test_the_order_of_people_and_targets_does_not_matter(request_, rule, random):
    def shuffled(things):
        things = list(things)
        random.shuffle(things)
        return tuple(things)

    other = replace(
        request_,
        pool=shuffled(request_.pool),
        targets=shuffled(request_.targets),
        soft_targets=shuffled(request_.soft_targets),
        members=shuffled(request_.members),
    )
    one, two = fair_lottery(request_, rule), fair_lottery(other, rule)
    assert one.chance_of() == two.chance_of()
    assert (one.panels == two.panels).all()
    assert (one.tickets == two.tickets).all()


@few
@given(brute.requests())
def test_people_with_the_same_answers_have_the_same_chance(request_):
    chances = fair_lottery(request_).chance_of()
    by_answers = {}
    for person in request_.pool:
        by_answers.setdefault(person.categories, set()).add(chances[person.id])
    assert all(len(same) == 1 for same in by_answers.values())


@few
@given(brute.requests(), st.sampled_from(Rule))
def test_the_proof_holds_against_every_panel(request_, rule):
    lottery = fair_lottery(request_, rule)
    if lottery.proof is None:
        assert lottery.bound == pytest.approx(1.0)
        return
    assert (lottery.proof >= 0).all()
    assert lottery.proof @ lottery.pool.sizes == pytest.approx(1.0)
    weight = {
        person: weight
        for ids, weight in zip(lottery.pool.ids, lottery.proof, strict=True)
        for person in ids
    }
    heaviest = max(sum(weight[p.id] for p in panel) for panel in brute.all_panels(request_))
    assert heaviest <= lottery.bound + 1e-6


def test_exact_targets_are_met_by_every_panel_of_a_larger_pool():
    rng = np.random.default_rng(7)
    ages, carers = ("under_25", "25_to_64", "over_65"), ("yes", "no")
    areas = ("north", "south", "east", "west")
    pool = tuple(
        Participant.of(
            f"p{i:03d}",
            {
                "age": ages[rng.choice(3, p=(0.15, 0.5, 0.35))],
                "carer": carers[rng.choice(2, p=(0.3, 0.7))],
                "area": areas[rng.choice(4, p=(0.1, 0.2, 0.3, 0.4))],
            },
        )
        for i in range(150)
    )
    wanted = {"age": (5, 9, 6), "carer": (8, 12), "area": (5, 5, 5, 5)}
    codes = {"age": ages, "carer": carers, "area": areas}
    targets = tuple(
        Target(Group.of(f"{name} {code}", (name, code)), seats, seats)
        for name, counts in wanted.items()
        for code, seats in zip(codes[name], counts, strict=True)
    )
    lottery = fair_lottery(Request(pool, 20, targets))
    assert lottery.proven
    assert lottery.reachable.all()
    assert all(lottery.pool.meets_targets(panel) for panel in lottery.panels)
    assert (lottery.panels @ lottery.pool.in_target == lottery.pool.lower).all()


def test_with_no_targets_everyone_has_the_same_chance():
    lottery = fair_lottery(Request(people(*[("under_25", "yes")] * 3, ("over_65", "no")), 2))
    assert set(lottery.chance_of().values()) == {0.5}


def test_leximin_goes_on_where_maximin_may_stop():
    """One person must always be chosen; the others share the second seat by their own target."""
    pool = people(("under_25", "yes"), ("over_65", "no"), ("over_65", "no"), ("over_65", "no"))
    lottery = fair_lottery(Request(pool, 2, (Target(UNDER_25, 1),)))
    chances = lottery.chance_of()
    assert chances["p000"] == 1.0
    assert chances["p001"] == chances["p003"] == pytest.approx(1 / 3, abs=1e-8)


def test_members_already_seated_count_towards_a_target():
    pool = people(("under_25", "no"), ("over_65", "no"))
    member = Participant.of("m", {"age": "under_25"})
    lottery = fair_lottery(Request(pool, 1, (Target(UNDER_25, 0, 1),), members=(member,)))
    assert lottery.chance_of() == {"p000": 0.0, "p001": 1.0}
    assert lottery.minimum == 1.0


def test_someone_who_prefers_not_to_say_takes_a_seat_but_fills_no_target():
    pool = people(("prefer_not_to_say", None), ("under_25", "no"), ("under_25", "no"))
    lottery = fair_lottery(Request(pool, 2, (Target(UNDER_25, 1, 1),)))
    assert lottery.chance_of() == {"p000": 1.0, "p001": 0.5, "p002": 0.5}


def test_a_person_in_several_categories_of_one_characteristic_counts_in_each():
    deaf, blind = (Group.of(code, ("impairment", code)) for code in ("hearing", "sight"))
    both = Participant.of("both", {"impairment": ["hearing", "sight"]})
    other = Participant.of("other", {"impairment": "hearing"})
    lottery = fair_lottery(Request((both, other), 1, (Target(deaf, 1), Target(blind, 1))))
    assert lottery.chance_of() == {"both": 1.0, "other": 0.0}


def test_a_target_on_an_intersection_is_not_met_by_the_two_halves():
    pool = people(("under_25", "no"), ("over_65", "yes"), ("under_25", "yes"))
    young_carers = Group.of("carers under 25", ("age", "under_25"), ("carer", "yes"))
    lottery = fair_lottery(Request(pool, 1, (Target(young_carers, 1),)))
    assert lottery.chance_of()["p002"] == 1.0


def test_a_soft_target_gives_way_to_a_hard_one():
    pool = people(*[("under_25", "yes")] * 2, *[("over_65", "no")] * 2)
    request_ = Request(pool, 2, (Target(CARERS, 0, 1),), (SoftTarget(UNDER_25, 2),))
    lottery = fair_lottery(request_)
    assert lottery.soft_budget == 1
    assert lottery.chance_of() == pytest.approx(dict.fromkeys(lottery.chance_of(), 0.5))


def test_an_allowance_lets_soft_targets_give_way_to_fairness():
    pool = people(*[("under_25", "yes")] * 2, *[("over_65", "no")] * 6)
    request_ = Request(pool, 2, soft_targets=(SoftTarget(UNDER_25, 2),))
    strict, free = fair_lottery(request_), fair_lottery(request_, soft_allowance=2)
    assert strict.chance_of()["p000"] == 1.0
    assert free.chance_of()["p007"] == pytest.approx(0.25)


@few
@given(brute.requests(soft=True), st.integers(1, 2))
def test_with_an_allowance_each_group_is_off_by_at_most_so_many_seats_more(request_, allowance):
    def off(soft, panel):
        held = sum(soft.group.includes(person) for person in (*panel, *request_.members))
        return abs(held - soft.seats)

    lottery = fair_lottery(request_, soft_allowance=allowance)
    best = brute.all_panels(request_)
    by_id = {person.id: person for person in request_.pool}
    for panel in lottery.panels:
        chosen = [
            by_id[person]
            for ids, count in zip(lottery.pool.ids, panel, strict=True)
            for person in ids[:count]
        ]
        assert brute.off_target(request_, chosen) == (0, 0)
        for soft in request_.soft_targets:
            assert off(soft, chosen) <= max(off(soft, one) for one in best) + allowance


def test_the_same_request_gives_the_same_lottery():
    request_ = Request(people(*[("under_25", "yes"), ("over_65", "no")] * 8), 5)
    one, two = fair_lottery(request_), fair_lottery(request_)
    assert (one.panels == two.panels).all()
    assert (one.tickets == two.tickets).all()


def test_targets_out_of_reach_are_refused_with_what_would_help():
    with pytest.raises(TargetsOutOfReachError) as refused:
        fair_lottery(
            Request(people(("over_65", "yes"), ("over_65", "no")), 1, (Target(CARERS, 2),))
        )
    assert refused.value.relaxation.changes[0].minimum == 1


@few
@given(st.integers(1, 6), st.integers(1, 12), st.integers(1, 5), st.integers(0, 5))
def test_a_new_participant_of_an_underrepresented_group_never_lowers_its_chance(
    young, old, seats, minimum
):
    """Underrepresented: fewer in the pool, by share, than the target asks for."""
    if (
        seats > young + old
        or minimum > min(seats, young)
        or minimum * (young + old) < seats * young
    ):
        return

    def expected(count):
        pool = people(*[("under_25", "no")] * count, *[("over_65", "no")] * old)
        lottery = fair_lottery(Request(pool, seats, (Target(UNDER_25, minimum),)))
        chances = lottery.chance_of()
        return sum(chances[p.id] for p in pool if UNDER_25.includes(p))

    assert expected(young + 1) >= expected(young) - 1e-7


@few
@given(brute.requests(members=False), st.data())
def test_a_group_held_at_its_minimum_keeps_its_seats_when_one_more_joins(request_, data):
    lottery = fair_lottery(request_)
    if not lottery.pool.targets:
        return
    held = (lottery.tickets @ lottery.panels / TICKETS) @ lottery.pool.in_target
    at_minimum = [
        target
        for target, seats in zip(lottery.pool.targets, held, strict=True)
        if target.minimum and seats <= target.minimum + 1e-9
    ]
    if not at_minimum:
        return
    target = data.draw(st.sampled_from(at_minimum))
    more = data.draw(st.sets(st.sampled_from(brute.CATEGORIES)))
    joined = Participant("new", target.group.categories | more)
    after = fair_lottery(replace(request_, pool=(*request_.pool, joined))).chance_of()
    people_ = [p for p in (*request_.pool, joined) if target.group.includes(p)]
    assert sum(after[p.id] for p in people_) >= target.minimum - 1e-7


@pytest.mark.parametrize(
    "make",
    [
        lambda: Target(CARERS, 3, 2),
        lambda: Target(CARERS, -1),
        lambda: Group.of("nobody"),
        lambda: SoftTarget(CARERS, 1, 0),
        lambda: Request((Participant("a"), Participant("a")), 1),
        lambda: Request((Participant("a"),), 1, members=(Participant("a"),)),
        lambda: Request((Participant("a"),), 1, (Target(CARERS), Target(CARERS, 1))),
        lambda: Request((), -1),
    ],
)
def test_a_request_that_contradicts_itself_is_refused(make):
    with pytest.raises(UnclearRequestError):
        make()


@pytest.mark.parametrize("pool", [(), people(("under_25", "no"))])
def test_no_seats_means_an_empty_panel(pool):
    lottery = fair_lottery(Request(pool, 0))
    assert lottery.panels.sum() == 0
    assert lottery.tickets.tolist() == [TICKETS]
