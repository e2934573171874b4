"""The indicators of a programme: what each counts, and where it stands in the theory of change.

A theory of change says in which order a programme is meant to work: inputs, activities, outputs,
outcomes, impact (W. K. Kellogg Foundation (2004). Logic Model Development Guide; HM Treasury
(2020). Magenta Book, chapter 2). Every indicator belongs to one of these and to one of the two
questions of a business case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Level = Literal["inputs", "activities", "outputs", "outcomes", "impact"]
LEVELS: tuple[Level, ...] = get_args(Level)
Question = Literal["working", "worthwhile"]
Unit = Literal["share", "days", "pence"]
Source = Literal["events", "entered", "survey"]

RETENTION_DAYS = 182
"""Half a year: still there after it counts as staying."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """``people``: it counts people, so small numbers are hidden. ``fewer``: less is better."""

    code: str
    level: Level
    question: Question
    unit: Unit
    source: Source
    label: str
    how: str
    people: bool = True
    fewer: bool = False


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "answered",
        "activities",
        "working",
        "share",
        "events",
        "Invitations that were answered",
        "Yes or no, of those invited who answered or whose day to reply has passed.",
    ),
    Indicator(
        "accepted",
        "activities",
        "working",
        "share",
        "events",
        "Answers that were yes",
        "Yes, of everybody who said yes or no.",
    ),
    Indicator(
        "feedback_given",
        "activities",
        "working",
        "share",
        "events",
        "Groups that were told what changed",
        "Groups with “you said, we did”, of groups with anybody in a seat.",
        people=False,
    ),
    Indicator(
        "time_to_fill",
        "outputs",
        "working",
        "days",
        "events",
        "Days until half of the open seats are filled",
        "From the day a seat opens, or opens again, until somebody takes it. Seats still open "
        "count as waits that go on (Kaplan and Meier).",
        people=False,
        fewer=True,
    ),
    Indicator(
        "new_voice_rate",
        "outcomes",
        "working",
        "share",
        "events",
        "Seats taken by new voices",
        "People who never held a seat before, of everybody who took a seat after an invitation.",
    ),
    Indicator(
        "retention",
        "outcomes",
        "working",
        "share",
        "events",
        "People still there after half a year",
        "Of people who took a seat. A term that ended as planned is not leaving (Kaplan and "
        "Meier).",
    ),
    Indicator(
        "survey_response",
        "activities",
        "working",
        "share",
        "survey",
        "People who answered our question",
        "Answered the first question by text, of everybody asked. Who takes no texts counts as "
        "asked.",
    ),
    Indicator(
        "survey_completion",
        "activities",
        "working",
        "share",
        "survey",
        "People who answered both questions",
        "Of everybody asked the first.",
    ),
    Indicator(
        "listened",
        "outcomes",
        "working",
        "share",
        "survey",
        "People who say that they are listened to",
        "4 or 5 on a scale from 1 to 5, of everybody who answered.",
    ),
    Indicator(
        "again",
        "outcomes",
        "worthwhile",
        "share",
        "survey",
        "People who would take part again",
        "4 or 5 on a scale from 1 to 5, of everybody who answered.",
    ),
    Indicator(
        "barriers_removed",
        "outputs",
        "working",
        "share",
        "entered",
        "Barriers that are gone",
        "Of barriers that your organisation did something about in this time, those that what "
        "it did took away. They hold people back in every programme, so they count in each.",
        people=False,
    ),
    Indicator(
        "decisions_influenced",
        "impact",
        "worthwhile",
        "share",
        "entered",
        "Decisions that people changed",
        "Decisions changed by what people said, of decisions brought to them and made. Staff enter "
        "them.",
        people=False,
    ),
    Indicator(
        "cost_per_new_voice",
        "inputs",
        "worthwhile",
        "pence",
        "entered",
        "Cost for each new voice",
        "All costs that staff entered, over new voices who took a seat in the same time.",
        fewer=True,
    ),
)
BY_CODE = {each.code: each for each in INDICATORS}
