from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.matching.suppression import (
    Period,
    Rule,
    Table,
    publishable,
    star_and_round,
    suppress_counts,
    suppress_table,
)
from tests.support.examples import examples

small_tables = st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, 6), min_size=size[1], max_size=size[1]),
        min_size=size[0],
        max_size=size[0],
    )
)


def readings(table: Table, top: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every table of counts that a reader could take the shown one to be."""
    choices = [[c] if c is not None else range(1, top + 1) for row in table.cells for c in row]
    width = len(table.column_totals)
    for flat in itertools.product(*choices):
        rows = tuple(tuple(flat[i : i + width]) for i in range(0, len(flat), width))
        if _agrees(table, rows):
            yield rows


def _agrees(table: Table, rows: Sequence[Sequence[int]]) -> bool:
    sums = [
        *zip(table.row_totals, (sum(r) for r in rows), strict=True),
        *zip(table.column_totals, (sum(c) for c in zip(*rows, strict=True)), strict=True),
        (table.total, sum(map(sum, rows))),
    ]
    return all(shown is None or shown == true for shown, true in sums)


def hidden(table: Table) -> list[tuple[int, int]]:
    return [
        (r, c) for r, row in enumerate(table.cells) for c, value in enumerate(row) if value is None
    ]


def test_counts_of_one_to_four_are_hidden_and_zero_is_shown() -> None:
    shown, _ = suppress_counts({"a": 0, "b": 1, "c": 4, "d": 5, "e": 9}, total=False)
    assert shown == {"a": 0, "b": None, "c": None, "d": 5, "e": 9}


def test_a_single_hidden_count_takes_the_next_smallest_with_it_when_the_sum_is_shown() -> None:
    shown, total = suppress_counts({"a": 3, "b": 20, "c": 8, "d": 0})
    assert shown == {"a": None, "b": 20, "c": None, "d": 0}
    assert total == 31


def test_two_hidden_ones_would_be_known_from_a_sum_of_two() -> None:
    shown, total = suppress_counts({"a": 1, "b": 1, "c": 30})
    assert shown == {"a": None, "b": None, "c": None}
    assert total == 32


def test_when_everyone_is_in_one_small_group_the_sum_is_hidden_too() -> None:
    shown, total = suppress_counts({"a": 3, "b": 0})
    assert (shown, total) == ({"a": None, "b": 0}, None)


def test_without_a_sum_nothing_more_is_hidden() -> None:
    shown, total = suppress_counts({"a": 3, "b": 20}, total=False)
    assert (shown, total) == ({"a": None, "b": 20}, None)


def test_a_hidden_cell_takes_a_rectangle_with_it() -> None:
    table = suppress_table([[2, 10, 30], [20, 15, 30], [40, 50, 60]])
    assert hidden(table) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert (table.row_totals, table.total) == ((42, 65, 150), 257)


def test_nothing_small_hides_nothing() -> None:
    table = suppress_table([[5, 10], [0, 6]])
    assert table == Table(((5, 10), (0, 6)), (15, 6), (5, 16), 21)


@settings(max_examples=examples(150))
@given(small_tables, st.integers(2, 5), st.booleans(), st.booleans())
def test_no_hidden_count_can_be_worked_out(
    counts: list[list[int]], threshold: int, row_totals: bool, column_totals: bool
) -> None:
    table = suppress_table(
        counts, Rule(threshold), row_totals=row_totals, column_totals=column_totals
    )
    cells = hidden(table)
    assume(len(cells) <= 4)  # more would have too many readings to list
    seen: dict[tuple[int, int], set[int]] = {cell: set() for cell in cells}
    for rows in readings(table, top=9):
        for r, c in cells:
            seen[r, c].add(rows[r][c])
    for values in seen.values():
        assert len(values) > 1


def test_a_table_of_many_categories_is_hidden_in_few_places() -> None:
    rng = random.Random(3)
    counts = [[rng.choice([0, 2, 6, 15, 40, 90]) for _ in range(19)] for _ in range(12)]
    small = sum(0 < c < 5 for row in counts for c in row)
    table = suppress_table(counts)
    assert small <= len(hidden(table)) <= 1.5 * small
    assert None not in (*table.row_totals, *table.column_totals, table.total)


@given(small_tables, st.integers(2, 6))
def test_no_small_count_or_total_is_shown_and_what_is_shown_is_true(
    counts: list[list[int]], threshold: int
) -> None:
    table = suppress_table(counts, Rule(threshold))
    true = [*counts, [sum(r) for r in counts], [sum(c) for c in zip(*counts, strict=True)]]
    shown = [*table.cells, table.row_totals, table.column_totals]
    for true_row, shown_row in zip(true, shown, strict=True):
        for value, seen in zip(true_row, shown_row, strict=True):
            assert seen in (None, value)
            assert seen is None or not 0 < seen < threshold


@pytest.mark.parametrize("bad", [[], [[]], [[1], [1, 2]], [[-1]]])
def test_what_is_no_table_of_counts_is_refused(bad: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="same length"):
        suppress_table(bad)


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0"), (1, "*"), (7, "*"), (8, "10"), (12, "10"), (13, "15"), (100, "100"), (102, "100")],
)
def test_monitoring_shows_a_star_or_the_nearest_five(count: int, shown: str) -> None:
    assert star_and_round(count) == shown


def test_the_monitoring_rule_is_a_setting() -> None:
    assert star_and_round(9, Rule(star_up_to=9, round_to=10)) == "*"
    assert star_and_round(14, Rule(star_up_to=9, round_to=10)) == "10"
    with pytest.raises(ValueError, match="below 0"):
        star_and_round(-1)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)))
def test_every_day_is_in_one_fixed_period(day: date) -> None:
    period = Period.holding(day)
    assert period.start <= day < period.end
    assert Period.holding(period.start) == Period.holding(period.end - timedelta(days=1)) == period


@given(st.dates(date(2024, 1, 1), date(2026, 1, 1)), st.integers(0, 1000))
def test_published_periods_have_ended_and_never_overlap(first: date, days: int) -> None:
    today = first + timedelta(days=days)
    periods = publishable(first, today)
    assert all(p.end <= today for p in periods)
    assert all(a.end == b.start for a, b in itertools.pairwise(periods))


def test_a_period_reads_as_words() -> None:
    assert Period.holding(date(2026, 2, 14)).label == "January to March 2026"
    assert Period.holding(date(2026, 12, 31)).end == date(2027, 1, 1)
