"""What is possible at all: whether a panel exists, what the soft targets cost at least, and which
types some panel can hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.matching.selection.decompose import Panels
from services.matching.selection.panels import PanelFinder, program_of
from services.matching.selection.pool import Ints, Request, Target, TypedPool, pool_types
from services.matching.selection.solver import Model


def cheapest_panel(pool: TypedPool) -> Ints | None:
    """A panel (T,) that breaks no hard target and whose deviations from the soft ones cost least.

    None if no panel meets the hard targets.
    """
    if (pool.upper < pool.lower).any() or (pool.upper < 0).any():
        return None
    program = program_of(pool)
    kinds, columns = len(pool.sizes), len(program.lower)
    model = Model(
        program.entries,
        costs=np.concatenate([np.zeros(kinds), program.step_costs]),
        lower=program.lower,
        upper=program.upper,
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        maximise=False,
        integer=np.arange(columns) < kinds,
    )
    if not model.solve():
        return None
    return np.rint(model.values[:kinds]).astype(np.int64)


def with_ranges(request: Request, allowance: int) -> Request:
    """The request with each soft target as a range of seats that every panel keeps to.

    A group may be off its soft target by as many seats as in a panel of least cost, and by
    `allowance` more. A hard target for the same group still holds. Unchanged if no panel meets
    the hard targets.
    """
    pool = pool_types(request)
    panel = cheapest_panel(pool)
    if panel is None:
        return request
    off = np.abs(panel @ pool.in_soft - pool.wanted) + allowance
    ranges = {target.group: target for target in request.targets}
    for soft, most_off in zip(pool.soft_targets, off, strict=True):
        low, high = max(soft.seats - int(most_off), 0), soft.seats + int(most_off)
        if (hard := ranges.get(soft.group)) is not None:
            low = max(low, hard.minimum)
            high = high if hard.maximum is None else min(high, hard.maximum)
        ranges[soft.group] = Target(soft.group, low, high)
    return replace(request, targets=tuple(ranges.values()), soft_targets=())


def reachable_types(finder: PanelFinder, panels: Panels) -> NDArray[np.bool_]:
    """Which types (T,) some panel can hold; the panels that show it are added to `panels`."""
    reached = np.zeros(len(finder.pool.sizes), dtype=np.bool_)
    while not reached.all():
        weights = np.where(reached, 0.0, 1.0)
        panel = finder.quick(weights)
        if finder.relaxed_value < 1e-6:
            break
        if panel is None or not (panel[~reached] > 0).any():
            best = finder.best(weights)
            if best is None or best[1] < 0.5 or not (best[0][~reached] > 0).any():
                break
            panel = best[0]
        panels.add(panel)
        reached |= panel > 0
    return reached
