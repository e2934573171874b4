"""What would be: the gaps and the order of proposals under other weights or with people seated.

Pure, and nothing is kept: a coordinator tries things before deciding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.matching import scoring
from services.matching.characteristics import Categories
from services.matching.gaps import Tally
from services.matching.scoring import rank_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waiting proposal. ``tie``: the tie-break as it is stored, lower first."""

    match_id: UUID
    categories: Categories
    familiar: bool
    tie: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a proposal would stand. ``place`` and ``place_now`` count from 1.

    ``gain``: hundred-thousandths by which the gap index would fall. ``widens``: whether a group
    would go over its greatest number.
    """

    match_id: UUID
    place: int
    place_now: int
    gain: int
    widens: bool


def reweighted(tally: Tally, weights: Mapping[str, float]) -> Tally:
    """The same seats with other weights for some targets, by target id.

    Raises ValueError for a target that is not there.
    """
    unknown = weights.keys() - {t.target_id for t in tally.targets}
    if unknown:
        raise ValueError("One of these targets is not of this opportunity. Read its targets first.")
    changed = (replace(t, weight=weights.get(t.target_id, t.weight)) for t in tally.targets)
    return replace(tally, targets=tuple(changed))


def order(now: Tally, then: Tally, waiting: Sequence[Waiting]) -> list[Place]:
    """Everyone who waits, best first as things would be then, with where they stand now."""
    stands = {w.match_id: at for at, (w, _) in enumerate(_ranked(now, waiting), start=1)}
    return [
        Place(w.match_id, at, stands[w.match_id], worth.gain, worth.widens > 0)
        for at, (w, worth) in enumerate(_ranked(then, waiting), start=1)
    ]


def _ranked(tally: Tally, waiting: Sequence[Waiting]) -> list[tuple[Waiting, scoring.Worth]]:
    each = scoring.steps(tally)
    worths = [(w, scoring.worth_of(tally, each, w.categories)) for w in waiting]
    return sorted(worths, key=lambda x: (-rank_of(x[1], x[0].familiar), x[0].tie, x[0].match_id))
