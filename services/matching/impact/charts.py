"""Geometry of the waiting chart: the Kaplan–Meier steps as SVG paths. Words are in the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.matching.impact.bodies import WaitStep

WIDTH, HEIGHT = 100.0, 40.0


@dataclass(frozen=True, slots=True)
class WaitChart:
    """``line`` and ``band`` are path data in a box of 100 by 40; ``days`` is the right edge."""

    line: str
    band: str
    days: int
    ticks: tuple[tuple[float, int], ...]


def wait_chart(steps: Sequence[WaitStep]) -> WaitChart | None:
    """The share of seats still open by day, with its band; None without a step."""
    if not steps:
        return None
    days = max(1, round(steps[-1].day * 1.05 + 0.5))
    upper = _stairs([(s.day, s.high) for s in steps], days)
    lower = _stairs([(s.day, s.low) for s in steps], days)
    line = _stairs([(s.day, s.open) for s in steps], days)
    every = max(1, -(-days // 4))
    ticks = tuple((WIDTH * d / days, d) for d in range(0, days + 1, every))
    return WaitChart(
        line="M" + " L".join(line),
        band="M" + " L".join([*upper, *reversed(lower)]) + " Z",
        days=days,
        ticks=ticks,
    )


def _stairs(points: Sequence[tuple[float, float]], days: int) -> list[str]:
    found, height = [_at(0, 1, days)], 1.0
    for day, share in points:
        found += [_at(day, height, days), _at(day, share, days)]
        height = share
    return [*found, _at(days, height, days)]


def _at(day: float, share: float, days: int) -> str:
    return f"{WIDTH * day / days:.2f} {HEIGHT * (1 - share):.2f}"
