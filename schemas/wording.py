"""Words this project does not use about people, and plain words for jargon.

One list for everything a person reads: forms and notes of outreach, proposals, messages. The
suggestions are kind and can stand in the same sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from schemas.wording_lists import BANNED, JARGON

Kind = Literal["banned", "jargon"]
_LISTS: dict[Kind, dict[str, tuple[tuple[str, ...], str]]] = {"banned": BANNED, "jargon": JARGON}


@dataclass(frozen=True, slots=True)
class Found:
    """One phrase to change. start, end: characters of the text; say: what to write instead."""

    phrase: str
    start: int
    end: int
    say: tuple[str, ...]
    why: str


_GAP = re.compile(r"[\s\-‐‑]+")


def _key(phrase: str) -> str:
    return _GAP.sub(" ", phrase.casefold())


@cache
def _table(kind: Kind) -> dict[str, tuple[tuple[str, ...], str]]:
    return {_key(phrase): advice for phrase, advice in _LISTS[kind].items()}


@cache
def _pattern(kind: Kind) -> re.Pattern[str]:
    longest_first = sorted(_table(kind), key=len, reverse=True)
    phrases = "|".join(re.escape(p).replace("\\ ", _GAP.pattern) for p in longest_first)
    return re.compile(rf"(?<!\w)(?:{phrases})(?!\w)", re.IGNORECASE)


def _find(text: str, kind: Kind) -> tuple[Found, ...]:
    found = []
    for match in _pattern(kind).finditer(text):
        say, why = _table(kind)[_key(match[0])]
        found.append(Found(match[0], match.start(), match.end(), say, why))
    return tuple(found)


def find_banned(text: str) -> tuple[Found, ...]:
    """Phrases never to be used about people, in order, with what to say instead."""
    return _find(text, "banned")


def find_jargon(text: str) -> tuple[Found, ...]:
    """Words that shut people out, in order, with plain ones."""
    return _find(text, "jargon")
