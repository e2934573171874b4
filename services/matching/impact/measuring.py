"""The figures of a programme, from its facts. Small numbers of people are hidden here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.matching.gaps import wilson
from services.matching.impact import costs, survival
from services.matching.impact.catalogue import INDICATORS, RETENTION_DAYS
from services.matching.impact.facts import Facts
from services.matching.impact.survival import Spell
from services.matching.impact.verdict import Figure
from services.matching.suppression import Rule

GOOD_ANSWER = 4
"""From this number on, of 1 to 5, an answer is a good one."""


def figures(facts: Facts, aims: Mapping[str, float], rule: Rule) -> list[Figure]:
    """Every indicator, in the order of the catalogue."""
    counted: dict[str, Figure] = {
        "answered": share(
            "answered",
            facts.said_yes + facts.said_no,
            facts.said_yes + facts.said_no + facts.silent,
            rule,
        ),
        "accepted": share("accepted", facts.said_yes, facts.said_yes + facts.said_no, rule),
        "new_voice_rate": share("new_voice_rate", facts.new_voices, facts.taken, rule),
        "feedback_given": share("feedback_given", facts.groups_told, facts.groups, None),
        "decisions_influenced": share(
            "decisions_influenced", facts.changed, facts.changed + facts.unchanged, None
        ),
        "barriers_removed": share(
            "barriers_removed", facts.barriers_removed, facts.barriers_tried, None
        ),
        **_survey(facts, rule),
        "time_to_fill": _time_to_fill(facts.waits, rule),
        "retention": _retention(facts.stays, rule),
        "cost_per_new_voice": _cost(facts, rule),
    }
    return [replace(counted[each.code], aim=aims.get(each.code)) for each in INDICATORS]


def _survey(facts: Facts, rule: Rule) -> dict[str, Figure]:
    """Response, completion, and good answers of each question."""
    listened, again = facts.values["listened"], facts.values["again"]
    return {
        "survey_response": share("survey_response", len(listened), facts.asked, rule),
        "survey_completion": share("survey_completion", len(again), facts.asked, rule),
        "listened": share("listened", _good(listened), len(listened), rule),
        "again": share("again", _good(again), len(again), rule),
    }


def _good(values: Sequence[int]) -> int:
    return sum(value >= GOOD_ANSWER for value in values)


def share(code: str, part: int, whole: int, rule: Rule | None) -> Figure:
    """A share with its Wilson interval (see `gaps.wilson`).

    With a rule it is of people: hidden when it would tell of 1 to threshold − 1 of them, on either
    side.
    """
    if whole == 0:
        return Figure(code)
    if rule is not None and _tells_of_few(part, whole, rule):
        return Figure(code, hidden=True)
    low, high = wilson(part, whole)
    return Figure(code, part / whole, low, high, part, whole)


def _tells_of_few(part: int, whole: int, rule: Rule) -> bool:
    few = range(1, rule.threshold)
    return whole in few or part in few or whole - part in few


def _time_to_fill(waits: Sequence[Spell], rule: Rule) -> Figure:
    """Kaplan–Meier median of waits. Hidden while few seats were filled: each was one person."""
    filled = sum(w.ended for w in waits)
    if not waits:
        return Figure("time_to_fill")
    if 0 < filled < rule.threshold:
        return Figure("time_to_fill", hidden=True)
    found = survival.median(survival.curve(waits))
    if found.days is None:
        return Figure("time_to_fill", part=filled, whole=len(waits))
    return Figure("time_to_fill", found.days, found.low or 0.0, found.high, filled, len(waits))


def _retention(stays: Sequence[Spell], rule: Rule) -> Figure:
    """Kaplan–Meier share still there after half a year, once somebody was watched so long."""
    if not stays or survival.longest(stays) < RETENTION_DAYS:
        return Figure("retention")
    left = sum(s.ended and s.days <= RETENTION_DAYS for s in stays)
    if len(stays) < rule.threshold or 0 < left < rule.threshold:
        return Figure("retention", hidden=True)
    if left == 0:
        # The curve has no spread where nobody left: the interval of so many who all stayed.
        watched = sum(s.days >= RETENTION_DAYS for s in stays)
        low, high = wilson(watched, watched)
        return Figure("retention", 1.0, low, high)
    value, low, high = survival.lasting(survival.curve(stays), RETENTION_DAYS)
    return Figure("retention", value, low, high)


def _cost(facts: Facts, rule: Rule) -> Figure:
    total = sum(line.pence for line in facts.costs)
    if not total or not facts.new_voices:
        return Figure("cost_per_new_voice")
    if facts.new_voices < rule.threshold:
        return Figure("cost_per_new_voice", hidden=True)
    found = costs.per_new_voice(total, facts.new_voices)
    if found is None:
        return Figure("cost_per_new_voice")
    return Figure("cost_per_new_voice", found.pence, found.low, found.high)
