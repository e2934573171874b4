from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.measures import (
    SeatTaken,
    Stratum,
    concentration,
    gini,
    representativeness,
    spread,
)

NOW = datetime(2026, 3, 2, tzinfo=UTC)
strata = st.dictionaries(
    st.text(max_size=3),
    st.integers(1, 5000).flatmap(lambda n: st.builds(Stratum, st.just(n), st.integers(0, n))),
    min_size=1,
    max_size=6,
)


def seat(who: str, days_ago: int, ended: int | None = None) -> SeatTaken:
    end = None if ended is None else NOW - timedelta(days=ended)
    return SeatTaken(who, NOW - timedelta(days=days_ago), end)


def test_equal_rates_are_fully_representative() -> None:
    found = representativeness({"a": Stratum(1000, 10), "b": Stratum(500, 5)})
    assert (found.rate, found.r_indicator, found.variation) == (0.01, 1.0, 0.0)


def test_the_r_indicator_is_one_less_twice_the_deviation_of_the_rates() -> None:
    found = representativeness({"a": Stratum(100, 60), "b": Stratum(100, 20)})
    assert found.r_indicator == pytest.approx(1 - 2 * 0.2)
    assert found.variation == pytest.approx(0.2 / 0.4)


def test_low_rates_bring_r_near_1_and_leave_the_variation() -> None:
    found = representativeness({"a": Stratum(100_000, 60), "b": Stratum(100_000, 20)})
    assert found.r_indicator > 0.999
    assert found.variation == pytest.approx(0.5)


@given(strata)
def test_r_lies_between_0_and_1(found: dict[str, Stratum]) -> None:
    measured = representativeness(found)
    assert -1e-9 <= measured.r_indicator <= 1 + 1e-9
    assert 0 <= measured.beyond_chance <= measured.variation + 1e-12


@given(strata, st.randoms(use_true_random=False))
def test_the_order_of_categories_does_not_matter(
    found: dict[str, Stratum], rng: random.Random
) -> None:
    items = list(found.items())
    rng.shuffle(items)
    turned = representativeness(dict(items))
    assert turned.r_indicator == pytest.approx(representativeness(found).r_indicator)


def test_even_invitations_show_no_variation_beyond_chance_on_average() -> None:
    rng = random.Random(1)
    squares, raw = [], []
    for _ in range(400):
        drawn = {
            str(n): Stratum(n, sum(rng.random() < 0.1 for _ in range(n))) for n in (50, 100, 200)
        }
        found = representativeness(drawn)
        squares.append(found.beyond_chance**2)
        raw.append(found.variation**2)
    assert sum(squares) < 0.7 * sum(raw)


@pytest.mark.parametrize("bad", [{}, {"a": Stratum(0, 0)}, {"a": Stratum(3, 4)}])
def test_impossible_counts_are_refused(bad: dict[str, Stratum]) -> None:
    with pytest.raises(ValueError, match="residents"):
        representativeness(bad)


def test_a_seat_is_familiar_when_its_holder_took_another_before() -> None:
    seats = [seat("a", 400, ended=100), seat("a", 50), seat("b", 50), seat("c", 20)]
    found = concentration(seats, NOW)
    assert (found.seats, found.people) == (3, 3)
    assert found.familiar_share == pytest.approx(1 / 3)


def test_one_person_with_all_seats_is_fully_concentrated() -> None:
    found = concentration([seat("a", 3), seat("a", 2), seat("a", 1)], NOW, everyone=100)
    assert found.hhi == 1.0
    assert found.gini == pytest.approx(0.99)


def test_one_seat_each_is_not_concentrated() -> None:
    found = concentration([seat(who, 1) for who in "abcd"], NOW)
    assert (found.hhi, found.gini, found.familiar_share) == (0.25, 0.0, 0.0)


def test_ended_and_future_seats_are_not_held() -> None:
    assert concentration([seat("a", 9, ended=1), seat("b", -1)], NOW).seats == 0


def test_there_are_not_more_holders_than_participants() -> None:
    with pytest.raises(ValueError, match="more seat holders"):
        concentration([seat("a", 1), seat("b", 1)], NOW, everyone=1)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20))
def test_gini_is_the_mean_difference_over_twice_the_mean(values: list[int]) -> None:
    n, total = len(values), sum(values)
    pairs = sum(abs(a - b) for a in values for b in values)
    expected = pairs / (2 * n * total) if total else 0.0
    assert gini(Counter(values)) == pytest.approx(expected, abs=1e-12)
    hhi = sum((held / total) ** 2 for held in values) if total else 0.0
    assert spread(Counter(values)).hhi == pytest.approx(hhi)
