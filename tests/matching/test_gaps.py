from __future__ import annotations

import math
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.matching import gaps
from services.matching.characteristics import Categories, is_unstated
from services.matching.model import Opportunity, Policy
from services.matching.targets import Target
from tests.matching.people import (
    BLACK,
    CARERS,
    WOMEN,
    YOUNG_CARERS,
    answers,
    categories,
    opportunities,
)

MAN, WOMAN = answers(sex="male"), answers(sex="female")
UNSAID = answers(sex="prefer_not_to_say", ethnic_group="prefer_not_to_say")
panels = st.lists(categories, max_size=8)


def tally_of(target: Target, *holders: Categories, seats: int = 8) -> gaps.Tally:
    return gaps.count(Opportunity("o1", seats, (target,)), holders)


def test_a_gap_counts_the_seats_still_to_fill_against_all_seats() -> None:
    found = gaps.gap(tally_of(Target("t", WOMEN, proportion=0.5), MAN, WOMAN, seats=8), 0)
    assert (found.held, found.filled, found.short, found.share) == (1, 2, 3.0, 0.5)


def test_prefer_not_to_say_counts_as_a_seat_and_in_no_group() -> None:
    target = Target("t", WOMEN, proportion=0.5)
    found = gaps.gap(tally_of(target, WOMAN, UNSAID, UNSAID, UNSAID), 0)
    assert (found.filled, found.held, found.unstated, found.share) == (4, 1, 3, 0.25)


@given(opportunities(), panels)
def test_prefer_not_to_say_never_moves_the_index(
    opp: Opportunity, holders: list[Categories]
) -> None:
    tally = gaps.count(opp, holders)
    assert gaps.index(tally.with_person(UNSAID)) == gaps.index(tally)


def test_someone_who_gave_the_broad_group_only_may_be_in_a_detail_of_it() -> None:
    roma = (("ethnic_group", "white_roma"),)
    assert is_unstated(answers(ethnic_group="white"), roma)
    assert not is_unstated(answers(ethnic_group="white_irish"), roma)
    assert not is_unstated(answers(ethnic_group="asian"), roma)


def test_none_of_these_is_an_answer_and_not_a_missing_one() -> None:
    assert not is_unstated(answers(lived_experience="none"), CARERS)
    assert is_unstated(answers(lived_experience="prefer_not_to_say"), CARERS)


def test_an_intersection_counts_only_people_in_every_part() -> None:
    target = Target("t", YOUNG_CARERS, least=2)
    both = answers(age_band="18_24", lived_experience="unpaid_carer")
    older = answers(age_band="65_74", lived_experience="unpaid_carer")
    assert tally_of(target, both, older).held == (1,)


def test_a_group_without_a_benchmark_never_shows_a_gap() -> None:
    found = gaps.gap(tally_of(Target("t", CARERS), MAN, MAN, MAN, MAN, MAN, MAN), 0)
    assert (found.status, found.distance) == ("no_benchmark", 0.0)


@given(opportunities(), panels)
def test_watched_groups_never_move_the_index(opp: Opportunity, holders: list[Categories]) -> None:
    watched = tuple(Target(t.target_id, t.group) for t in opp.targets)
    assert gaps.index(gaps.count(Opportunity("o", opp.seats, watched), holders)) == 0


def test_with_few_filled_seats_nobody_can_tell() -> None:
    target = Target("t", WOMEN, proportion=0.51)
    assert gaps.gap(tally_of(target, MAN, MAN, MAN, MAN), 0).status == "too_few_to_tell"


def test_a_gap_is_claimed_when_the_whole_interval_lies_below_the_target() -> None:
    target = Target("t", WOMEN, proportion=0.51)
    assert gaps.gap(tally_of(target, *[MAN] * 8), 0).status == "under"
    assert gaps.gap(tally_of(target, *[MAN] * 5, *[WOMAN] * 3), 0).status == "too_few_to_tell"
    assert gaps.gap(tally_of(target, *[MAN] * 3, *[WOMAN] * 4), 0).status == "met"


def test_a_number_of_seats_is_a_count_and_needs_no_interval() -> None:
    assert gaps.gap(tally_of(Target("t", WOMEN, least=1), MAN), 0).status == "under"
    assert gaps.gap(tally_of(Target("t", WOMEN, least=1), WOMAN), 0).status == "met"
    assert gaps.gap(tally_of(Target("t", WOMEN, most=1), WOMAN, WOMAN), 0).status == "over"


