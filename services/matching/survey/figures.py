"""From counts to figures: familiarity by respondent group and by job, and barriers named.

Every share has a Wilson interval (see `gaps.wilson`).

Small numbers. Each table is hidden with `suppression.suppress_table`, and shares are made from what
is left, so no share tells what its table does not:

- Levels: "well" and "very well" are one column, which is the share of those who know it well. The
  jobs' table adds up to the row of staff; if a total of it must be hidden, all of it is.
- Barriers: people who named one and people who did not are two tables with the same margins. What
  either hides is hidden: hiding more than a table needs gives nothing away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.matching.gaps import wilson
from services.matching.suppression import Rule, Table, suppress_table
from services.matching.survey import questions as q
from services.matching.survey.reading import Key

LEVELS = (
    *(label for code, label in q.FAMILIARITY.items() if code not in q.FAMILIAR),
    "Well or very well",
)
"""Columns of the tables of familiarity."""


@dataclass(frozen=True, slots=True)
class Share:
    """``part`` of ``whole`` people, the share and its 95% interval; all None when hidden."""

    label: str
    part: int | None = None
    whole: int | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Levels:
    """One group's answers by level (see `LEVELS`); None for a hidden count."""

    label: str
    counts: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """The briefing's three figures: ``by_group`` and ``by_job`` are of people who know it well."""

    by_group: tuple[Share, ...]
    by_job: tuple[Share, ...]
    barriers: tuple[Share, ...]
    levels_by_group: tuple[Levels, ...]
    levels_by_job: tuple[Levels, ...]
    barriers_by_group: tuple[tuple[str, tuple[Share, ...]], ...]


def of(counts: Mapping[Key, int], rule: Rule) -> Figures:
    """All figures of one survey."""
    groups = suppress_table([_levels(counts, 1, code) for code in q.GROUPS], rule)
    jobs = suppress_table([_levels(counts, 2, code) for code in q.JOBS], rule)
    if None in jobs.column_totals or jobs.total is None:
        jobs = _all_hidden(jobs)
    overall, by_group = _barriers(counts, rule)
    return Figures(
        by_group=_familiar(q.GROUPS, groups),
        by_job=_familiar(q.JOBS, jobs),
        barriers=overall,
        levels_by_group=_rows(q.GROUPS, groups),
        levels_by_job=_rows(q.JOBS, jobs),
        barriers_by_group=by_group,
    )


def _levels(counts: Mapping[Key, int], place: int, code: str) -> list[int]:
    """Answers by level of a respondent group (place 1 of a key) or a job group (2)."""
    found = dict.fromkeys(q.FAMILIARITY, 0)
    for key, people in counts.items():
        if key[0] == "familiarity" and key[place] == code:
            found[key[3]] += people
    well = sum(people for level, people in found.items() if level in q.FAMILIAR)
    return [*(people for level, people in found.items() if level not in q.FAMILIAR), well]


def _all_hidden(table: Table) -> Table:
    cells = tuple(tuple(None for _ in row) for row in table.cells)
    return Table(cells, (None,) * len(cells), (None,) * len(cells[0]), None)


def _familiar(labels: Mapping[str, str], table: Table) -> tuple[Share, ...]:
    """People who know co-production well or very well, of those who said."""
    rows = zip(labels.values(), table.cells, table.row_totals, strict=True)
    return tuple(share(label, cells[-1], whole) for label, cells, whole in rows)


def _rows(labels: Mapping[str, str], table: Table) -> tuple[Levels, ...]:
    return tuple(Levels(x, cells) for x, cells in zip(labels.values(), table.cells, strict=True))


def _barriers(
    counts: Mapping[Key, int], rule: Rule
) -> tuple[tuple[Share, ...], tuple[tuple[str, tuple[Share, ...]], ...]]:
    """Barriers named by everybody, most often first, and by each respondent group."""
    groups, codes = list(q.GROUPS), list(q.BARRIERS)
    asked = [_people(counts, "asked_barriers", group, "") for group in groups]
    named = [[_people(counts, "barrier", group, code) for group in groups] for code in codes]
    others = [[all_ - n for all_, n in zip(asked, row, strict=True)] for row in named]
    yes = suppress_table([*named, asked], rule, column_totals=False)
    no = suppress_table([*others, asked], rule, column_totals=False)

    def both(first: int | None, second: int | None) -> int | None:
        return None if second is None else first

    rows = range(len(codes))
    everybody = both(yes.row_totals[-1], no.row_totals[-1])
    overall = [
        share(q.BARRIERS[codes[r]], both(yes.row_totals[r], no.row_totals[r]), everybody)
        for r in rows
    ]
    of_groups = []
    for g, group in enumerate(groups):
        whole = both(yes.cells[-1][g], no.cells[-1][g])
        parts = [both(yes.cells[r][g], no.cells[r][g]) for r in rows]
        shares = [share(q.BARRIERS[codes[r]], parts[r], whole) for r in rows]
        of_groups.append((q.GROUPS[group], _most_first(shares)))
    return _most_first(overall), tuple(of_groups)


def _people(counts: Mapping[Key, int], question: str, group: str, answer: str) -> int:
    return sum(
        people
        for key, people in counts.items()
        if key[0] == question and key[1] == group and key[3] == answer
    )


def _most_first(shares: list[Share]) -> tuple[Share, ...]:
    return tuple(sorted(shares, key=lambda s: (-(s.value or 0), s.label)))


def share(label: str, part: int | None, whole: int | None) -> Share:
    """The share with its interval; hidden if either count is, or if nobody was asked."""
    if part is None or not whole:
        return Share(label)
    low, high = wilson(part, whole)
    return Share(label, part, whole, part / whole, low, high)
