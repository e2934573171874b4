"""What is read out before a person says yes or no. A released version never changes.

To change a sentence, add a version with a new number: the ledger keeps the version that each
person heard. Translations are in `locales/`, by these English sentences; a version's translation
counts as heard only in the language that the link worker says they read it in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Part = Literal["start", "contact", "matching", "monitoring", "rights"]

CURRENT = "1"


@dataclass(frozen=True, slots=True)
class Wording:
    """Sentences to read aloud, one after the other."""

    sentences: tuple[str, ...]


TEXTS: dict[str, dict[Part, Wording]] = {
    "1": {
        "start": Wording(
            (
                "We ask people to help make care and support better where they live.",
                "You choose what you say yes to. You can change your mind at any time.",
                "Saying no changes nothing about the care you get.",
            )
        ),
        "contact": Wording(
            (
                "May we contact you when there is a chance to have your say?",
                "We only use the ways you choose.",
                "To stop text messages, reply STOP.",
            )
        ),
        "matching": Wording(
            (
                "May we use what you tell us about yourself to find chances that suit you?",
                "Only the people who find places for you can use it.",
                "You can say no. Then we will not ask about it.",
            )
        ),
        "monitoring": Wording(
            (
                "May we count your answers together with other people's answers?",
                "It shows us if we reach everyone.",
                "Nobody looks at your own answers, and they are never used to choose people.",
            )
        ),
        "rights": Wording(
            (
                "You can ask to see what we keep about you.",
                "You can ask us to correct it or to delete it.",
            )
        ),
    }
}


def wording(part: Part, version: str = CURRENT) -> Wording:
    """The sentences of a version; raises KeyError for one that was never released."""
    return TEXTS[version][part]
