"""Turn marginals into a lottery over panels.

Panels are gathered by herding (Welling 2009, "Herding dynamical weights to learn"): each next
panel makes up for what the panels so far have left short, so that they lie all around the
marginals. A linear program then finds the probabilities, and further panels are priced by its
dual values until the marginals are met, or until a proof shows that no lottery meets them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from services.matching.selection.panels import PanelFinder
from services.matching.selection.pool import Ints
from services.matching.selection.solver import INFINITY, Entries, Floats, Model

BATCH = 8
DAMPING = 0.6


@dataclass(frozen=True)
class Effort:
    """How long to go on: rounds of pricing for each marginals, and cuts. Counts, not seconds,
    so that the same request gives the same lottery on every machine."""

    rounds: int = 400
    cuts: int = 100


@dataclass(frozen=True, eq=False)
class Mixture:
    """A lottery over panels (K, T) with probabilities (K,).

    `shortfall` is the most by which a person's chance stays below the marginals. `cut` is set
    if that cannot be cured: (weights, value) such that no panel weighs more than the value.
    """

    panels: Ints
    probabilities: Floats
    shortfall: float
    cut: tuple[Floats, float] | None


class Panels:
    """The panels found so far, each once, in the order found."""

    def __init__(self) -> None:
        self.all: list[Ints] = []
        self._seen: set[bytes] = set()

    def add(self, panel: Ints) -> bool:
        """False if the panel is there already."""
        key = panel.tobytes()
        if key in self._seen:
            return False
        self._seen.add(key)
        self.all.append(panel)
        return True


class _Master:
    """Minimise the shortfall d: Σ probability × panel ≥ marginals - d × sizes, in each type."""

    def __init__(self, marginals: Floats, sizes: Floats, panels: Panels) -> None:
        self._kinds = kinds = len(sizes)
        self._panels = panels
        entries = Entries()
        entries.block(0, 0, sizes[:, np.newaxis])
        block = np.array(panels.all).reshape(-1, kinds)
        entries.block(0, 1, block.T)
        entries.block(kinds, 1, np.ones((1, len(block))))
        columns = 1 + len(block)
        self._model = Model(
            entries,
            costs=np.concatenate([[1.0], np.zeros(columns - 1)]),
            lower=np.zeros(columns),
            upper=np.full(columns, INFINITY),
            row_lower=np.concatenate([marginals, [1.0]]),
            row_upper=np.concatenate([np.full(kinds, INFINITY), [1.0]]),
            maximise=False,
        )
        self._known = len(block)

    def solve(self) -> tuple[float, Floats]:
        """The smallest shortfall, and how much each type weighs on it: Σ weight × size = 1."""
        for panel in self._panels.all[self._known :]:
            self._model.add_column(0.0, np.concatenate([panel, [1.0]]))
        if self._known < len(self._panels.all) and self._model.solves:
            # New columns leave the old basis feasible: go on with the primal simplex.
            self._model.option("simplex_strategy", 4)
        self._known = len(self._panels.all)
        self._model.solve()
        return self._model.objective, np.maximum(self._model.row_duals[: self._kinds], 0.0)

    @property
    def probabilities(self) -> Floats:
        """The probability of each panel, summing to 1."""
        found = np.maximum(self._model.values[1:], 0.0)
        return np.asarray(found / found.sum(), dtype=np.float64)


@dataclass
class _Search:
    """One decomposition: the marginals aimed at, and the panels gathered on the way."""

    finder: PanelFinder
    marginals: Floats
    panels: Panels
    tolerance: float
    sizes: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.sizes = self.finder.pool.sizes.astype(float)

    def herd(self, count: int) -> None:
        """Gather panels whose average tends to the marginals."""
        short = self.marginals.copy()
        for _ in range(count):
            panel = self.finder.any_good(short / self.sizes)
            if panel is None:
                return
            short += self.marginals - panel
            self.panels.add(panel)

    def price(self, weights: Floats, beat: float) -> bool:
        """Add panels that weigh more than `beat`, most by quick search; False if there is none."""
        damped, found = weights.copy(), False
        for _ in range(BATCH):
            panel = self.finder.quick(damped)
            if panel is None:
                break
            if self.panels.add(panel) and weights @ panel > beat:
                found = True
            damped = np.where(panel > 0, damped * DAMPING, damped)
        if found:
            return True
        best = self.finder.best(weights)
        return best is not None and bool(weights @ best[0] > beat) and self.panels.add(best[0])

    def cut(self, weights: Floats, beat: float) -> tuple[Floats, float] | None:
        """Add the heaviest panel of all if it beats `beat`, else prove that there is none."""
        self.finder.release()
        best = self.finder.best(weights)
        self.finder.restrict(self.marginals)
        assert best is not None
        if weights @ best[0] > beat and self.panels.add(best[0]):
            return None
        return weights, best[1]


def decompose(
    finder: PanelFinder, marginals: Floats, panels: Panels, tolerance: float, effort: Effort
) -> Mixture:
    """A lottery whose chances fall short of the marginals (T,) by at most `tolerance`, or a cut.

    With neither, the effort was spent: the mixture is the best found and its shortfall says how
    good it is. New panels are added to `panels`.
    """
    search = _Search(finder, marginals, panels, tolerance)
    finder.restrict(marginals)
    free = int(((marginals > tolerance) & (marginals < search.sizes - tolerance)).sum())
    if len(panels.all) < 3 * free:
        search.herd(free + free // 5 + 1)
    master = _Master(marginals, search.sizes, panels)
    cut = None
    shortfall, weights = master.solve()
    for _ in range(effort.rounds):
        if shortfall <= tolerance:
            break
        beat = float(weights @ marginals) - shortfall + tolerance / 2
        if not search.price(weights, beat):
            cut = search.cut(weights, beat)
            if cut is not None:
                break
        shortfall, weights = master.solve()
    finder.release()
    return Mixture(np.array(panels.all), master.probabilities, shortfall, cut)
