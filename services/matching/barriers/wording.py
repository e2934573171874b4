"""Codes of barriers in the words that staff read."""

from __future__ import annotations

from services.runtime.pages import gettext


def reporter_words() -> dict[str, str]:
    return {
        "participant": gettext("Participants"),
        "link_worker": gettext("Link workers"),
        "coordinator": gettext("Coordinators"),
        "host": gettext("Hosts"),
    }


def done_by_words() -> dict[str, str]:
    return {
        "host": gettext("The host"),
        "coordinator": gettext("A coordinator"),
        "link_worker": gettext("A link worker"),
        "participant": gettext("A participant"),
        "other": gettext("Somebody else"),
    }


def outcome_words() -> dict[str, str]:
    return {
        "removed": gettext("It is gone"),
        "eased": gettext("It is smaller"),
        "stays": gettext("It is still there"),
    }
