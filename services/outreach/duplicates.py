"""Records that may be the same person. Only a person ever says that they are. Pure rules.

Two names are alike when their words match in spelling (Jaro-Winkler, order of words ignored) or
in sound (Metaphone of each word, vowels and silent letters aside).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import jellyfish
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

ALIKE = 0.9
"""From this similarity (0 to 1) on, two names count as alike in spelling."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the comparison needs of a person. Never log it."""

    id: UUID
    name: str
    phone_index: str | None
    area_code: str


@dataclass(frozen=True, slots=True)
class Candidate:
    id: UUID
    reasons: tuple[str, ...]
    """Codes: same_phone, same_name, alike_name, sounds_alike, same_area."""
    strength: float


def candidates(person: Known, others: Iterable[Known]) -> list[Candidate]:
    """Records worth a look, the likeliest first. The same area alone is no reason."""
    found = [c for other in others if other.id != person.id and (c := _compare(person, other))]
    return sorted(found, key=lambda c: (-c.strength, str(c.id)))


def _compare(person: Known, other: Known) -> Candidate | None:
    reasons: list[str] = []
    mine, theirs = normal(person.name), normal(other.name)
    similarity = max(
        JaroWinkler.normalized_similarity(mine, theirs), fuzz.token_sort_ratio(mine, theirs) / 100
    )
    if person.phone_index is not None and person.phone_index == other.phone_index:
        reasons.append("same_phone")
    if mine and sorted(mine.split()) == sorted(theirs.split()):
        reasons.append("same_name")
    elif similarity >= ALIKE:
        reasons.append("alike_name")
    elif sound(mine) and sound(mine) == sound(theirs):
        reasons.append("sounds_alike")
    if not reasons:
        return None
    if person.area_code == other.area_code:
        reasons.append("same_area")
    return Candidate(other.id, tuple(reasons), len(reasons) + similarity)


def normal(name: str) -> str:
    """Lower case, without accents, marks and titles."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c if c.isalpha() or c.isspace() else " " for c in plain if not _mark(c))
    titles = {"mr", "mrs", "ms", "miss", "mx", "dr"}
    return " ".join(word for word in letters.split() if word not in titles)


def sound(name: str) -> tuple[str, ...]:
    return tuple(
        sorted(code for word in normal(name).split() if (code := jellyfish.metaphone(word)))
    )


def _mark(character: str) -> bool:
    return unicodedata.combining(character) != 0 or character in "'’`-"
