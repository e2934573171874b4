"""What a list of answers is made of. Import these from `schemas.vocabulary`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

PREFER_NOT_TO_SAY = "prefer_not_to_say"
DONT_KNOW = "dont_know"
NOT_ASKED = "not_asked"
NONE_OF_THESE = "none"
UNSTATED = frozenset({PREFER_NOT_TO_SAY, DONT_KNOW, NOT_ASKED})
"""Answers that put a person in no category (and are never filled in)."""

Kind = Literal["characteristic", "lived_experience", "access_need", "barrier"]
Store = Literal["monitoring", "matching", "access"]


class Coded(NamedTuple):
    """One stored answer: which list, which version of it, which code."""

    list_id: str
    list_version: str
    code: str


class VocabularyError(ValueError):
    """A code or list that does not exist; the message is a plain sentence without the value."""


@dataclass(frozen=True, slots=True)
class Category:
    """One answer of a list.

    ``label`` is what a person reads next to the box, ``people`` names the group in a sentence
    ("people aged 18 to 24"). ``exclusive`` answers stand alone. ``self_describe`` opens an
    optional free-text box, whose text is sealed and never leaves on an event. ``derived``
    categories are worked out, never asked. ``flags`` ask for care in handling.
    """

    code: str
    label: str
    people: str = ""
    parent: str | None = None
    group: str | None = None
    hint: str | None = None
    exclusive: bool = False
    self_describe: bool = False
    derived: bool = False
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CodeList:
    """One question with its answers.

    ``benchmark`` names the Census 2021 table a gap may be measured against, or is None: then a
    gap shows only against a target that a coordinator sets. ``show_if`` holds
    ``(list id, codes)``: the question follows only from those answers. ``stores`` says for which
    purposes the answer may be kept.
    """

    list_id: str
    version: str
    kind: Kind
    label: str
    short: str
    categories: tuple[Category, ...]
    multi: bool = False
    special_category: bool = False
    derived: bool = False
    benchmark: str | None = None
    benchmark_population: str | None = None
    stores: tuple[Store, ...] = ("monitoring", "matching")
    show_if: tuple[str, frozenset[str]] | None = None
    note: str = ""

    def get(self, code: str) -> Category:
        """The category with this code; raises `VocabularyError`."""
        for category in self.categories:
            if category.code == code:
                return category
        raise VocabularyError(f"The list {self.list_id} has no such answer. Choose one from it.")

    def codes(self) -> tuple[str, ...]:
        """Codes in the order they are shown, prefer not to say last."""
        return tuple(c.code for c in self.categories)

    def countable(self) -> tuple[Category, ...]:
        """Categories a person can be counted in: neither prefer not to say nor none of these."""
        skip = UNSTATED | {NONE_OF_THESE}
        return tuple(c for c in self.categories if c.code not in skip)

    def children(self, code: str) -> tuple[Category, ...]:
        """The detailed categories below a parent, in order; empty when there are none."""
        return tuple(c for c in self.categories if c.parent == code)
