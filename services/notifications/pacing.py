"""How soon a message may leave: at once, in the daytime, or as one of a few a week.

Pure rules; `timing.py` applies them to the messages that are due.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.notifications.schedule import Rules, is_rest_day, next_allowed


class Urgency(StrEnum):
    AT_ONCE = "at_once"  # it answers what the person has just written
    DAYTIME = "daytime"  # it matters to a plan the person is part of
    LIMITED = "limited"  # one of the few a week


CONVERSATION = timedelta(minutes=15)
ANSWERS = frozenset(
    {
        "help",
        "start_again",
        "passed_on",
        "late_answer",
        "ask_which",
        "stop_confirmation",
        "own_page_link",
    }
)
REPLIES = frozenset({"thanks_no", "confirmation", "seats_full", "answer"})
WE_START = frozenset({"invitation", "reminder", "thanks_after", "you_said_we_did"})


def urgency_of(kind: str, last_word: datetime | None, now: datetime) -> Urgency:
    """How soon a message of this kind may leave.

    last_word: when the person last wrote to us or answered. A reply to it within a quarter of an
    hour goes at once; later the person is no longer waiting with the phone in hand.
    """
    if kind in ANSWERS:
        return Urgency.AT_ONCE
    if kind in REPLIES and last_word is not None and now - last_word <= CONVERSATION:
        return Urgency.AT_ONCE
    return Urgency.LIMITED if kind in WE_START else Urgency.DAYTIME


def wait(
    urgency: Urgency, now: datetime, rules: Rules, sent: list[datetime]
) -> tuple[datetime, str] | None:
    """Until when a message waits and why, in a sentence; None when it may leave now.

    sent: when messages of the kind LIMITED went to this person. Raises schedule.NoTimeLeft.
    """
    if urgency is Urgency.AT_ONCE:
        return None
    if urgency is Urgency.DAYTIME:
        rules = replace(rules, most_per_week=None)
    until = next_allowed(now, rules, sent)
    return None if until <= now else (until, _why(now, rules, sent))


def _why(now: datetime, rules: Rules, sent: list[datetime]) -> str:
    if rules.most_per_week is not None:
        recent = [moment for moment in sent if moment > now - timedelta(days=7)]
        if len(recent) >= rules.most_per_week:
            return f"It waits: this person had {len(recent)} messages in the last seven days."
    local = now.astimezone(ZoneInfo(rules.zone))
    if local.date() in rules.rest_dates:
        return "It waits: this person asked not to be disturbed now."
    if is_rest_day(local.date(), rules):
        return "It waits: we do not write on Sundays, other rest days and bank holidays."
    return f"It waits for the day: we write between {rules.opens:%H:%M} and {rules.closes:%H:%M}."


def days(first: date, last: date) -> frozenset[date]:
    """Every day from `first` to `last`, both included; a year at most."""
    count = min((last - first).days, 366)
    return frozenset(first + timedelta(days=n) for n in range(count + 1))
