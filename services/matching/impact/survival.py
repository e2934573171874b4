"""How long things last when some have not ended yet: Kaplan and Meier's estimate.

An open seat is a wait that has not ended. Leaving it out, or counting its days so far as if it were
filled, makes waits look shorter than they are.

- S(t) = Π over days t_i ≤ t of (1 − d_i / n_i), d_i ends on day t_i of n_i that lasted until then
  (Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete observations.
  Journal of the American Statistical Association 53, 457–481).
- Interval of S(t): on the log(−log) scale, with Greenwood's variance
  S² Σ d_i / (n_i (n_i − d_i)) (Kalbfleisch, J. D. and Prentice, R. L. (1980). The Statistical
  Analysis of Failure Time Data, section 1.3).
- Interval of the median: the days on which the interval of S holds 0.5 (Brookmeyer, R. and Crowley,
  J. (1982). A confidence interval for the median survival time. Biometrics 38, 29–41).

All times are in days.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Spell:
    """One wait of so many days. ``ended`` is False while it goes on, or when we stopped looking."""

    days: float
    ended: bool

    def __post_init__(self) -> None:
        if not math.isfinite(self.days) or self.days < 0:
            raise ValueError("A spell lasts 0 days or more.")


@dataclass(frozen=True, slots=True)
class Step:
    """From this day on the share that lasts longer is ``share``, 95% interval ``low``–``high``."""

    day: float
    at_risk: int
    ends: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Median:
    """Days until half have ended. None: fewer than half have, or no bound can be given."""

    days: float | None
    low: float | None
    high: float | None


def curve(spells: Iterable[Spell], z: float = Z95) -> tuple[Step, ...]:
    """A step for each day on which something ended; empty when nothing has."""
    known = sorted(spells, key=lambda s: s.days)
    share, greenwood, found, at = 1.0, 0.0, [], 0
    while at < len(known):
        day, at_risk = known[at].days, len(known) - at
        same = [s for s in known[at:] if s.days == day]
        ends = sum(s.ended for s in same)
        if ends:
            share *= 1 - ends / at_risk
            if at_risk > ends:
                greenwood += ends / (at_risk * (at_risk - ends))
            low, high = _interval(share, greenwood, z)
            found.append(Step(day, at_risk, ends, share, low, high))
        at += len(same)
    return tuple(found)


def _interval(share: float, greenwood: float, z: float) -> tuple[float, float]:
    if share <= 0:
        return 0.0, 0.0
    spread = z * math.sqrt(greenwood) / -math.log(share)
    return share ** math.exp(spread), share ** math.exp(-spread)


def median(steps: Iterable[Step]) -> Median:
    """The first day with a share of 0.5 or less, and the days its interval allows."""
    days = low = high = None
    for step in steps:
        if low is None and step.low <= 0.5:
            low = step.day
        if days is None and step.share <= 0.5 + 1e-12:
            days = step.day
        if high is None and step.high <= 0.5:
            high = step.day
    return Median(days, low, high)


def lasting(steps: Iterable[Step], days: float) -> tuple[float, float, float]:
    """Share that lasts longer than ``days``, with its interval: (share, low, high).

    (1, 1, 1) while nothing has ended by then; `longest` tells how long anybody was watched.
    """
    found = (1.0, 1.0, 1.0)
    for step in steps:
        if step.day > days:
            break
        found = (step.share, step.low, step.high)
    return found


def longest(spells: Iterable[Spell]) -> float:
    """The longest time anything was watched, in days; beyond it the curve says nothing."""
    return max((s.days for s in spells), default=0.0)
