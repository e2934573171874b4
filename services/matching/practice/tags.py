"""The tags of articles: barriers they lower, settings they come from, roles they are for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from schemas import vocabulary
from services.runtime.pages import gettext

Kind = Literal["barrier", "setting", "role"]
KINDS: tuple[Kind, ...] = ("barrier", "setting", "role")


def barriers() -> dict[str, str]:
    """Barriers as participants are asked about them (`schemas.vocabulary`)."""
    return {c.code: gettext(c.label) for c in vocabulary.BARRIERS.countable() if c.code != "other"}


def settings() -> dict[str, str]:
    return {
        "nhs": gettext("NHS"),
        "council": gettext("Council"),
        "care_home": gettext("Care home"),
        "voluntary": gettext("Voluntary organisation"),
        "community": gettext("Out in the community"),
    }


def roles() -> dict[str, str]:
    return {
        "link_worker": gettext("Community link workers"),
        "coordinator": gettext("Coordinators"),
        "host": gettext("Hosts of a group"),
        "participant": gettext("People with lived experience"),
    }


def choices() -> dict[Kind, dict[str, str]]:
    return {"barrier": barriers(), "setting": settings(), "role": roles()}


def labels(tagged: Mapping[Kind, list[str]]) -> list[str]:
    """The tags in words, for a reader and for the search index."""
    known = choices()
    return [known[kind][code] for kind in KINDS for code in tagged[kind] if code in known[kind]]
