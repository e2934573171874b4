"""Representation gaps of one opportunity: per target and as one index.

Counting. A seat holder who prefers not to say counts among the seats and in no group, and is
never imputed. A watched group (no benchmark, no coordinator's target) never shows a gap.

Two views of the same counts:

- *Is there a gap now?* The group's share of the filled seats with a Wilson score interval
  (Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
  Journal of the American Statistical Association 22, 209–212). A gap of a proportion is claimed
  only when the whole interval lies below the target; otherwise there are too few seats to tell.
- *What is still to fill?* The distance d(h) in seats from the number held, h, to what the target
  asks of all S seats: d(h) = max(0, floor − h) + max(0, h − ceiling), where the floor is
  proportion × S or the least number and the ceiling the greatest number.

Index. I = Σ w·d(h) / Σ w·D over targets with a goal, where D is the greatest distance the target
can have (0 ≤ I ≤ 1; 0 when every target is met). It is a weighted L1 distance to the targets;
when the targets are shares of all categories of one characteristic and all seats are filled, the
sum of distances over S is the index of dissimilarity, half the L1 distance between the two
distributions (Duncan, O. D. and Duncan, B. (1955). A methodological analysis of segregation
indexes. American Sociological Review 20, 210–217).

Counts are kept in a `Tally`; one person more or fewer touches only their own targets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from services.matching.characteristics import Categories, is_member, is_unstated
from services.matching.model import DEFAULT_POLICY, Opportunity, Policy
from services.matching.targets import Target

Status = Literal["no_benchmark", "too_few_to_tell", "under", "met", "over"]
GAIN_SCALE = 100_000
"""Gains are whole hundred-thousandths of the index: 1,000 is one per cent of it."""
_NOTHING = 1e-9
"""Targets that ask for less than this many seats in all ask for nothing."""


@dataclass(frozen=True)
class Tally:
    """Seat holders of one opportunity, counted. ``held`` and ``unstated`` follow its targets.

    What is worked out from them is kept with it, as one tally is held against many people.
    """

    targets: tuple[Target, ...]
    seats: int
    filled: int
    held: tuple[int, ...]
    unstated: tuple[int, ...]

    @property
    def free(self) -> int:
        """Seats not filled; never below 0."""
        return max(0, self.seats - self.filled)

    @cached_property
    def scale(self) -> float:
        """Σ w·D, what the index divides by."""
        return scale(self.targets, self.seats)

    @cached_property
    def index(self) -> float:
        """The gap index, see `index`."""
        return index(self)

    @cached_property
    def step_gains(self) -> tuple[int, ...]:
        """See `step_gains`."""
        return step_gains(self)

    def with_person(self, categories: Categories) -> Tally:
        """The tally with one more seat filled by a person with these categories."""
        return self._changed(categories, 1)

    def without_person(self, categories: Categories) -> Tally:
        """The tally after a person with these categories gave up a seat.

        Raises ValueError if nobody like that holds one.
        """
        changed = self._changed(categories, -1)
        if min(changed.filled, *changed.held, *changed.unstated, 0) < 0:
            raise ValueError("Nobody with these answers holds a seat here, so none can be freed.")
        return changed

    def _changed(self, categories: Categories, step: int) -> Tally:
        member = [is_member(categories, t.group) for t in self.targets]
        unsaid = [is_unstated(categories, t.group) for t in self.targets]
        changed = replace(
            self,
            filled=self.filled + step,
            held=tuple(h + step * m for h, m in zip(self.held, member, strict=True)),
            unstated=tuple(u + step * m for u, m in zip(self.unstated, unsaid, strict=True)),
        )
        vars(changed)["scale"] = self.scale  # the same targets and seats
        return changed


@dataclass(frozen=True, slots=True)
class Gap:
    """One target beside what is.

    ``held`` of ``filled`` seats are held by the group; ``unstated`` holders did not say.
    ``share`` is held / filled (None with no seat filled), ``low`` and ``high`` its interval.
    ``short`` and ``above`` are seats still to fill and seats over the greatest number, against
    all seats; both 0 for a watched group.
    """

    target: Target
    seats: int
    filled: int
    held: int
    unstated: int
    share: float | None
    low: float
    high: float
    short: float
    above: float
    status: Status

    @property
    def distance(self) -> float:
        """Seats between what is and what the target asks, d(h)."""
        return self.short + self.above


def count(opportunity: Opportunity, holders: Iterable[Categories]) -> Tally:
    """The tally of an opportunity from the categories of everyone who holds a seat."""
    none = (0,) * len(opportunity.targets)
    tally = Tally(opportunity.targets, opportunity.seats, 0, none, none)
    for categories in holders:
        tally = tally.with_person(categories)
    return tally


def wilson(held: int, filled: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson score interval of a share; (0, 1) when there is nothing to count."""
    if filled == 0:
        return 0.0, 1.0
    p, zz = held / filled, z * z
    middle = (p + zz / (2 * filled)) / (1 + zz / filled)
    half = z / (1 + zz / filled) * math.sqrt(p * (1 - p) / filled + zz / (4 * filled * filled))
    return max(0.0, middle - half), min(1.0, middle + half)


