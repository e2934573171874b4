"""Counting barriers so that nobody can be picked out. Pure: days are passed in.

Only whole months that have ended are counted: two looks within a month would differ by a few
reports, and those would then be known (see `services.matching.suppression`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, get_args

from schemas import vocabulary
from services.matching.suppression import Rule, suppress_counts, suppress_table

Reporter = Literal["participant", "link_worker", "coordinator", "host"]
DoneBy = Literal["host", "coordinator", "link_worker", "participant", "other"]
Outcome = Literal["removed", "eased", "stays"]
REPORTERS: tuple[Reporter, ...] = get_args(Reporter)
MONTHS = 12


class Report(NamedTuple):
    """``number`` reports that are alike."""

    code: str
    reporter: str
    reported_on: date
    number: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """A barrier as it may be shown: one number for each reporter; None is hidden."""

    key: str
    counts: tuple[int | None, ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class Counted:
    """Reports of the months from ``first`` to before ``until``, by barrier and by month.

    ``months``: all reports of each month, by its first day.
    """

    first: date
    until: date
    barriers: tuple[Line, ...]
    months: Mapping[str, int | None]
    totals: Line


def codes() -> dict[str, str]:
    """Barriers that can be counted, with what a person reads."""
    return {category.code: category.label for category in vocabulary.BARRIERS.countable()}


def months_before(today: date, count: int = MONTHS) -> tuple[date, ...]:
    """First days of the whole months that ended before this one began, oldest first."""
    index = today.year * 12 + today.month - 1
    return tuple(date(n // 12, n % 12 + 1, 1) for n in range(index - count, index))


def window(today: date) -> tuple[date, date]:
    """The first day that is counted and the first that is not."""
    return months_before(today)[0], today.replace(day=1)


def count(reports: Iterable[Report], today: date, rule: Rule) -> Counted:
    """Both tables, which share one number: all reports.

    The months would give that number away, and with it a hidden barrier, so where one table has to
    hide it, no month is shown.
    """
    first, until = window(today)
    found = [each for each in reports if first <= each.reported_on < until]
    by_code: Counter[tuple[str, str]] = Counter()
    by_month: Counter[date] = Counter()
    for each in found:
        by_code[each.code, each.reporter] += each.number
        by_month[each.reported_on.replace(day=1)] += each.number
    reported = sorted({each.code for each in found}, key=lambda c: (-_of(by_code, c), c))
    barriers, totals = _lines(reported, by_code, rule)
    counts = {month.isoformat(): by_month[month] for month in months_before(today)}
    months, total = suppress_counts(counts, rule)
    if total is None or totals.total is None:
        months = {month: None if number else 0 for month, number in counts.items()}
    return Counted(first, until, barriers, months, totals)


def _of(counts: Mapping[tuple[str, str], int], key: str) -> int:
    return sum(counts.get((key, reporter), 0) for reporter in REPORTERS)


def _lines(
    keys: list[str], counts: Mapping[tuple[str, str], int], rule: Rule
) -> tuple[tuple[Line, ...], Line]:
    if not keys:
        return (), Line("total", (0,) * len(REPORTERS), 0)
    table = suppress_table([[counts.get((key, r), 0) for r in REPORTERS] for key in keys], rule)
    lines = tuple(
        Line(key, cells, total)
        for key, cells, total in zip(keys, table.cells, table.row_totals, strict=True)
    )
    return lines, Line("total", table.column_totals, table.total)
