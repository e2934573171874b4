"""Small numbers hidden wherever a person could be picked out.

Three protections, to be used together:

1. *Small counts.* A count of 1 to threshold − 1 is hidden (primary suppression).
2. *Sums.* Where row, column and grand totals are shown, a hidden count must not follow from them,
   so further counts are hidden until no hidden one has only one possible value (secondary
   suppression). Whether one has is decided exactly: hidden cells form a graph of rows and
   columns, and a cell can differ just if it lies on a cycle along which one person can be moved
   (Gusfield, D. (1988). A graph theoretic approach to statistical data security. SIAM Journal on
   Computing 17, 552–571).
3. *Differences.* Two tables of overlapping times differ by a few people, who are then known. So
   only whole, fixed periods are published, each once, after it has ended: see `Period`.

Monitoring aggregates follow the rule of NHS England's hospital data instead (HES Analysis Guide:
1 to 7 a star, the rest rounded to the nearest 5): see `star_and_round`.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

Cell = tuple[int, int]
STAR = "*"


@dataclass(frozen=True, slots=True)
class Rule:
    """Settings. Counts of 1 to ``threshold`` - 1 are hidden; monitoring shows a star up to
    ``star_up_to`` and rounds the rest to the nearest ``round_to``.
    """

    threshold: int = 5
    star_up_to: int = 7
    round_to: int = 5


DEFAULT_RULE = Rule()


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it may be shown: None for what is hidden."""

    cells: tuple[tuple[int | None, ...], ...]
    row_totals: tuple[int | None, ...]
    column_totals: tuple[int | None, ...]
    total: int | None


def suppress_table(
    counts: Sequence[Sequence[int]],
    rule: Rule = DEFAULT_RULE,
    *,
    row_totals: bool = True,
    column_totals: bool = True,
) -> Table:
    """The table with small counts and what would give them away hidden.

    ``row_totals`` and ``column_totals`` say which totals the reader sees (the grand total only
    with both); those not shown come back as None. Zeros are shown: they are nobody. Raises
    ValueError for an uneven table or a negative count.
    """
    width = len(counts[0]) if counts else 0
    if not width or any(len(row) != width or min(row) < 0 for row in counts):
        raise ValueError("Give rows of the same length, with counts of 0 or more.")
    full = [[*row, sum(row)] for row in counts]
    full.append([sum(column) for column in zip(*full, strict=True)])
    height = len(counts)
    unseen = {(r, width) for r in range(height) if not row_totals}
    unseen |= {(height, c) for c in range(width) if not column_totals}
    if not (row_totals and column_totals):
        unseen.add((height, width))
    hidden = _Hiding(full, unseen, rule.threshold).solve() | unseen

    def shown(r: int, c: int) -> int | None:
        return None if (r, c) in hidden else full[r][c]

    return Table(
        cells=tuple(tuple(shown(r, c) for c in range(width)) for r in range(height)),
        row_totals=tuple(shown(r, width) for r in range(height)),
        column_totals=tuple(shown(height, c) for c in range(width)),
        total=shown(height, width),
    )


def suppress_counts(
    counts: Mapping[str, int], rule: Rule = DEFAULT_RULE, *, total: bool = True
) -> tuple[dict[str, int | None], int | None]:
    """Counts of categories with, if ``total``, their sum: (shown counts, shown sum)."""
    if not counts:
        return {}, 0 if total else None
    table = suppress_table([list(counts.values())], rule, row_totals=total, column_totals=False)
    return dict(zip(counts, table.cells[0], strict=True)), table.row_totals[0]


class Node(NamedTuple):
    """A row or a column of a table, its totals included."""

    is_row: bool
    number: int


