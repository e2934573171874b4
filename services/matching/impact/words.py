"""Codes of programmes in the words that staff read."""

from __future__ import annotations

from services.matching.impact.catalogue import Level
from services.matching.impact.costs import CostKind
from services.matching.impact.verdict import Status
from services.runtime.pages import gettext


def levels() -> dict[Level, str]:
    return {
        "inputs": gettext("What we put in"),
        "activities": gettext("What we do"),
        "outputs": gettext("What comes of it at once"),
        "outcomes": gettext("What changes for people"),
        "impact": gettext("What changes in care"),
    }


def level_hints() -> dict[Level, str]:
    return {
        "inputs": gettext("Inputs: staff, money, places. One on each line."),
        "activities": gettext("Activities: outreach, invitations, meetings. One on each line."),
        "outputs": gettext("Outputs: people reached, seats filled. One on each line."),
        "outcomes": gettext("Outcomes: new voices, people who stay. One on each line."),
        "impact": gettext("Impact: decisions and services that change. One on each line."),
    }


def cost_kinds() -> dict[CostKind, str]:
    return {
        "staff_hours": gettext("Staff hours"),
        "payments": gettext("Payments to people"),
        "travel": gettext("Travel"),
        "access": gettext("Access, such as interpreters"),
        "venue": gettext("Rooms and food"),
        "other": gettext("Other"),
    }


def outcomes() -> dict[str, str]:
    return {
        "changed": gettext("Changed by what people said"),
        "unchanged": gettext("Not changed"),
        "open": gettext("Not decided yet"),
    }


def questions() -> dict[str, str]:
    return {
        "working": gettext("Is it working in the intended way?"),
        "worthwhile": gettext("Is it worthwhile?"),
    }


def status_words(status: Status) -> str:
    return {
        "met": gettext("Aim reached"),
        "unclear": gettext("Unclear"),
        "missed": gettext("Aim not reached"),
        "too_few": gettext("Too few people to show"),
        "nothing_yet": gettext("Nothing to count yet"),
        "no_aim": gettext("No aim was set"),
    }[status]


def status_colour(status: Status) -> str:
    return {"met": "green", "unclear": "yellow", "missed": "orange"}.get(status, "grey")


def money(pence: float) -> str:
    """Pence as £ with thousands, without pennies where there are none."""
    pounds = pence / 100
    return f"£{pounds:,.0f}" if pence % 100 == 0 else f"£{pounds:,.2f}"


def sources() -> dict[str, str]:
    return {
        "events": gettext("Counted from events"),
        "entered": gettext("Entered by staff"),
        "survey": gettext("Asked in a short survey"),
    }
