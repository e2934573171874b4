"""When follow-ups are due. Pure: dates in, times in UTC out; local time is the United Kingdom's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

UK = ZoneInfo("Europe/London")
MORNING = time(10)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """about: the day a session reminder is for, ISO; empty for the others."""

    kind: str
    about: str
    at: datetime


def reminder(sent_at: datetime, reply_by: date, days_before: int) -> Due | None:
    """A reminder some days before the answer is due; none if the invitation is a day old then."""
    at = _morning(reply_by - timedelta(days=days_before))
    return Due("reminder", "", at) if at - sent_at >= DAY else None


def around_sessions(days: Sequence[date], now: datetime) -> list[Due]:
    """A reminder the day before each session, and thanks the day after the last one."""
    if not days:
        return []
    found = [Due("session_reminder", day.isoformat(), _morning(day - DAY)) for day in days]
    thanks = Due("thanks_after", "", _morning(max(days) + DAY))
    return [due for due in [*found, thanks] if due.at >= now]


def _morning(day: date) -> datetime:
    return datetime.combine(day, MORNING, tzinfo=UK).astimezone(UTC)
