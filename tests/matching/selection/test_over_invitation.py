"""How many to invite: against exact sums and simulation."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.selection import PastAnswers, plan_invitations
from services.matching.selection.over_invitation import at_least, rates
from tests.support.examples import examples


def exact(seats, invited, a, b):
    """Beta-binomial tail for whole a and b, in fractions."""

    def rising(x, n):
        return prod((Fraction(x + i) for i in range(n)), start=Fraction(1))

    return sum(
        comb(invited, yes) * rising(a, yes) * rising(b, invited - yes) / rising(a + b, invited)
        for yes in range(seats, invited + 1)
    )


@given(st.integers(0, 12), st.integers(0, 20), st.integers(1, 9), st.integers(1, 9))
def test_the_probability_is_the_beta_binomial_one(seats, invited, a, b):
    assert at_least(seats, invited, a, b) == pytest.approx(float(exact(seats, invited, a, b)))


@settings(max_examples=examples(60))
@given(st.integers(1, 15), st.integers(0, 40), st.integers(0, 40))
def test_one_invitation_fewer_would_not_do(seats, yes, no):
    plan = plan_invitations({"all": seats}, {"all": 400}, {"all": PastAnswers(yes, no)})
    if not plan.enough:
        assert plan.invite == 400
        return
    assert plan.fills >= 0.9
    a, b = rates({"all": PastAnswers(yes, no)})["all"]
    assert plan.invite == seats or at_least(seats, plan.invite - 1, a, b) < 0.9


@settings(max_examples=examples(40), deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=2
    )
)
def test_groups_together_need_as_few_as_any_allocation(groups):
    names = [f"g{i}" for i in range(len(groups))]
    seats = {name: wanted for name, (wanted, _, _) in zip(names, groups, strict=True)}
    history = {n: PastAnswers(yes, no) for n, (_, yes, no) in zip(names, groups, strict=True)}
    plan = plan_invitations(seats, dict.fromkeys(names, 25), history)
    beta = rates(history)
    tables = {n: [at_least(seats[n], k, *beta[n]) for k in range(26)] for n in names}
    enough = [
        sum(counts)
        for counts in product(range(26), repeat=len(names))
        if prod(tables[n][k] for n, k in zip(names, counts, strict=True)) >= 0.9
    ]
    assert plan.enough == bool(enough)
    if enough:
        assert plan.invite == min(enough)


def test_a_group_without_answers_leans_on_all_groups_together():
    beta = rates({"asked often": PastAnswers(80, 20), "never asked": PastAnswers()})
    a, b = beta["never asked"]
    assert a / (a + b) == pytest.approx((0.4 * 5 + 80) / 105)
    assert a + b == pytest.approx(5.0)


def test_with_no_answers_at_all_the_prior_decides():
    a, b = rates({"all": PastAnswers()})["all"]
    assert (a, b) == pytest.approx((2.0, 3.0))


def test_better_rates_need_fewer_invitations():
    few, many = (
        plan_invitations({"all": 10}, {"all": 500}, {"all": past}).invite
        for past in (PastAnswers(90, 10), PastAnswers(10, 90))
    )
    assert few < many


def test_the_plan_says_when_inviting_everyone_is_not_enough():
    plan = plan_invitations({"all": 5}, {"all": 6}, {"all": PastAnswers(1, 9)})
    assert not plan.enough
    assert plan.invite == 6
    assert plan.fills < 0.9


def test_a_group_with_no_seats_to_fill_is_not_invited():
    plan = plan_invitations({"a": 0, "b": 1}, {"a": 9, "b": 50})
    assert plan.groups["a"].invite == 0
    assert plan.groups["a"].fills == 1.0


def test_the_expectation_and_the_overfill_agree_with_a_simulation():
    plan = plan_invitations({"all": 8}, {"all": 100}, {"all": PastAnswers(30, 20)})
    group = plan.groups["all"]
    a, b = rates({"all": PastAnswers(30, 20)})["all"]
    rng = np.random.default_rng(3)
    yes = rng.binomial(group.invite, rng.beta(a, b, 200_000))
    assert group.expected_yes == pytest.approx(yes.mean(), abs=0.05)
    assert group.fills == pytest.approx((yes >= 8).mean(), abs=0.01)
    assert group.overfills == pytest.approx((yes > 8).mean(), abs=0.01)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0])
def test_a_level_that_is_no_probability_is_refused(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        plan_invitations({"all": 1}, {"all": 1}, level=level)
