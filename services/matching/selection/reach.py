"""What is possible at all: whether a panel exists, what the soft targets cost at least, and which
types some panel can hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.matching.selection.decompose import Panels
from services.matching.selection.panels import PanelFinder, program_of
from services.matching.selection.pool import TypedPool
from services.matching.selection.solver import Model


def least_soft_cost(pool: TypedPool) -> int | None:
    """The least that the soft targets cost on a panel that breaks no hard target.

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
    return pool.soft_cost(np.rint(model.values[:kinds]).astype(np.int64))


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
