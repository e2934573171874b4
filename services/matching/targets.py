"""What an opportunity aims for: targets over groups of people.

A target asks for a proportion of the seats, or for a least or greatest number of seats, for one
category or an intersection (carers among people aged 18 to 24). A target without any of these is
watched: its count shows, a gap never does. Proportions come from a census area or from a
coordinator; lived experience has no census, so there only the coordinator can set them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from schemas import vocabulary
from services.matching import characteristics
from services.matching.characteristics import Group

MOST_TARGETS = 60


class TargetError(ValueError):
    """A target that cannot be; the message is one plain sentence for each fault."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a target comes from.

    ``census``: an area code and name, the ONS table, and the population it counts ("aged 18 and
    over"). ``coordinator``: set by a person, whose reason may be noted.
    """

    kind: Literal["census", "coordinator"]
    area_code: str | None = None
    area_name: str | None = None
    table: str | None = None
    population: str | None = None
    note: str = ""


COORDINATOR = Reference("coordinator")


@dataclass(frozen=True, slots=True)
class Target:
    """One aim. ``proportion`` is a share of all seats, 0 to 1; ``least`` and ``most`` are seats.

    ``weight`` says how much the target counts in the gap index beside others (1 = as much).
    ``name`` replaces the group's own wording in sentences ("carers under 25").
    """

    target_id: str
    group: Group
    proportion: float | None = None
    least: int | None = None
    most: int | None = None
    weight: float = 1.0
    reference: Reference = COORDINATOR
    name: str = ""

    @property
    def people(self) -> str:
        """The group in a sentence."""
        return self.name or characteristics.people(self.group)

    @property
    def has_goal(self) -> bool:
        """False for a watched group, which never shows a gap."""
        return not (self.proportion is None and self.least is None and self.most is None)

    def floor(self, seats: int) -> float:
        """Seats aimed for at least when all ``seats`` are filled; 0 when nothing is asked."""
        share = (self.proportion or 0.0) * seats
        return min(max(share, float(self.least or 0)), float(seats))

    def ceiling(self, seats: int) -> float:
        """Greatest number of seats; all of them unless ``most`` is set."""
        return float(seats if self.most is None else min(self.most, seats))


def _faults(target: Target, seats: int) -> list[str]:
    who, faults = target.people, []
    if target.proportion is not None and (target.least, target.most) != (None, None):
        faults.append(f"For {who}, give a proportion or numbers of seats, not both.")
    if target.proportion is not None and not 0 <= target.proportion <= 1:
        faults.append(f"For {who}, give a proportion between 0 and 1 (0.25 is a quarter).")
    for value, what in ((target.least, "least"), (target.most, "most")):
        if value is not None and not 0 <= value <= seats:
            faults.append(f"For {who}, at {what} {value} seats does not fit: there are {seats}.")
    if target.least is not None and target.most is not None and target.least > target.most:
        faults.append(f"For {who}, the least number of seats is above the greatest.")
    if not (math.isfinite(target.weight) and target.weight > 0):
        faults.append(f"For {who}, give a weight above 0.")
    if target.reference.kind == "census":
        faults += _census_faults(target)
    return faults


def _census_faults(target: Target) -> list[str]:
    who, faults = target.people, []
    if target.proportion is None:
        faults.append(f"For {who}, a census figure gives a proportion, not seats.")
    if not target.reference.area_code or not target.reference.table:
        faults.append(f"For {who}, name the census area and table.")
    if any(characteristics.benchmark(list_id) is None for list_id, _ in target.group):
        faults.append(f"No census counts {who}, so set this target yourself and say why.")
    return faults


def _together(targets: Sequence[Target], seats: int) -> list[str]:
    """Faults of targets that each are fine and together are not."""
    faults = []
    if len({t.group for t in targets}) < len(targets):
        faults.append("Two targets speak about the same group. Keep one of them.")
    if len({t.target_id for t in targets}) < len(targets):
        faults.append("Two targets have the same id.")
    single = {t.group[0]: t for t in targets if len(t.group) == 1}
    for list_id in sorted({pair[0] for pair in single}):
        codes = [code for found, code in single if found == list_id]
        short = vocabulary.code_list(list_id).short
        for exclusive in characteristics.level(list_id, codes):
            chosen = [single[list_id, code] for code in exclusive]
            if sum(t.proportion or 0 for t in chosen) > 1 + 1e-6:
                faults.append(f"The proportions for “{short}” add up to more than 1.")
            if sum(t.least or 0 for t in chosen) > seats:
                faults.append(
                    f"The least numbers for “{short}” add up to more than the {seats} seats."
                )
    return faults


def check(targets: Sequence[Target], seats: int) -> tuple[Target, ...]:
    """The targets of an opportunity with this many seats, checked, in the order given.

    Raises `TargetError` with all faults, one plain sentence each, and `VocabularyError` for a
    group that does not exist. Checks numbers and ranges, that a census reference has a census
    behind it, that no group is named twice, and that targets on the same characteristic fit
    together. Whether crossing targets can all be met at once is a question for the selection.
    """
    faults = [] if seats > 0 else ["Give at least one seat."]
    if len(targets) > MOST_TARGETS:
        faults.append(f"Keep to {MOST_TARGETS} targets or fewer.")
    for target in targets:
        if characteristics.group(*target.group) != target.group:
            faults.append(f"For {target.people}, name the characteristics in sorted order.")
        faults += _faults(target, seats)
    faults += _together(targets, seats)
    if faults:
        raise TargetError(" ".join(faults))
    return tuple(targets)