class _Hiding:
    """Cells of a table with its totals in the last row and column, and which to hide.

    Row sums less the row total are 0, and so for columns: with the totals counted negative
    (and the grand total positive) all rows and columns sum to 0, so two possible tables differ
    by cycles. A cell that is hidden is known to be 1 or more, as zeros are shown.
    """

    def __init__(self, full: list[list[int]], unseen: set[Cell], threshold: int) -> None:
        self.full, self.unseen = full, unseen
        self.height, self.width = len(full) - 1, len(full[0]) - 1
        self.hidden = {
            (r, c)
            for r, row in enumerate(full)
            for c, value in enumerate(row)
            if 0 < value < threshold and (r, c) not in unseen
        }

    def solve(self) -> set[Cell]:
        """Hides more until nothing hidden can be worked out."""
        for cell in sorted(self.hidden, key=lambda x: (self.full[x[0]][x[1]], x)):
            self.hidden |= self._cheapest_cycle(cell)
        while exposed := [x for x in sorted(self.hidden) if self._cheapest_cycle(x)]:
            self.hidden |= self._cheapest_cycle(exposed[0])
        return self.hidden

    def _moves(self, cell: Cell) -> tuple[bool, bool]:
        """Whether the cell's part of the sums can go (up, down) by one."""
        up, down = True, self.full[cell[0]][cell[1]] > (0 if cell in self.unseen else 1)
        negative = (cell[0] == self.height) != (cell[1] == self.width)
        return (down, up) if negative else (up, down)

    def _cost(self, cell: Cell) -> int | None:
        """What hiding the cell costs: nothing if done, its count, much more for a total."""
        if cell in self.hidden or cell in self.unseen:
            return 0
        count = self.full[cell[0]][cell[1]]
        margins = (cell[0] == self.height) + (cell[1] == self.width)
        return count + margins * (1 + self.full[-1][-1]) * 1000 if count else None

    def _cheapest_cycle(self, cell: Cell) -> set[Cell]:
        """The cells to hide so that this one can differ: none if it already can.

        Adding one person to the cell must be undone by a way back from its column to its row, or
        the other way round for taking one off. Through the totals there always is one.
        """
        up, down = self._moves(cell)
        row, column = Node(True, cell[0]), Node(False, cell[1])
        ways = [self._way(column, row, cell)] if up else []
        ways += [self._way(row, column, cell)] if down else []
        _, cells = min((w for w in ways if w is not None), key=lambda w: (w[0], sorted(w[1])))
        return set(cells) - self.hidden - self.unseen

    def _way(self, start: Node, goal: Node, without: Cell) -> tuple[int, frozenset[Cell]] | None:
        """Cheapest way (Dijkstra) along which one person can be moved on, and its cells."""
        settled: set[Node] = set()
        queue: list[tuple[int, Node, list[Cell]]] = [(0, start, [])]
        while queue:
            cost, node, cells = heapq.heappop(queue)
            if node == goal:
                return cost, frozenset(cells)
            if node in settled:
                continue
            settled.add(node)
            for other in self._line(node):
                step = self._cost(other)
                up, down = self._moves(other)
                if other != without and step is not None and (up if node.is_row else down):
                    end = other[1] if node.is_row else other[0]
                    heapq.heappush(
                        queue, (cost + step, Node(not node.is_row, end), [*cells, other])
                    )
        return None

    def _line(self, node: Node) -> list[Cell]:
        if node.is_row:
            return [(node.number, c) for c in range(self.width + 1)]
        return [(r, node.number) for r in range(self.height + 1)]


def star_and_round(count: int, rule: Rule = DEFAULT_RULE) -> str:
    """One count of a monitoring table: "0", "*" for a few, else rounded to the nearest 5.

    Totals are rounded from the true total, not added up from rounded parts.
    """
    if count < 0:
        raise ValueError("A count cannot be below 0.")
    if 0 < count <= rule.star_up_to:
        return STAR
    return str((2 * count + rule.round_to) // (2 * rule.round_to) * rule.round_to)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A calendar quarter, the one period that is published. ``end`` is the day after the last."""

    start: date
    end: date

    @classmethod
    def holding(cls, day: date) -> Period:
        """The quarter a day is in."""
        month = (day.month - 1) // 3 * 3 + 1
        start = date(day.year, month, 1)
        end = date(day.year + (month == 10), month % 12 + 3 if month < 10 else 1, 1)
        return cls(start, end)

    @property
    def label(self) -> str:
        """What a reader sees, for example "January to March 2026"."""
        last = date(self.start.year, self.start.month + 2, 1)
        return f"{self.start:%B} to {last:%B %Y}"


def publishable(first: date, today: date) -> tuple[Period, ...]:
    """The quarters from the one that holds ``first`` that have ended before ``today``."""
    found, period = [], Period.holding(first)
    while period.end <= today:
        found.append(period)
        period = Period.holding(period.end)
    return tuple(found)
