"""Where fractional panels promise more than panels can keep."""

from __future__ import annotations

import numpy as np
import pytest

from services.matching.selection import Group, Participant, Request, Rule, Target, fair_lottery
from services.matching.selection.decompose import Effort, Panels, decompose
from services.matching.selection.marginals import FractionalPanels
from services.matching.selection.panels import PanelFinder
from services.matching.selection.pool import pool_types
from tests.matching.selection import brute


@pytest.fixture
def gapped():
    """Nine people, four seats, three exact targets, found by random search."""
    answers = ("001", "000", "110", "100", "101", "011", "111", "110", "110")
    pool = tuple(
        Participant.of(f"p{i}", {f"f{j}": code for j, code in enumerate(one)})
        for i, one in enumerate(answers)
    )
    return Request(
        pool,
        4,
        tuple(
            Target(Group.of(f"group {j}", (f"f{j}", "1")), seats, seats)
            for j, seats in enumerate((2, 1, 2))
        ),
    )


def cut_of(request_):
    pool = pool_types(request_)
    everyone = np.ones(len(pool.sizes), dtype=bool)
    marginals = FractionalPanels(pool, everyone).leximin()
    mixture = decompose(PanelFinder(pool), marginals.seats, Panels(), 1e-6, Effort())
    return pool, marginals, mixture


def test_marginals_that_no_lottery_has_are_cut_off_and_no_panel_is(gapped):
    pool, marginals, mixture = cut_of(gapped)
    assert mixture.cut is not None
    weights, value = mixture.cut
    assert weights @ marginals.seats > value + 1e-6
    kinds = {person: kind for kind, ids in enumerate(pool.ids) for person in ids}
    for panel in brute.all_panels(gapped):
        assert sum(weights[kinds[person.id]] for person in panel) <= value + 1e-9


def test_after_the_cuts_the_lottery_is_the_fairest_of_all(gapped):
    lottery = fair_lottery(gapped, Rule.LEXIMIN)
    expected = brute.leximin(gapped)
    assert lottery.proven
    for person, chance in lottery.chance_of().items():
        assert chance == pytest.approx(expected.get(person, 0.0), abs=1e-5)


def test_with_too_little_effort_the_gap_is_stated_and_nothing_is_claimed(gapped):
    lottery = fair_lottery(gapped, Rule.LEXIMIN, effort=Effort(rounds=1, cuts=1))
    assert not lottery.proven
    assert lottery.shortfall > 0.01
    assert lottery.bound >= lottery.minimum - 1e-9
