"""One measured figure, and the row of it in a report."""

from __future__ import annotations

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    beside: str = ""
    ratio: float | None = None

    def row(self) -> str:
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else ""
        return f"| {self.name} | {self.value:,.1f} {self.unit} | {self.beside} | {ratio} |"


def percentile(values: list[float], share: float) -> float:
    return statistics.quantiles(values, n=1000)[int(share * 1000) - 1]


def hundredth(values: list[float], at: int) -> float:
    """The percentile `at`, from 1 to 99, to one decimal place."""
    return round(statistics.quantiles(values, n=100, method="inclusive")[at - 1], 1)
