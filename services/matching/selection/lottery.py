"""A fair lottery over panels: who is drawn with which chance, and the proof that it is best."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from services.matching.selection.decompose import Effort, Mixture, Panels, decompose
from services.matching.selection.feasibility import (
    TargetRelaxation,
    TargetsOutOfReachError,
    smallest_relaxation,
)
from services.matching.selection.marginals import FractionalPanels, Marginals
from services.matching.selection.panels import PanelFinder
from services.matching.selection.pool import Ints, Request, TypedPool, pool_types
from services.matching.selection.reach import cheapest_panel, reachable_types, with_ranges
from services.matching.selection.solver import Floats

TICKETS = 1_000_000_000
"""Probabilities are published as whole tickets, so that the draw needs no floating point."""

RELATIVE_TOLERANCE = 1e-5


class Rule(StrEnum):
    """What is fair: the smallest chance as large as possible (maximin), and then the next
    smallest, and so on (leximin)."""

    MAXIMIN = "maximin"
    LEXIMIN = "leximin"


@dataclass(frozen=True, eq=False)
class Lottery:
    """Panels (K, T) of people a type, drawn by tickets (K,) that sum to TICKETS.

    `chances` (T,) is each person's chance by type, people of a type having the same chance.
    `reachable` (T,) marks types that some panel can hold; the rest have no chance under these
    targets. `minimum` is the smallest chance of a reachable person, `bound` what no lottery can
    exceed, `shortfall` the most by which any chance stays below the best marginals found, and
    `proof` the weights that prove the bound (see Marginals).
    """

    pool: TypedPool
    rule: Rule
    panels: Ints
    tickets: Ints
    chances: Floats
    reachable: NDArray[np.bool_]
    minimum: float
    bound: float
    shortfall: float
    proof: Floats | None
    soft_budget: int | None

    @property
    def gap(self) -> float:
        """How far the smallest chance may be from the best possible one, relative to it."""
        return max(self.bound - self.minimum, 0.0) / self.bound if self.bound else 0.0

    @property
    def proven(self) -> bool:
        """Whether the lottery is proven the best under its rule, to 1e-5 of the smallest chance."""
        return self.shortfall <= 2 * RELATIVE_TOLERANCE * self.bound

    def chance_of(self) -> dict[str, float]:
        """Each person's chance by id."""
        pairs = zip(self.pool.ids, self.chances, strict=True)
        return {person: float(chance) for ids, chance in pairs for person in ids}


def fair_lottery(
    request: Request,
    rule: Rule = Rule.LEXIMIN,
    *,
    soft_allowance: int = 0,
    effort: Effort | None = None,
) -> Lottery:
    """The fairest lottery over the panels that fill the seats and break no target.

    With soft targets only panels are drawn whose deviations cost least. Where that leaves many
    without a chance, `soft_allowance` opens the choice: each group may then be off by up to so
    many seats more than in a panel of least cost (see `with_ranges`). The same request gives
    the same lottery, in whatever order its people and targets come. Raises
    TargetsOutOfReachError, with the smallest change that helps, if no panel meets the targets.
    """
    pool = pool_types(request)
    if soft_allowance and pool.soft_targets and len(pool.sizes):
        pool = pool_types(request := with_ranges(request, soft_allowance))
    if pool.seats == 0 or not len(pool.sizes):
        return _without_panels(request, pool, rule)
    panel = cheapest_panel(pool)
    if panel is None:
        raise TargetsOutOfReachError(_needed(request))
    budget = pool.soft_cost(panel) if pool.soft_targets else None
    return fairest(pool, rule, budget, effort)


def fairest(
    pool: TypedPool, rule: Rule, budget: int | None, effort: Effort | None = None
) -> Lottery:
    """The fairest lottery over a pool that has a panel within its soft targets' budget."""
    finder = PanelFinder(pool, budget)
    panels = Panels()
    reachable = reachable_types(finder, panels)
    relaxation = FractionalPanels(pool, reachable, budget)
    marginals, mixture = _meet(relaxation, finder, panels, rule, effort or Effort())
    return _lottery(pool, rule, marginals, mixture, reachable, budget)


def _meet(
    relaxation: FractionalPanels, finder: PanelFinder, panels: Panels, rule: Rule, effort: Effort
) -> tuple[Marginals, Mixture]:
    """Lower the bound by cuts until a lottery meets it."""
    best: Mixture | None = None
    for _ in range(effort.cuts):
        marginals = relaxation.maximin() if rule is Rule.MAXIMIN else relaxation.leximin()
        tolerance = max(RELATIVE_TOLERANCE * marginals.minimum, 1e-9)
        best = decompose(finder, marginals.seats, panels, tolerance, effort)
        if best.cut is None:
            break
        relaxation.add_cut(*best.cut)
    assert best is not None
    return marginals, best


def _lottery(
    pool: TypedPool,
    rule: Rule,
    marginals: Marginals,
    mixture: Mixture,
    reachable: NDArray[np.bool_],
    budget: int | None,
) -> Lottery:
    tickets = whole_tickets(mixture.probabilities)
    drawn = tickets > 0
    panels, tickets = mixture.panels[drawn], tickets[drawn]
    order = np.lexsort(panels.T[::-1])
    panels, tickets = panels[order], tickets[order]
    for panel in panels:
        if not pool.meets_targets(panel) or (budget is not None and pool.soft_cost(panel) > budget):
            raise AssertionError("A panel of the lottery breaks a target.")
    chances = tickets @ panels / (TICKETS * pool.sizes)
    short = (marginals.seats / pool.sizes - chances)[reachable]
    return Lottery(
        pool=pool,
        rule=rule,
        panels=panels,
        tickets=tickets,
        chances=chances,
        reachable=reachable,
        minimum=float(chances[reachable].min()),
        bound=marginals.minimum,
        shortfall=max(float(short.max()), 0.0),
        proof=marginals.proof,
        soft_budget=budget,
    )


def _without_panels(request: Request, pool: TypedPool, rule: Rule) -> Lottery:
    """No seats to fill, or nobody to fill them: the one empty panel, if it meets the targets."""
    empty = np.zeros(len(pool.sizes), dtype=np.int64)
    if not pool.meets_targets(empty):
        raise TargetsOutOfReachError(_needed(request))
    return Lottery(
        pool=pool,
        rule=rule,
        panels=empty[np.newaxis, :],
        tickets=np.array([TICKETS], dtype=np.int64),
        chances=np.zeros(len(pool.sizes)),
        reachable=np.zeros(len(pool.sizes), dtype=np.bool_),
        minimum=0.0,
        bound=0.0,
        shortfall=0.0,
        proof=None,
        soft_budget=pool.soft_cost(empty) if pool.soft_targets else None,
    )


def _needed(request: Request) -> TargetRelaxation:
    relaxation = smallest_relaxation(request)
    assert relaxation is not None, "The targets are out of reach, so something must change."
    return relaxation


def whole_tickets(probabilities: Floats) -> Ints:
    """Probabilities (K,) as whole tickets that sum to TICKETS, largest remainders rounded up."""
    exact = probabilities / probabilities.sum() * TICKETS
    tickets: Ints = np.floor(exact).astype(np.int64)
    left = TICKETS - int(tickets.sum())
    tickets[np.argsort(tickets - exact, kind="stable")[:left]] += 1
    return tickets
