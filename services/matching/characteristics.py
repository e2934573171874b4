"""Groups that targets speak about: one category, or an intersection of several.

Built on the shared vocabulary (`schemas.vocabulary`). Access needs and barriers are left out on
purpose: needs only ever count as met or not met, and barriers serve the planning of outreach.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas import vocabulary
from schemas.vocabulary import NONE_OF_THESE, UNSTATED, CodeList, VocabularyError

Group = tuple[tuple[str, str], ...]
"""Sorted pairs (characteristic, category); a person is in the group if in every one of them."""

Categories = Mapping[str, frozenset[str]]
"""What a person counts in, as `schemas.vocabulary.expand` gives it."""


def matchable() -> tuple[CodeList, ...]:
    """The lists a target may speak about: characteristics and lived experience."""
    return (*vocabulary.lists("characteristic"), *vocabulary.lists("lived_experience"))


def group(*pairs: tuple[str, str]) -> Group:
    """The group of people in all the given (characteristic, category) pairs, checked.

    Raises `VocabularyError` for an unknown code, for "prefer not to say" and its kin (they are
    not groups), for an access need or barrier, and for a person who could not exist: two answers
    to a question that takes one.
    """
    if not pairs:
        raise VocabularyError("Choose at least one characteristic for the group.")
    allowed = {x.list_id for x in matchable()}
    for list_id, code in pairs:
        found = vocabulary.code_list(list_id)
        if list_id not in allowed:
            raise VocabularyError(f"“{found.short}” cannot be used for a target.")
        if code in UNSTATED or code == NONE_OF_THESE:
            raise VocabularyError("“Prefer not to say” and “none of these” are not groups.")
        found.get(code)
    chosen = sorted(set(pairs))
    for list_id in {p[0] for p in chosen}:
        if not vocabulary.code_list(list_id).multi and sum(p[0] == list_id for p in chosen) > 1:
            raise VocabularyError(
                f"“{vocabulary.code_list(list_id).short}” takes one answer, so nobody could be in "
                "both groups. Choose one of them."
            )
    return tuple(chosen)


def is_member(categories: Categories, of: Group) -> bool:
    """Whether a person with these categories is in every category of the group."""
    return all(code in categories.get(list_id, ()) for list_id, code in of)


def is_unstated(categories: Categories, of: Group) -> bool:
    """Whether the person may or may not be in the group: an answer it needs was not given.

    Nobody is ever counted in a group on this ground; the number is shown beside the gap.
    """
    missing = [pair for pair in of if pair[1] not in categories.get(pair[0], ())]
    return bool(missing) and all(_not_given(categories, *pair) for pair in missing)


def _not_given(categories: Categories, list_id: str, code: str) -> bool:
    """No answer to the question, or a broad answer where the group is a detail of it."""
    chosen = categories.get(list_id, frozenset())
    found = vocabulary.code_list(list_id)
    parent = found.get(code).parent
    if parent is None or parent not in chosen:
        return not chosen
    return not any(child.code in chosen for child in found.children(parent))


def people(of: Group) -> str:
    """The group in a sentence: "unpaid carers among people aged 18 to 24"."""
    ordered = sorted(of, key=lambda pair: (pair[0] == "age_band", pair))
    return " among ".join(vocabulary.people(list_id, code) for list_id, code in ordered)


def benchmark(list_id: str) -> str | None:
    """The census table that a gap of this characteristic may be measured against, or None."""
    return vocabulary.code_list(list_id).benchmark


def level(list_id: str, codes: Iterable[str]) -> tuple[frozenset[str], ...]:
    """The codes split into sets whose categories exclude each other (broad groups, details).

    Shares may add up to at most one within each set. Empty for a multiple-choice list.
    """
    found = vocabulary.code_list(list_id)
    if found.multi:
        return ()
    broad = frozenset(c for c in codes if found.get(c).parent is None)
    detail = frozenset(c for c in codes if found.get(c).parent is not None)
    return tuple(x for x in (broad, detail) if x)
