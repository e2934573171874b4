"""Codes of reciprocity in the words a coordinator reads."""

from __future__ import annotations

from services.matching.reciprocity.views import OwedView
from services.matching.wording import expenses
from services.runtime.pages import gettext, ngettext


def choice_words() -> dict[str, str]:
    return {
        "paid": gettext("Be paid"),
        "expenses_only": gettext("Costs only, no pay"),
        "declined": gettext("No pay and no costs"),
        "not_asked": gettext("Not asked yet"),
    }


def kind_words() -> dict[str, str]:
    return {
        "payment": gettext("Involvement payment"),
        "expense": gettext("Costs"),
        "benefit": gettext("Benefit in kind"),
        "training": gettext("Training"),
    }


def owed_state_words(state: str) -> str:
    return {
        "owed": gettext("Not paid yet"),
        "overdue": gettext("Overdue"),
        "paid": gettext("Paid in time"),
        "paid_late": gettext("Paid late"),
        "cancelled": gettext("Cancelled"),
    }.get(state, state)


def owed_state_colour(state: str) -> str:
    return {"overdue": "red", "paid": "green", "paid_late": "orange"}.get(state, "grey")


def unit_words(unit: str, count: int = 1) -> str:
    return {
        "session": ngettext("meeting", "meetings", count),
        "hour": ngettext("hour", "hours", count),
        "half_day": ngettext("half day", "half days", count),
        "day": ngettext("day", "days", count),
        "mile": ngettext("mile", "miles", count),
    }.get(unit, unit)


def what(item: OwedView) -> str:
    """What a thing is, in a few words: "Costs: travel"."""
    kind = kind_words()[item.kind]
    detail = expenses().get(item.code, item.code) or item.label
    return f"{kind}: {detail}" if detail else kind


def cancel_reasons() -> dict[str, str]:
    return {
        "recorded_twice": gettext("It is recorded twice"),
        "wrong_amount": gettext("The amount is wrong"),
        "person_declined": gettext("The person does not want it"),
        "did_not_attend": gettext("The person did not come"),
    }
