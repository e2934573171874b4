"""The words all services share: characteristics, lived experience, access needs, barriers.

Pure data and look-ups. A stored answer is ``(list_id, list_version, code)``, because the
standards these lists follow are under review and a code must keep the meaning it had when a
person gave it. Lists themselves: `schemas.vocabulary_lists` (sources named there).

Semantics every service keeps to:

- Every question is optional and has no default answer.
- ``prefer_not_to_say`` is a full answer. It is never guessed, never imputed, and belongs to no
  category: the person counts among the seats and in none of the groups.
- ``dont_know`` (an answer) and ``not_asked`` (set by the system) belong to no category either.
- A detailed code counts in its parent too (Indian counts in Asian or Asian British); a parent
  chosen without a detail is complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas import vocabulary_lists, vocabulary_own
from schemas.vocabulary_types import (
    DONT_KNOW,
    NONE_OF_THESE,
    NOT_ASKED,
    PREFER_NOT_TO_SAY,
    UNSTATED,
    Category,
    Coded,
    CodeList,
    Kind,
    Store,
    VocabularyError,
)

__all__ = [
    "ACCESS_NEEDS",
    "BARRIERS",
    "DONT_KNOW",
    "LISTS",
    "LIVED_EXPERIENCE",
    "NONE_OF_THESE",
    "NOT_ASKED",
    "PREFER_NOT_TO_SAY",
    "UNSTATED",
    "Answers",
    "Category",
    "CodeList",
    "Coded",
    "Kind",
    "Store",
    "VocabularyError",
    "check_answers",
    "code_list",
    "coded",
    "expand",
    "label",
    "lists",
    "people",
]

Answers = Mapping[str, frozenset[str]]
"""What one person told us for one purpose: list id to the codes chosen."""


LISTS: Mapping[str, CodeList] = {
    x.list_id: x for x in (*vocabulary_lists.STANDARD, *vocabulary_own.OWN)
}
LIVED_EXPERIENCE: CodeList = vocabulary_own.LIVED_EXPERIENCE
ACCESS_NEEDS: CodeList = vocabulary_own.ACCESS_NEEDS
BARRIERS: CodeList = vocabulary_own.BARRIERS


def lists(kind: Kind | None = None) -> tuple[CodeList, ...]:
    """All lists, or those of one kind, in the order they are asked."""
    return tuple(x for x in LISTS.values() if kind is None or x.kind == kind)


def code_list(list_id: str) -> CodeList:
    """The list with this id; raises `VocabularyError`."""
    try:
        return LISTS[list_id]
    except KeyError:
        raise VocabularyError(
            "There is no such list of answers. Use one of: " + ", ".join(LISTS) + "."
        ) from None


def label(list_id: str, code: str) -> str:
    """What a person reads for one code; raises `VocabularyError`."""
    return code_list(list_id).get(code).label


def people(list_id: str, code: str) -> str:
    """The group in a sentence, for example "people aged 18 to 24"."""
    category = code_list(list_id).get(code)
    return category.people or f"people who answered “{category.label}”"


def coded(list_id: str, code: str) -> Coded:
    """The stored form of an answer under the current version; raises `VocabularyError`."""
    found = code_list(list_id)
    return Coded(list_id, found.version, found.get(code).code)


def check_answers(list_id: str, codes: Iterable[str]) -> frozenset[str]:
    """The answers to one question, checked.

    Errors (`VocabularyError`): a code not in the list, a category that is worked out and not
    asked, several answers to a single-choice question, or an exclusive answer beside others.
    """
    found, chosen = code_list(list_id), frozenset(codes)
    for code in chosen:
        if code not in UNSTATED and found.get(code).derived:
            raise VocabularyError(f"That answer of {list_id} is worked out and cannot be chosen.")
    if len(chosen) > 1 and not found.multi:
        raise VocabularyError(f"Choose one answer only for {list_id}.")
    alone = {c.code for c in found.categories if c.exclusive} | UNSTATED
    if len(chosen) > 1 and chosen & alone:
        raise VocabularyError(
            f"For {list_id}, “none of these” and “prefer not to say” cannot go with other answers."
        )
    return chosen


def expand(answers: Answers) -> dict[str, frozenset[str]]:
    """The categories a person counts in: parents and derived categories added, the rest removed.

    Prefer not to say, don't know and not asked give no category. "None of these" is kept, though
    it is no group: it tells an answer from no answer. Codes that this version does not know give
    nothing, so an older or newer list never counts wrongly.
    """
    counted: dict[str, frozenset[str]] = {}
    for list_id, codes in answers.items():
        known = {c.code: c for c in LISTS[list_id].categories} if list_id in LISTS else {}
        kept = {code for code in codes if code in known and code not in UNSTATED}
        kept |= {parent for code in kept if (parent := known[code].parent)}
        if kept:
            counted[list_id] = frozenset(kept)
    disability = _disability(answers)
    if disability:
        counted["disability"] = frozenset({disability})
    return counted


def _disability(answers: Answers) -> str | None:
    """Disabled as Census 2021 TS038 counts it (Equality Act 2010, section 6), or None.

    A condition of 12 months or more that limits day-to-day activities a little or a lot. A
    condition without an answer on activities is left out rather than guessed.
    """
    condition = answers.get("health_condition", frozenset())
    limited = answers.get("activity_limited", frozenset())
    if "yes" in condition and limited & {"a_lot", "a_little"}:
        return "disabled"
    if "no" in condition or ("yes" in condition and "not_at_all" in limited):
        return "not_disabled"
    return None
