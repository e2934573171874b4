"""Who comes with whom, so that nobody is the only one of a group where that can be avoided.

Groups are bits here, one for each target of the opportunity in its order: whether somebody would
stand alone, and who shares a group with them, are then one operation on two whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.matching import scoring
from services.matching.characteristics import Categories, is_member
from services.matching.gaps import Tally
from services.matching.model import DEFAULT_POLICY, Participant


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person with what only the store knows.

    ``stamp``: another number whenever anything changed that a proposal of them rests on.
    """

    person: Participant
    stamp: int = 0

    @property
    def id(self) -> UUID:
        return UUID(self.person.participant_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """One person in a queue and the groups of its targets that they are in."""

    id: UUID
    groups: int


def group_bits(tally: Tally, categories: Categories) -> int:
    """The groups of the tally's targets that a person is in: bit i for the target at i."""
    return sum(1 << i for i, t in enumerate(tally.targets) if is_member(categories, t.group))


def pairs(
    tally: Tally, ranked: Sequence[Standing], asked: Sequence[Standing] = ()
) -> dict[UUID, Standing]:
    """For each person who would stand alone in a group, who comes with them.

    ranked: those proposed, the best first. asked: those who were asked already and may say yes;
    they are company too, and come first.
    """
    lonely = _empty_groups(tally)
    if tally.free < 2 or not lonely:
        return {}
    partners: dict[UUID, Standing] = {}
    over: dict[int, int] = {}
    for one in ranked:
        alone = one.groups & lonely
        if not alone or one.id in partners:
            continue
        company = _most_shared(alone, asked)
        if company is not None:
            partners[one.id] = company
            continue
        if one.groups not in over:
            over[one.groups] = _over_after(tally, one.groups)
        second = _most_shared(
            alone,
            [
                other
                for other in ranked
                if other.id != one.id
                and other.id not in partners
                and not other.groups & over[one.groups]
            ],
        )
        if second is not None:
            partners[one.id], partners[second.id] = second, one
    return partners


def _most_shared(alone: int, others: Sequence[Standing]) -> Standing | None:
    """Who shares most of the groups, the first of several; None if nobody shares one."""
    best, most = None, 0
    for other in others:
        common = (other.groups & alone).bit_count()
        if common > most:
            best, most = other, common
    return best


def _empty_groups(tally: Tally) -> int:
    """Groups without a seat in which the first person would be the only one."""
    rows = zip(tally.targets, tally.held, strict=True)
    return sum(
        1 << i
        for i, (t, held) in enumerate(rows)
        if held == 0 and scoring.is_small(t, tally.seats, DEFAULT_POLICY)
    )


def _over_after(tally: Tally, groups: int) -> int:
    """Groups that a second person would take over their greatest number after the first."""
    held = tuple(h + (groups >> i & 1) for i, h in enumerate(tally.held))
    after = replace(tally, filled=tally.filled + 1, held=held)
    return sum(1 << i for i, step in enumerate(scoring.steps(after)) if step.widens)
