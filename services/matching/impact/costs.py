"""What a programme cost, and cost per new voice.

Money is whole pence throughout.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

CostKind = Literal["staff_hours", "payments", "travel", "access", "venue", "other"]
KINDS: tuple[CostKind, ...] = get_args(CostKind)
Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class CostLine:
    kind: CostKind
    pence: int


@dataclass(frozen=True, slots=True)
class CostPer:
    """Pence for each; ``low`` and ``high`` are its 95% interval, high None without a bound."""

    pence: float
    low: float
    high: float | None


def of_hours(minutes: int, pence_an_hour: int) -> int:
    """Staff time as pence, half a penny up. Raises ValueError for a negative part."""
    if minutes < 0 or pence_an_hour < 0:
        raise ValueError("Hours and pay cannot be below 0.")
    return (2 * minutes * pence_an_hour + 60) // 120


def by_kind(lines: Iterable[CostLine]) -> Mapping[CostKind, int]:
    """Pence by kind, every kind named, in the order of the list."""
    found: dict[CostKind, int] = dict.fromkeys(KINDS, 0)
    for line in lines:
        found[line.kind] += line.pence
    return found


def per_new_voice(pence: int, new_voices: int) -> CostPer | None:
    """Cost over new voices; None without one.

    The cost is known, the number of new voices would differ by chance in a like period: its
    interval is Byar's approximation for a Poisson count (Breslow, N. E. and Day, N. E. (1987).
    Statistical Methods in Cancer Research II, page 69).
    """
    if new_voices <= 0:
        return None
    fewest, most = byar(new_voices)
    return CostPer(pence / new_voices, pence / most, pence / fewest if fewest > 0 else None)


def byar(count: int, z: float = Z95) -> tuple[float, float]:
    """95% interval of a Poisson mean with ``count`` seen, by Byar's approximation."""
    if count < 0:
        raise ValueError("A count cannot be below 0.")
    low = 0.0
    if count:
        low = count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3
    n = count + 1
    return max(0.0, low), n * (1 - 1 / (9 * n) + z / (3 * math.sqrt(n))) ** 3
