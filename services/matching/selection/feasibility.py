"""When no panel meets the targets: the smallest change that helps, and why it is needed.

The smallest relaxation moves the fewest seats in all, and among those the fewest targets. The
reason names targets that cannot be met together, of which none can be left out (an irreducible
infeasible subset by deletion, after Chinneck and Dravnieks 1991).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from services.matching.selection.panels import program_of
from services.matching.selection.pool import Request, Target, TypedPool, pool_types
from services.matching.selection.solver import INFINITY, Entries, Floats, Model
from services.matching.selection.wording import at_least, at_most, listed, people_count, seats_count


@dataclass(frozen=True)
class Change:
    """A target and the minimum and maximum that it should have instead."""

    target: Target
    minimum: int
    maximum: int | None

    @property
    def sentence(self) -> str:
        """What to do, as the end of a sentence."""
        label, parts = self.target.group.label, []
        if self.minimum < self.target.minimum:
            old = self.target.minimum
            parts.append(f"lower the target for {label} from at least {old} to {self.minimum}")
        if self.maximum is not None and self.maximum != self.target.maximum:
            old = self.target.maximum or 0
            parts.append(f"raise the target for {label} from at most {old} to {self.maximum}")
        return " and ".join(parts)


@dataclass(frozen=True)
class TargetRelaxation:
    """The smallest change under which a selection exists, and its reason to read out.

    `seats` is how many seats can be filled: fewer than asked for if the pool is too small.
    """

    changes: tuple[Change, ...]
    seats: int
    reason: str

    @property
    def size(self) -> int:
        """By how many seats the targets move in all."""
        return sum(
            change.target.minimum
            - change.minimum
            + ((change.maximum or 0) - (change.target.maximum or 0))
            for change in self.changes
        )

    def apply(self, request: Request) -> Request:
        """The request with the changed targets and seats."""
        new = {change.target.group: change for change in self.changes}
        targets = tuple(
            target
            if (change := new.get(target.group)) is None
            else Target(target.group, change.minimum, change.maximum)
            for target in request.targets
        )
        return replace(request, targets=targets, seats=self.seats)


class TargetsOutOfReachError(ValueError):
    """No panel of this pool meets the targets; `relaxation` has the smallest change that helps."""

    def __init__(self, relaxation: TargetRelaxation) -> None:
        super().__init__("The targets cannot all be met with this pool.")
        self.relaxation = relaxation


def smallest_relaxation(request: Request) -> TargetRelaxation | None:
    """The smallest change under which a selection exists; None if one exists already."""
    seats = min(request.seats, len(request.pool))
    pool = pool_types(replace(request, seats=seats))
    down, up = _least_moves(pool)
    changes = tuple(
        Change(
            target,
            target.minimum - int(less),
            None if target.maximum is None else target.maximum + int(more),
        )
        for target, less, more in zip(pool.targets, down, up, strict=True)
        if less or more
    )
    if not changes and seats == request.seats:
        return None
    reasons = []
    if seats < request.seats:
        reasons.append(
            f"There are {seats_count(request.seats)} to fill, and "
            f"{people_count(len(request.pool))} in the pool: fill {seats_count(seats)}."
        )
    if changes:
        reasons += _reasons(pool, down, up)
        advice = listed([change.sentence for change in changes])
        reasons.append(f"The smallest change that works: {advice}.")
    return TargetRelaxation(changes, seats, " ".join(reasons))


def _least_moves(pool: TypedPool) -> tuple[Floats, Floats]:
    """By how much each minimum (H,) goes down and each maximum (H,) goes up."""
    model, kinds = _moving_model(pool)
    hard = len(pool.targets)
    if not hard:
        return np.zeros(0), np.zeros(0)
    moves, flags = slice(kinds, kinds + 2 * hard), kinds + 2 * hard
    model.solve()
    total = float(np.rint(model.values[moves]).sum())
    if total:
        count = np.zeros(flags)
        count[moves] = 1.0
        model.add_row(0.0, total, count)
        model.set_costs(np.concatenate([np.zeros(flags), np.ones(hard)]))
        model.solve()
    found = np.rint(model.values[moves])
    return found[:hard], found[hard:]


def _moving_model(pool: TypedPool) -> tuple[Model, int]:
    """Columns: people a type, seats each minimum goes down, each maximum up, target moved or not.

    Rows: minimums, maximums, the seats, and a move only where the target is marked as moved.
    """
    kinds, hard = pool.in_target.shape
    most = float(pool.seats + pool.seated.sum() + 1)
    one, entries = np.eye(hard), Entries()
    for row, sign, column in ((0, 1.0, kinds), (hard, -1.0, kinds + hard)):
        entries.block(row, 0, pool.in_target.T)
        entries.block(row, column, sign * one)
    entries.block(2 * hard, 0, np.ones((1, kinds)))
    for column, factor in ((kinds, 1.0), (kinds + hard, 1.0), (kinds + 2 * hard, -2 * most)):
        entries.block(2 * hard + 1, column, factor * one)
    bounded = np.array([target.maximum is not None for target in pool.targets], dtype=float)
    columns = kinds + 3 * hard
    model = Model(
        entries,
        costs=np.concatenate([np.zeros(kinds), np.ones(2 * hard), np.zeros(hard)]),
        lower=np.zeros(columns),
        upper=np.concatenate([pool.sizes, pool.lower, bounded * most, np.ones(hard)]).astype(float),
        row_lower=np.concatenate(
            [pool.lower, np.full(hard, -INFINITY), [pool.seats], np.full(hard, -INFINITY)]
        ),
        row_upper=np.concatenate(
            [np.full(hard, INFINITY), pool.upper, [pool.seats], np.zeros(hard)]
        ),
        maximise=False,
        integer=np.ones(columns, dtype=np.bool_),
    )
    return model, kinds


def _reasons(pool: TypedPool, down: Floats, up: Floats) -> list[str]:
    """One sentence for each independent cause, until every moved target is explained."""
    sentences = []
    lower, upper = pool.lower.copy(), pool.upper.copy()
    for index, target in enumerate(pool.targets):
        sentence = _own_reason(pool, index, target)
        if sentence and (down[index] or up[index]):
            sentences.append(sentence)
            lower[index] -= int(down[index])
            upper[index] += int(up[index])
    while clash := _clash(replace(pool, lower=lower, upper=upper)):
        parts = [
            at_least(pool.targets[i]) if side == "min" else at_most(pool.targets[i])
            for i, side in clash
        ]
        sentences.append(
            f"With the people in the pool and {seats_count(pool.seats)} to fill, "
            f"{'this target cannot' if len(parts) == 1 else 'these targets cannot all'} "
            f"be met: {listed(parts)}."
        )
        for index, _side in clash:
            lower[index] = pool.lower[index] - int(down[index])
            upper[index] = pool.upper[index] + int(up[index])
    return sentences


def _own_reason(pool: TypedPool, index: int, target: Target) -> str | None:
    """Why a target cannot be met even on its own, if that is so."""
    seated, label = int(pool.seated[index]), target.group.label
    in_pool = int(pool.sizes @ pool.in_target[:, index])
    already = f"{people_count(seated)} already seated" if seated else ""
    if pool.upper[index] < 0:
        return f"The target is {at_most(target)}, and there are {already}."
    if pool.lower[index] > in_pool:
        there = listed([part for part in (f"{people_count(in_pool)} in the pool", already) if part])
        verb = "is" if in_pool == 1 else "are"
        return f"The target is {at_least(target)}, and there {verb} {there} for {label}."
    if pool.lower[index] > pool.seats:
        return f"The target is {at_least(target)}, and there are {seats_count(pool.seats)} to fill."
    return None


def _clash(pool: TypedPool) -> list[tuple[int, str]]:
    """Minimums and maximums, as (target, side), that cannot be met together, none to spare."""
    hard_only = replace(pool, soft_targets=(), in_soft=pool.in_soft[:, :0], wanted=pool.wanted[:0])
    program = program_of(hard_only)
    model = Model(
        program.entries,
        costs=np.zeros(len(program.lower)),
        lower=program.lower,
        upper=program.upper,
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        maximise=False,
        integer=np.ones(len(program.lower), dtype=np.bool_),
    )
    if model.solve():
        return []
    low, high = program.row_lower.copy(), program.row_upper.copy()
    kept = []
    for index in range(len(pool.targets)):
        for side, bounds, free in (("min", low, -INFINITY), ("max", high, INFINITY)):
            old = bounds[index]
            bounds[index] = free
            model.set_row(index, low[index], high[index])
            if model.solve():
                bounds[index] = old
                model.set_row(index, low[index], high[index])
                kept.append((index, side))
    return kept