@pytest.mark.parametrize(
    ("held", "filled", "low", "high"),
    [(0, 8, 0.0, 0.3244), (5, 10, 0.2366, 0.7634), (1, 20, 0.0089, 0.2361), (0, 0, 0.0, 1.0)],
)
def test_the_interval_is_wilsons(held: int, filled: int, low: float, high: float) -> None:
    assert gaps.wilson(held, filled) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_ends_of_the_interval_are_where_the_score_test_is_even(pair: tuple[int, int]) -> None:
    held, filled = pair
    for end in gaps.wilson(held, filled):
        error = 1.96 * math.sqrt(end * (1 - end) / filled)
        assert abs(held / filled - end) == pytest.approx(error, abs=1e-6)


@given(opportunities(), panels, categories)
def test_one_person_more_gives_the_same_as_counting_anew(
    opp: Opportunity, holders: list[Categories], person: Categories
) -> None:
    assert gaps.count(opp, holders).with_person(person) == gaps.count(opp, [*holders, person])


@given(opportunities(), panels, categories)
def test_freeing_a_seat_undoes_filling_it(
    opp: Opportunity, holders: list[Categories], person: Categories
) -> None:
    tally = gaps.count(opp, holders)
    assert tally.with_person(person).without_person(person) == tally


def test_a_seat_nobody_holds_cannot_be_freed() -> None:
    with pytest.raises(ValueError, match="Nobody with these answers"):
        tally_of(Target("t", WOMEN, least=1), MAN).without_person(WOMAN)


@given(opportunities(), panels, st.randoms(use_true_random=False))
def test_the_order_of_people_does_not_matter(
    opp: Opportunity, holders: list[Categories], rng: random.Random
) -> None:
    shuffled = list(holders)
    rng.shuffle(shuffled)
    assert gaps.count(opp, shuffled) == gaps.count(opp, holders)


@given(opportunities(), panels)
def test_the_index_lies_between_0_and_1_and_is_0_when_every_target_is_met(
    opp: Opportunity, holders: list[Categories]
) -> None:
    tally = gaps.count(opp, holders)
    assert 0 <= gaps.index(tally) <= 1
    assert (gaps.index(tally) == 0) == all(g.distance == 0 for g in gaps.gaps(tally))


@given(opportunities(), panels, categories)
def test_the_index_never_rises_when_someone_takes_a_seat_without_going_over_a_greatest_number(
    opp: Opportunity, holders: list[Categories], person: Categories
) -> None:
    before = gaps.count(opp, holders)
    after = before.with_person(person)
    pairs = zip(gaps.gaps(before), gaps.gaps(after), strict=True)
    assume(all(a.above <= b.above for b, a in pairs))
    assert gaps.index(after) <= gaps.index(before) + 1e-12


@given(opportunities(), panels, categories)
def test_the_index_falls_when_someone_eases_a_gap_and_widens_none(
    opp: Opportunity, holders: list[Categories], person: Categories
) -> None:
    before = gaps.count(opp, holders[: opp.seats - 1])
    after = before.with_person(person)
    pairs = list(zip(gaps.gaps(before), gaps.gaps(after), strict=True))
    assume(all(a.above <= b.above for b, a in pairs))
    assume(any(a.short < b.short - 1e-6 for b, a in pairs))
    assert gaps.index(after) < gaps.index(before)


def test_with_shares_of_all_categories_the_distances_make_the_index_of_dissimilarity() -> None:
    both = (Target("f", WOMEN, proportion=0.5), Target("m", (("sex", "male"),), proportion=0.5))
    tally = gaps.count(Opportunity("o", 8, both), [MAN] * 7 + [WOMAN])
    dissimilarity = 0.5 * (abs(7 / 8 - 0.5) + abs(1 / 8 - 0.5))
    assert sum(g.distance for g in gaps.gaps(tally)) / 8 == pytest.approx(dissimilarity)


def test_a_heavier_target_weighs_more_in_the_index() -> None:
    def index(weight: float) -> float:
        targets = (Target("b", BLACK, least=2, weight=weight), Target("w", WOMEN, least=2))
        return gaps.index(gaps.count(Opportunity("o", 8, targets), [WOMAN, WOMAN]))

    assert index(3) == pytest.approx(0.75)
    assert index(1) == pytest.approx(0.5)


def test_the_few_rule_is_a_setting() -> None:
    tally = tally_of(Target("t", WOMEN, proportion=1.0), MAN, MAN)
    assert gaps.gap(tally, 0, Policy(too_few=2)).status == "under"
