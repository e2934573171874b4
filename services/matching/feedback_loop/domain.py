"""When an opportunity owes an answer. Pure: days are passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Outcome = Literal["changed", "partly", "not_changed"]
Debt = Literal["unanswered", "silent"]

SILENCE = timedelta(days=28)
"""How long after a meeting people may hear nothing: four weeks, so that they hear before the next
monthly meeting. The Care Act guidance asks for feedback on what was done, and names no time."""


@dataclass(frozen=True, slots=True)
class Standing:
    """``unanswered``: things said that nobody answered. Days of the last meeting and answer."""

    unanswered: int
    last_meeting: date | None
    last_shared: date | None


def debt(standing: Standing, today: date) -> Debt | None:
    """Why an answer is owed: something said has none, or people met and heard nothing since."""
    if standing.unanswered:
        return "unanswered"
    met = standing.last_meeting
    if met is None or met + SILENCE > today:
        return None
    if standing.last_shared is not None and standing.last_shared >= met:
        return None
    return "silent"


def last_before(days: list[date], today: date) -> date | None:
    """The last meeting that has been."""
    return max((day for day in days if day <= today), default=None)
