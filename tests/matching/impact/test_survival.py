from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.impact.costs import CostLine, by_kind, byar, of_hours, per_new_voice
from services.matching.impact.survival import Spell, curve, lasting, longest, median

# Weeks in remission of 21 children treated with 6-MP (Freireich, E. J. and others (1963). Blood 21,
# 699–716), the example of most textbooks; a plus stands for still in remission.
FREIREICH = [
    "6",
    "6",
    "6",
    "6+",
    "7",
    "9+",
    "10",
    "10+",
    "11+",
    "13",
    "16",
    "17+",
    "19+",
    "20+",
    "22",
    "23",
    "25+",
    "32+",
    "32+",
    "34+",
    "35+",
]
REMISSION = [Spell(float(w.strip("+")), not w.endswith("+")) for w in FREIREICH]
PUBLISHED = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}

spells = st.lists(st.builds(Spell, st.floats(0, 400), st.booleans()), min_size=1, max_size=60)


def test_the_curve_is_the_published_one() -> None:
    found = {step.day: round(step.share, 3) for step in curve(REMISSION)}
    assert found == PUBLISHED


def test_the_median_and_its_interval_are_the_published_ones() -> None:
    found = median(curve(REMISSION))
    assert (found.days, found.low, found.high) == (23, 13, None)


def test_waits_that_go_on_make_the_median_longer_and_never_shorter() -> None:
    filled = [Spell(d, True) for d in (5, 10, 15, 20)]
    waiting = [Spell(d, False) for d in (12, 18, 30)]
    assert median(curve(filled)).days == 10
    assert median(curve(filled + waiting)).days == 20


@given(spells)
def test_the_share_only_falls_and_lies_in_its_interval(known: list[Spell]) -> None:
    before = 1.0
    for step in curve(known):
        assert 0 <= step.low <= step.share + 1e-9
        assert step.share <= step.high + 1e-9 <= 1 + 2e-9
        assert step.share <= before
        before = step.share
    assert lasting(curve(known), longest(known))[0] == pytest.approx(before)


@given(st.lists(st.floats(0, 400), min_size=1, max_size=60))
def test_when_everything_has_ended_the_share_is_a_plain_count(days: list[float]) -> None:
    steps = curve(Spell(d, True) for d in days)
    for step in steps:
        assert step.share == pytest.approx(sum(d > step.day for d in days) / len(days))


def test_nothing_ended_has_no_median() -> None:
    assert median(curve([Spell(10, False)])).days is None
    with pytest.raises(ValueError, match="0 days or more"):
        Spell(-1, True)


def test_hours_cost_what_they_cost_half_a_penny_up() -> None:
    assert of_hours(450, 1850) == 13_875
    assert of_hours(1, 30) == 1
    assert of_hours(1, 29) == 0


def test_the_interval_of_a_count_is_near_the_exact_one() -> None:
    # Exact Poisson limits for 10: 4.795 and 18.390 (Garwood, 1936).
    low, high = byar(10)
    assert low == pytest.approx(4.795, abs=0.02)
    assert high == pytest.approx(18.390, abs=0.02)
    assert byar(0)[0] == 0


def test_cost_per_new_voice_is_none_without_one() -> None:
    assert per_new_voice(10_000, 0) is None
    found = per_new_voice(100_000, 10)
    assert found is not None
    assert (found.pence, round(found.low), round(found.high or 0)) == (10_000, 5437, 20_888)
    assert by_kind([CostLine("travel", 5), CostLine("travel", 6)])["travel"] == 11
