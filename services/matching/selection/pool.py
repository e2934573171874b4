"""Who can be chosen, what is aimed for, and identical people pooled into types.

Two people who belong to the same targeted groups are exchangeable, so every question about
panels is asked of *types* (a few hundred) rather than of people (up to hundreds of thousands).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from schemas.vocabulary import UNSTATED

Ints = NDArray[np.int64]

NO_CATEGORY = UNSTATED | {""}
"""Answers that put a person in no category. "Prefer not to say" is a full answer: the person
counts in the seats, and the category is never guessed."""


class UnclearRequestError(ValueError):
    """The request contradicts itself; the message says what to change, without personal data."""


@dataclass(frozen=True, order=True)
class Participant:
    """Someone in the pool, or a member already seated: an id and (characteristic, code) pairs."""

    id: str
    categories: frozenset[tuple[str, str]] = field(default=frozenset(), compare=False)

    @classmethod
    def of(cls, id: str, answers: Mapping[str, str | Iterable[str] | None]) -> Participant:
        """From answers by characteristic: one code, several codes, or None for no answer."""
        pairs: set[tuple[str, str]] = set()
        for characteristic, answer in answers.items():
            codes = (answer,) if isinstance(answer, str) else tuple(answer or ())
            pairs.update((characteristic, code) for code in codes if code not in NO_CATEGORY)
        return cls(id, frozenset(pairs))


@dataclass(frozen=True)
class Group:
    """The people who are in all of these categories: one category, or an intersection.

    `label` is how the group is called when read out, such as "carers under 25". Two groups with
    the same categories are equal whatever their labels.
    """

    categories: frozenset[tuple[str, str]]
    label: str = field(compare=False)

    @classmethod
    def of(cls, label: str, *categories: tuple[str, str]) -> Group:
        """A group from its categories as (characteristic, code) pairs."""
        if not categories:
            raise UnclearRequestError("A group needs at least one category.")
        return cls(frozenset(categories), label)

    def includes(self, person: Participant) -> bool:
        """Whether the person is in every category of the group."""
        return self.categories <= person.categories

    @property
    def key(self) -> str:
        """A text that sorts and identifies the group: `age=16-24&carer=yes`."""
        return "&".join(f"{name}={code}" for name, code in sorted(self.categories))


@dataclass(frozen=True)
class Target:
    """Seats that a group holds at least and at most, members already seated included."""

    group: Group
    minimum: int = 0
    maximum: int | None = None

    def __post_init__(self) -> None:
        if self.minimum < 0 or (self.maximum is not None and self.maximum < self.minimum):
            raise UnclearRequestError("A target needs 0 ≤ minimum ≤ maximum.")


@dataclass(frozen=True)
class SoftTarget:
    """Seats that a group should hold, members included, where missing it is allowed.

    The k-th seat too few or too many costs weight × (2k - 1): a deviation of d seats costs
    weight × d² in all, so that several groups rather share a deviation than one bears it alone.
    """

    group: Group
    seats: int
    weight: int = 1

    def __post_init__(self) -> None:
        if self.seats < 0 or self.weight < 1:
            raise UnclearRequestError("A soft target needs seats ≥ 0 and a weight of 1 or more.")


@dataclass(frozen=True)
class Request:
    """Fill `seats` seats from `pool` under `targets`; `members` are seated already.

    Raises UnclearRequestError for repeated ids, a member in the pool, or two targets for one group.
    """

    pool: tuple[Participant, ...]
    seats: int
    targets: tuple[Target, ...] = ()
    soft_targets: tuple[SoftTarget, ...] = ()
    members: tuple[Participant, ...] = ()

    def __post_init__(self) -> None:
        ids = [person.id for person in (*self.pool, *self.members)]
        if len(set(ids)) < len(ids):
            raise UnclearRequestError("Each id may appear once, in the pool or among the members.")
        for aims in (self.targets, self.soft_targets):
            groups = [aim.group for aim in aims]
            if len(set(groups)) < len(groups):
                raise UnclearRequestError("Two targets name the same group: keep one of them.")
        if self.seats < 0:
            raise UnclearRequestError("The number of seats cannot be negative.")


@dataclass(frozen=True, eq=False)
class TypedPool:
    """A request with identical people pooled. T types, H targets, S soft targets.

    Arrays: `sizes` (T,) people a type; `in_target` (T, H) and `in_soft` (T, S) 0 or 1; `lower`,
    `upper` (H,) and `wanted` (S,) seats still to fill, after members; `seated` (H,) members.
    Types, targets and ids are in an order of their own, so the order of the request is no matter.
    """

    seats: int
    targets: tuple[Target, ...]
    soft_targets: tuple[SoftTarget, ...]
    ids: tuple[tuple[str, ...], ...]
    sizes: Ints
    in_target: Ints
    in_soft: Ints
    lower: Ints
    upper: Ints
    seated: Ints
    wanted: Ints

    def meets_targets(self, panel: Ints) -> bool:
        """Whether a panel (T,) of people a type fills the seats and breaks no target."""
        held = panel @ self.in_target
        return bool(
            panel.sum() == self.seats
            and (panel >= 0).all()
            and (panel <= self.sizes).all()
            and (held >= self.lower).all()
            and (held <= self.upper).all()
        )

    def soft_cost(self, panel: Ints) -> int:
        """What the panel's deviations from the soft targets cost (see SoftTarget)."""
        off = panel @ self.in_soft - self.wanted
        weights = np.array([soft.weight for soft in self.soft_targets], dtype=np.int64)
        return int((weights * off**2).sum())


def pool_types(request: Request) -> TypedPool:
    """Pool the people of a request into types by the targeted groups that they belong to."""
    targets = tuple(sorted(request.targets, key=lambda target: target.group.key))
    softs = tuple(sorted(request.soft_targets, key=lambda soft: soft.group.key))
    groups = [target.group for target in targets] + [soft.group for soft in softs]
    by_row: dict[tuple[int, ...], list[str]] = defaultdict(list)
    # Many people share the same answers: look at each set of categories once.
    rows: dict[frozenset[tuple[str, str]], tuple[int, ...]] = {}
    for person in request.pool:
        row = rows.get(person.categories)
        if row is None:
            row = tuple(int(group.includes(person)) for group in groups)
            rows[person.categories] = row
        by_row[row].append(person.id)
    order = sorted(by_row)
    membership = np.array(order, dtype=np.int64).reshape(len(order), len(groups))
    seated = np.array(
        [sum(group.includes(member) for member in request.members) for group in groups],
        dtype=np.int64,
    )
    hard = len(targets)
    most = [request.seats if t.maximum is None else t.maximum for t in targets]
    upper = np.array(most, dtype=np.int64) - seated[:hard]
    upper[[target.maximum is None for target in targets]] = request.seats
    lower = np.array([target.minimum for target in targets], dtype=np.int64) - seated[:hard]
    wanted = np.array([soft.seats for soft in softs], dtype=np.int64) - seated[hard:]
    return TypedPool(
        seats=request.seats,
        targets=targets,
        soft_targets=softs,
        ids=tuple(tuple(sorted(by_row[row])) for row in order),
        sizes=np.array([len(by_row[row]) for row in order], dtype=np.int64),
        in_target=membership[:, :hard],
        in_soft=membership[:, hard:],
        lower=np.maximum(lower, 0),
        upper=upper,
        seated=seated[:hard],
        wanted=wanted,
    )
