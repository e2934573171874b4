"""Where the proportion of a target comes from: a census area, or a coordinator."""

from __future__ import annotations

from typing import Any

from services.matching import characteristics
from services.matching.bodies import TargetBody


def of(body: TargetBody) -> dict[str, Any]:
    """The reference to store with a target; empty when the coordinator sets it."""
    if body.census_area is None:
        return {}
    first = min(body.group)
    return {
        "kind": "census",
        "area_code": body.census_area,
        "table": characteristics.benchmark(first),
    }
