"""How a draw stands to each target: in every result that can come out, and in the one drawn."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from services.matching.selection.lottery import TICKETS
from services.matching.selection.pool import Ints
from services.matching.selection.record import RecordedGroup, SelectionRecord


@dataclass(frozen=True)
class Aim:
    """A target and the seats that its group holds, members included.

    Either ``at_least`` and ``at_most`` (met by every result) or ``wanted`` (a share in whole
    seats, which may be missed). ``fewest`` and ``most``: seats in the results that can come out.
    ``expected``: their mean by chance. ``drawn``: seats in the result, None before the draw.
    """

    group: str
    at_least: int | None
    at_most: int | None
    wanted: int | None
    fewest: int
    most: int
    expected: float
    drawn: int | None

    @property
    def missed_by(self) -> int | None:
        """Seats by which the result misses a wanted number; None without one or before the draw."""
        if self.wanted is None or self.drawn is None:
            return None
        return abs(self.drawn - self.wanted)

    @property
    def missed_by_at_most(self) -> int:
        """Seats by which the worst of all results misses a wanted number."""
        if self.wanted is None:
            return 0
        return max(abs(self.fewest - self.wanted), abs(self.most - self.wanted))


def aims(record: SelectionRecord) -> tuple[Aim, ...]:
    """Every target of a record: those that hold first, then the wanted shares."""
    pool = record.typed_pool()
    panels = [record.panel(index) for index in range(len(record.panels))]
    chances = np.array([panel.tickets for panel in record.panels]) / TICKETS
    found = []
    for at, hard in enumerate(record.targets):
        held = _held(record, panels, pool.in_target[:, at], chances, hard.group)
        found.append(Aim(hard.group.label, hard.minimum, hard.maximum, None, *held))
    for at, soft in enumerate(record.soft_targets):
        held = _held(record, panels, pool.in_soft[:, at], chances, soft.group)
        found.append(Aim(soft.group.label, None, None, soft.seats, *held))
    return tuple(found)


def without_a_chance(record: SelectionRecord) -> int:
    """People of the pool whom no result that meets the targets can hold."""
    rows = zip(record.types, record.fairness.reachable, strict=True)
    return sum(len(kind.people) for kind, reachable in rows if not reachable)


def _held(
    record: SelectionRecord,
    panels: Collection[Ints],
    members: Ints,
    chances: np.ndarray,
    group: RecordedGroup,
) -> tuple[int, int, float, int | None]:
    seats = np.array([int(panel @ members) for panel in panels]) + group.seated
    drawn = None
    if record.ticket is not None:
        in_group = zip(record.types, members, strict=True)
        people = {p for kind, member in in_group if member for p in kind.people}
        drawn = sum(p in people for p in record.selected) + group.seated
    return int(seats.min()), int(seats.max()), float(seats @ chances), drawn
