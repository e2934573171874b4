"""Panels: which integer choices of people a type fill the seats and break no target.

One persistent linear program and one persistent integer program answer every question of the
form "which panel has the largest weight?" (pricing). The linear program's optimum is rounded by
a short depth-first search; the integer program is asked only where that fails or where a proof
is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.matching.selection.pool import Ints, TypedPool
from services.matching.selection.solver import INFINITY, Entries, Floats, Model

AT_ONCE = 4
WHOLE = 1e-6
"""How far from a whole number a value of the linear program still counts as whole."""


@dataclass(frozen=True, eq=False)
class Program:
    """The rows of a pool: columns are the T types, then unit steps of the soft targets' costs.

    Rows: H targets, the seats, S soft targets and, if there are any, the budget for their costs.
    Unit steps (each 0 to 1, dearer and dearer) keep the relaxation tight at whole numbers.
    """

    entries: Entries
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    step_costs: Floats


def program_of(pool: TypedPool, soft_budget: float | None = None) -> Program:
    """The program of a pool, where the soft targets may cost at most `soft_budget` in all."""
    kinds, hard = pool.in_target.shape
    softs = len(pool.soft_targets)
    entries = Entries()
    entries.block(0, 0, pool.in_target.T)
    entries.block(hard, 0, np.ones((1, kinds)))
    entries.block(hard + 1, 0, pool.in_soft.T)
    costs: list[Floats] = []
    column = kinds
    for index, (soft, wanted) in enumerate(zip(pool.soft_targets, pool.wanted, strict=True)):
        for sign, steps in ((-1.0, pool.seats - wanted), (1.0, wanted)):
            count = max(int(steps), 0)
            entries.block(hard + 1 + index, column, np.full((1, count), sign))
            costs.append(soft.weight * (2 * np.arange(count, dtype=np.float64) + 1))
            column += count
    step_costs = np.concatenate(costs) if costs else np.zeros(0)
    budget: list[float] = []
    if softs:
        entries.block(hard + 1 + softs, kinds, step_costs[np.newaxis, :])
        budget = [INFINITY if soft_budget is None else soft_budget]
    fixed = [float(pool.seats), *pool.wanted.astype(float)]
    return Program(
        entries=entries,
        lower=np.zeros(column),
        upper=np.concatenate([pool.sizes.astype(float), np.ones(len(step_costs))]),
        row_lower=np.array([*pool.lower, *fixed, *[-INFINITY for _ in budget]], dtype=float),
        row_upper=np.array([*pool.upper, *fixed, *budget], dtype=float),
        step_costs=step_costs,
    )


class PanelFinder:
    """Finds panels of large weight, on all panels or on a face of their convex hull.

    Restricting to the smallest face that holds given marginals (targets that they just meet
    become equations) leaves only panels that a lottery with those marginals can use.
    """

    def __init__(self, pool: TypedPool, soft_budget: float | None = None) -> None:
        self.pool = pool
        self._program = program_of(pool, soft_budget)
        self._kinds = len(pool.sizes)
        self._lp = self._model(integer=False)
        self._mip: Model | None = None
        self._face: tuple[Floats, Floats, Floats, Floats] | None = None
        self._lower = np.zeros(self._kinds)
        self._upper = pool.sizes.astype(float)
        self.relaxed_value = 0.0

    def _model(self, *, integer: bool) -> Model:
        program = self._program
        columns = len(program.lower)
        return Model(
            program.entries,
            costs=np.zeros(columns),
            lower=program.lower,
            upper=program.upper,
            row_lower=program.row_lower,
            row_upper=program.row_upper,
            maximise=True,
            integer=np.arange(columns) < self._kinds if integer else None,
        )

    def restrict(self, marginals: Floats) -> None:
        """Keep to the smallest face that holds the marginals (T,), in expected seats a type."""
        pool, near = self.pool, 1e-7
        held = marginals @ pool.in_target
        row_lower, row_upper = pool.lower.astype(float), pool.upper.astype(float)
        at_lower, at_upper = held < pool.lower + near, held > pool.upper - near
        row_upper[at_lower] = row_lower[at_lower]
        row_lower[at_upper & ~at_lower] = row_upper[at_upper & ~at_lower]
        lower = np.where(marginals > pool.sizes - near, pool.sizes, 0.0)
        upper = np.where(marginals < 1e-9, 0.0, pool.sizes.astype(float))
        self._face = (row_lower, row_upper, lower, upper)
        self._apply(self._lp)
        if self._mip is not None:
            self._apply(self._mip)

    def release(self) -> None:
        """All panels again."""
        pool = self.pool
        self._face = (
            pool.lower.astype(float),
            pool.upper.astype(float),
            np.zeros(self._kinds),
            pool.sizes.astype(float),
        )
        self._apply(self._lp)
        if self._mip is not None:
            self._apply(self._mip)
        self._face = None

    def _apply(self, model: Model) -> None:
        assert self._face is not None
        row_lower, row_upper, self._lower, self._upper = self._face
        for row, (low, high) in enumerate(zip(row_lower, row_upper, strict=True)):
            model.set_row(row, float(low), float(high))
        model.set_bounds(self._lower, self._upper)

    def quick(self, weights: Floats, nodes: int = 120) -> Ints | None:
        """A panel of large weight (T,), or None if `nodes` linear programs found none.

        Sets `relaxed_value` to what no panel can exceed (minus infinity if there is none).
        """
        model = self._lp
        model.set_costs(weights)
        feasible = model.solve()
        self.relaxed_value = model.objective if feasible else -INFINITY
        if not feasible:
            return None
        lower, upper = self._lower.copy(), self._upper.copy()
        path: list[tuple[int, float, float, float | None]] = []
        panel: Ints | None = None
        for _ in range(nodes):
            if feasible:
                values = model.values[: self._kinds]
                splits = self._most_promising(values)
                if not len(splits):
                    panel = np.rint(values).astype(np.int64)
                    break
                for split in splits:
                    floor = float(np.floor(values[split] + WHOLE))
                    path.append((int(split), lower[split], upper[split], floor))
                    lower[split] = floor + 1
                    model.set_column(int(split), lower[split], upper[split])
            elif not self._back(path, lower, upper):
                break
            feasible = model.solve()
        if path:
            model.set_bounds(self._lower, self._upper)
        return panel

    def _most_promising(self, values: Floats) -> Ints:
        """The types to round up next, least promising last; none if all values are whole.

        Those closest below a whole number, a few at a time to save programs. Rounding up binds
        the most: rounding down lets the program turn to a similar type.
        """
        part = values - np.floor(values + WHOLE)
        broken = np.nonzero(part > WHOLE)[0]
        order = broken[np.argsort(-part[broken], kind="stable")]
        return order[: max(1, len(order) // AT_ONCE)]

    def _back(
        self,
        path: list[tuple[int, float, float, float | None]],
        lower: Floats,
        upper: Floats,
    ) -> bool:
        """Undo down to the last choice with a side left, and take that side."""
        while path:
            split, low, high, floor = path.pop()
            lower[split], upper[split] = low, high
            if floor is not None:
                path.append((split, low, high, None))
                upper[split] = floor
            self._lp.set_column(split, lower[split], upper[split])
            if floor is not None:
                return True
        return False

    def best(self, weights: Floats, relative_gap: float = 0.0) -> tuple[Ints, float] | None:
        """A panel of the largest weight and the proven bound; None if no panel exists."""
        if self._mip is None:
            self._mip = self._model(integer=True)
            if self._face is not None:
                self._apply(self._mip)
        self._mip.option("mip_rel_gap", relative_gap)
        self._mip.set_costs(weights)
        if not self._mip.solve():
            return None
        return np.rint(self._mip.values[: self._kinds]).astype(np.int64), self._mip.bound

    def any_good(self, weights: Floats) -> Ints | None:
        """A panel of large weight, exactly searched for if the quick search fails."""
        panel = self.quick(weights)
        if panel is None and self.relaxed_value > -INFINITY:
            found = self.best(weights, relative_gap=0.05)
            panel = None if found is None else found[0]
        return panel
