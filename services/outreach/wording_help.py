"""Kind suggestions for notes that use words we do not use about people."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.wording import find_banned


@dataclass(frozen=True, slots=True)
class Suggestion:
    """phrase: as it was written; say: what could stand there instead."""

    phrase: str
    say: str
    why: str


def suggestions(*texts: str | None) -> list[Suggestion]:
    """One suggestion a phrase, in the order of the texts. Nothing is ever changed by itself."""
    found: dict[str, Suggestion] = {}
    for text in texts:
        for hit in find_banned(text or ""):
            key = hit.phrase.casefold()
            found.setdefault(key, Suggestion(hit.phrase, " or ".join(hit.say), hit.why))
    return list(found.values())