def short_of(target: Target, held: int, seats: int) -> float:
    """Seats still to fill for the target: max(0, floor − held)."""
    return max(0.0, target.floor(seats) - held)


def spare(tally: Tally) -> int:
    """Free seats beyond those that the gaps may still need, counted carefully (none twice)."""
    needed = sum(
        math.ceil(short_of(t, h, tally.seats) - 1e-9)
        for t, h in zip(tally.targets, tally.held, strict=True)
        if t.has_goal
    )
    return max(0, tally.free - needed)


def above(target: Target, held: int, seats: int) -> float:
    """Seats over the greatest number: max(0, held − ceiling)."""
    return max(0.0, held - target.ceiling(seats))


def distance(target: Target, held: int, seats: int) -> float:
    """d(h) in seats; 0 for a watched group."""
    if not target.has_goal:
        return 0.0
    return short_of(target, held, seats) + above(target, held, seats)


def greatest_distance(target: Target, seats: int) -> float:
    """D: the distance at no seat held or at all of them, whichever is greater."""
    return max(distance(target, 0, seats), distance(target, seats, seats))


def index(tally: Tally) -> float:
    """The gap index I of the tally, 0 (every target met) to 1; 0 without any goal."""
    total = tally.scale
    if total < _NOTHING:
        return 0.0
    parts = (
        t.weight * distance(t, h, tally.seats)
        for t, h in zip(tally.targets, tally.held, strict=True)
    )
    return min(1.0, math.fsum(parts) / total)


def scale(targets: Iterable[Target], seats: int) -> float:
    """Σ w·D, what the index divides by."""
    return math.fsum(t.weight * greatest_distance(t, seats) for t in targets)


def step_gains(tally: Tally) -> tuple[int, ...]:
    """For every target, how much the index falls if its group gets a seat more.

    In hundred-thousandths; negative where the seat would go over the greatest number, 0 where the
    group holds every seat there is. Whole numbers, so that sums do not depend on the order of
    adding; together never more than `GAIN_SCALE` either way.
    """
    total = tally.scale
    if total < _NOTHING:
        return (0,) * len(tally.targets)
    return tuple(
        round(
            GAIN_SCALE
            * t.weight
            * (distance(t, h, tally.seats) - distance(t, min(h + 1, tally.seats), tally.seats))
            / total
        )
        for t, h in zip(tally.targets, (min(h, tally.seats) for h in tally.held), strict=True)
    )


def gap(tally: Tally, position: int, policy: Policy = DEFAULT_POLICY) -> Gap:
    """The gap of the target at this position of the tally."""
    target, held = tally.targets[position], tally.held[position]
    low, high = wilson(held, tally.filled, policy.z)
    goal = target.has_goal
    return Gap(
        target=target,
        seats=tally.seats,
        filled=tally.filled,
        held=held,
        unstated=tally.unstated[position],
        share=held / tally.filled if tally.filled else None,
        low=low,
        high=high,
        short=short_of(target, held, tally.seats) if goal else 0.0,
        above=above(target, held, tally.seats) if goal else 0.0,
        status=_status(target, held, tally, high, policy),
    )


def _status(target: Target, held: int, tally: Tally, high: float, policy: Policy) -> Status:
    if not target.has_goal:
        return "no_benchmark"
    if above(target, held, tally.seats) > 0:
        return "over"
    if target.proportion is None:
        return "under" if short_of(target, held, tally.seats) > 0 else "met"
    if tally.filled < policy.too_few:
        return "too_few_to_tell"
    if held / tally.filled >= target.proportion:
        return "met"
    return "under" if high < target.proportion else "too_few_to_tell"


def gaps(tally: Tally, policy: Policy = DEFAULT_POLICY) -> tuple[Gap, ...]:
    """All gaps of the tally, in the order of its targets."""
    return tuple(gap(tally, i, policy) for i in range(len(tally.targets)))
