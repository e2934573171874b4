"""Alternates: an ordered list of stand-ins that keeps the targets reachable when people drop out.

The order is chosen so that as early as possible every member of the panel has somebody on the
list who could take over without breaking a target, then a second such person, and so on.
See also Assos, Baharav, Flanigan, Procaccia (2025), "Alternates, assemble! Selecting optimal
alternates for citizens' assemblies", who weigh drop-out chances that are not known here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from services.matching.selection.pool import Ints, Target, TypedPool
from services.matching.selection.solver import INFINITY, Entries, Floats, Model


def fitting(pool: TypedPool, panel: Ints) -> Floats:
    """(T, T): 1 where someone of the column's type can replace a member of the row's type.

    Rows of types that the panel does not hold are 0, as is the column of a type with nobody left.
    """
    held = panel @ pool.in_target - pool.in_target
    after = held[:, np.newaxis, :] + pool.in_target[np.newaxis, :, :]
    fits = ((after >= pool.lower) & (after <= pool.upper)).all(axis=2)
    return np.asarray(fits * (panel > 0)[:, np.newaxis] * (panel < pool.sizes), dtype=np.float64)


def stand_in_types(pool: TypedPool, panel: Ints, count: int) -> list[int]:
    """The types of up to `count` stand-ins for a panel (T,), in the order to call them.

    A member not yet covered weighs more than all members covered once together, and so on. Where
    nobody can be covered any better, the type comes next that misses the targets by least.
    """
    fits = fitting(pool, panel)
    misses = _misses(pool, panel)
    left = pool.sizes - panel
    covered = np.zeros(len(panel))
    order: list[int] = []
    for _ in range(min(count, int(left.sum()))):
        weights = panel * (1.0 + pool.seats) ** -np.minimum(covered, 50)
        gains = np.where(left > 0, weights @ fits, -1.0)
        best = gains >= gains.max() * (1 - 1e-9)
        chosen = int(np.argmin(np.where(best & (left > 0), misses, np.inf)))
        order.append(chosen)
        left[chosen] -= 1
        covered += fits[:, chosen]
    return order


def _misses(pool: TypedPool, panel: Ints) -> Floats:
    """By how many seats targets are missed when a type (T,) steps in, over all members' leaving."""
    held = panel @ pool.in_target
    total = np.zeros(len(panel))
    for kind in np.nonzero(panel)[0]:
        after = held - pool.in_target[kind] + pool.in_target
        off = np.maximum(pool.lower - after, 0) + np.maximum(after - pool.upper, 0)
        total += panel[kind] * off.sum(axis=1)
    return total


@dataclass(frozen=True)
class Replacement:
    """Whom to call, in the order of the list, and the targets that are then missed (if any)."""

    ids: tuple[str, ...]
    missed: tuple[Target, ...]
    empty_seats: int


def replacements(
    pool: TypedPool, selected: Collection[str], stand_ins: Sequence[str], gone: Collection[str]
) -> Replacement:
    """Whom to call when `gone` drop out, of those selected or of the stand-ins.

    Of the stand-ins left it picks those who fill the most seats, miss the targets by least, and
    stand earliest on the list, in this order of importance.
    """
    kind_of = {person: kind for kind, ids in enumerate(pool.ids) for person in ids}
    staying = [person for person in selected if person not in gone]
    ready = [person for person in stand_ins if person not in gone and person not in selected]
    held = np.zeros(len(pool.targets), dtype=np.int64)
    for person in staying:
        held += pool.in_target[kind_of[person]]
    vacant = min(pool.seats - len(staying), len(ready))
    kinds = np.array([kind_of[person] for person in ready], dtype=np.int64)
    members = pool.in_target[kinds]
    chosen = _fewest_misses(members, pool.lower - held, pool.upper - held, vacant)
    held = held + members[chosen].sum(axis=0)
    missed = (held < pool.lower) | (held > pool.upper)
    return Replacement(
        ids=tuple(ready[index] for index in chosen),
        missed=tuple(t for t, miss in zip(pool.targets, missed, strict=True) if miss),
        empty_seats=pool.seats - len(staying) - vacant,
    )


def _fewest_misses(members: Ints, lower: Ints, upper: Ints, vacant: int) -> list[int]:
    """Rows of `members` (people, H) to pick so that `vacant` seats fill and targets are met."""
    ready, hard = members.shape
    if not vacant:
        return []
    entries = Entries()
    entries.block(0, 0, members.T)
    entries.block(hard, 0, members.T)
    entries.block(2 * hard, 0, np.ones((1, ready)))
    entries.block(0, ready, np.eye(hard))
    entries.block(hard, ready + hard, -np.eye(hard))
    # Places on the list only decide among equals: all of them together cost less than one miss.
    places = np.arange(ready) / (ready * (vacant + 1.0))
    columns = ready + 2 * hard
    model = Model(
        entries,
        costs=np.concatenate([places, np.ones(2 * hard)]),
        lower=np.zeros(columns),
        upper=np.concatenate([np.ones(ready), np.full(2 * hard, INFINITY)]),
        row_lower=np.concatenate([lower, np.full(hard, -INFINITY), [vacant]]),
        row_upper=np.concatenate([np.full(hard, INFINITY), upper, [vacant]]),
        maximise=False,
        integer=np.arange(columns) < ready,
    )
    model.solve()
    return [int(index) for index in np.nonzero(model.values[:ready] > 0.5)[0]]
