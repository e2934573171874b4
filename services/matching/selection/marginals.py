"""The best marginals: how many seats each type should hold on average.

The relaxation lets panels be fractional, so its optimum bounds every lottery from above. Cuts
(weight · panel ≤ value, proven for all panels) are added where the optimum turns out to be out of
reach, until marginals and lottery meet.

Sources: Flanigan, Gölz, Gupta, Hennig, Procaccia (2021), "Fair algorithms for selecting citizens'
assemblies", Nature 596; leximin by repeated linear programs after Ogryczak, Pióro, Tomaszewski
(2005), "Telecommunications network design and max-min optimization problem".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.selection.panels import program_of
from services.matching.selection.pool import TypedPool
from services.matching.selection.solver import INFINITY, Entries, Floats, Model

SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class Marginals:
    """`seats` (T,) expected seats a type, `minimum` the smallest chance of a person, and its proof.

    `proof` (T,) weighs types such that Σ proof × sizes = 1 and no panel weighs more than
    `minimum`: hence no lottery gives everyone a larger chance. None if the minimum is 1.
    """

    seats: Floats
    minimum: float
    proof: Floats | None


class FractionalPanels:
    """The relaxation of a pool, with cuts; `reachable` (T,) marks types that a panel can hold.

    Columns: the program's, then the smallest and the largest chance. Rows: the program's, then
    one a type for the smallest and one a type for the largest chance, then the cuts.
    """

    def __init__(
        self, pool: TypedPool, reachable: NDArray[np.bool_], soft_budget: float | None = None
    ) -> None:
        program = program_of(pool, soft_budget)
        self._kinds = kinds = len(pool.sizes)
        self._base = base = len(program.row_lower)
        self._smallest = columns = len(program.lower)
        self._reachable = reachable
        self._sizes = pool.sizes.astype(float)
        self._upper = np.where(reachable, self._sizes, 0.0)
        entries: Entries = program.entries
        types, sizes = np.arange(kinds), self._sizes
        for offset, column in ((base, columns), (base + kinds, columns + 1)):
            entries.place(types + offset, types, np.ones(kinds))
            entries.place(types + offset, np.full(kinds, column), -sizes * reachable)
        self._model = Model(
            entries,
            costs=np.concatenate([np.zeros(columns), [1.0, 0.0]]),
            lower=np.concatenate([program.lower, [0.0, 0.0]]),
            upper=np.concatenate([self._upper, program.upper[kinds:], [1.0, 1.0]]),
            row_lower=np.concatenate(
                [program.row_lower, np.zeros(kinds), np.full(kinds, -INFINITY)]
            ),
            row_upper=np.concatenate([program.row_upper, np.full(2 * kinds, INFINITY)]),
            maximise=True,
        )

    def add_cut(self, weights: Floats, value: float) -> None:
        """No panel weighs more than `value` under `weights` (T,)."""
        self._model.add_row(-INFINITY, value, weights)

    def maximin(self) -> Marginals:
        """Raise the smallest chance as far as possible, then lower the largest."""
        best = self._first_level()
        self._model.set_column(self._smallest, max(best.minimum - SLACK, 0.0), 1.0)
        self._objective(0.0, -1.0)
        self._bound_largest(0.0)
        self._model.solve()
        seats = self._model.values[: self._kinds]
        self._bound_largest(INFINITY)
        self._model.set_column(self._smallest, 0.0, 1.0)
        return Marginals(np.clip(seats, 0.0, self._upper), best.minimum, best.proof)

    def leximin(self) -> Marginals:
        """Raise the smallest chance, then the smallest of the rest, and so on.

        A type is settled at a level when its dual value is positive: its chance is at that
        level in every optimum.
        """
        best = level = self._first_level()
        lower = np.zeros(self._kinds)
        unsettled = self._reachable.copy()
        while unsettled.any():
            if level.proof is None or not (tight := unsettled & self._tight(level.proof)).any():
                tight = unsettled.copy()
            lower[tight] = level.minimum * self._sizes[tight] * (1 - SLACK)
            for kind in np.nonzero(tight)[0]:
                self._model.set_coefficient(self._base + int(kind), self._smallest, 0.0)
            unsettled &= ~tight
            self._model.set_bounds(lower, self._upper)
            level = self._first_level()
        seats = level.seats
        self._model.set_bounds(np.zeros(self._kinds), self._upper)
        for kind in np.nonzero(self._reachable)[0]:
            self._model.set_coefficient(self._base + int(kind), self._smallest, -self._sizes[kind])
        return Marginals(np.clip(seats, 0.0, self._upper), best.minimum, best.proof)

    def _first_level(self) -> Marginals:
        self._objective(1.0, 0.0)
        self._model.solve()
        duals = np.abs(self._model.row_duals[self._base : self._base + self._kinds])
        minimum = self._model.objective
        proof = duals * self._reachable
        total = float(proof @ self._sizes)
        proven = minimum < 1 - SLACK and total > 0.5
        return Marginals(
            self._model.values[: self._kinds], minimum, proof / total if proven else None
        )

    def _tight(self, proof: Floats) -> NDArray[np.bool_]:
        tight: NDArray[np.bool_] = proof * self._sizes > 1e-9
        return tight

    def _objective(self, smallest: float, largest: float) -> None:
        costs = np.zeros(self._smallest + 2)
        costs[-2:] = smallest, largest
        self._model.set_costs(costs)

    def _bound_largest(self, upper: float) -> None:
        for kind in np.nonzero(self._reachable)[0]:
            row = self._base + self._kinds + int(kind)
            self._model.set_row(row, -INFINITY, upper)
