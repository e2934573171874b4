"""Who comes with whom, so that nobody is the only one of a group where that can be avoided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.matching import scoring
from services.matching.characteristics import is_member
from services.matching.gaps import Tally
from services.matching.model import Participant
from services.matching.scoring import Score


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person with what only the store knows: how they can take part."""

    person: Participant
    modes: frozenset[str]

    @property
    def id(self) -> UUID:
        return UUID(self.person.participant_id)


def pairs(
    tally: Tally,
    ranked: Sequence[tuple[Candidate, Score]],
    asked: Sequence[Candidate] = (),
) -> dict[UUID, Candidate]:
    """For each person who would stand alone in a group, who comes with them.

    ranked: those proposed, the best first. asked: those who were asked already and may say yes;
    they are company too, and come first.
    """
    if tally.free < 2:
        return {}
    by_id = {c.person.participant_id: c for c, _ in ranked}
    partners: dict[UUID, Candidate] = {}
    for candidate, _ in ranked:
        if candidate.id in partners:
            continue
        company = _company(tally, candidate, asked)
        if company is not None:
            partners[candidate.id] = company
            continue
        others = [
            (c.person, score) for c, score in ranked if c is not candidate and c.id not in partners
        ]
        second = scoring.partner(tally, candidate.person, others)
        if second is not None:
            other = by_id[second[0].participant_id]
            partners[candidate.id], partners[other.id] = other, candidate
    return partners


def _company(tally: Tally, candidate: Candidate, asked: Sequence[Candidate]) -> Candidate | None:
    alone = scoring.alone_in(tally, candidate.person.categories)
    shared = [(sum(is_member(c.person.categories, t.group) for t in alone), c) for c in asked]
    most = max((count for count, _ in shared), default=0)
    return next((c for count, c in shared if count == most), None) if most else None
