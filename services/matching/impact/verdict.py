"""From figures to two plain answers: is it working in the intended way, and is it worthwhile?

Rules only. An answer claims no more than the figures carry: a figure that misses its aim by less
than chance may explain is called unclear, not bad, and few people are called few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.matching.impact.catalogue import BY_CODE, Indicator, Question

Status = Literal["met", "unclear", "missed", "too_few", "nothing_yet", "no_aim"]
Word = Literal["yes", "mostly", "in_part", "not_yet", "too_early"]


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator's value with its 95% interval, in the indicator's unit.

    ``part`` of ``whole`` were counted. ``hidden``: too few people to show. ``aim``: what the
    programme set out to reach; None when it set none. ``high`` None: no upper bound.
    """

    code: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    part: int | None = None
    whole: int | None = None
    hidden: bool = False
    aim: float | None = None

    @property
    def indicator(self) -> Indicator:
        return BY_CODE[self.code]

    @property
    def status(self) -> Status:
        if self.hidden:
            return "too_few"
        if self.value is None:
            return "nothing_yet"
        if self.aim is None:
            return "no_aim"
        fewer = self.indicator.fewer
        if (self.value <= self.aim) if fewer else (self.value >= self.aim):
            return "met"
        near = self.low if fewer else self.high
        reaches = near is None or (near <= self.aim if fewer else near >= self.aim)
        return "unclear" if reaches else "missed"


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the two answers: a word, a sentence, and a sentence for each figure behind it."""

    question: Question
    word: Word
    sentence: str
    evidence: tuple[str, ...]


_SENTENCES: dict[tuple[Question, Word], str] = {
    ("working", "yes"): "Yes. Everything that can be told so far is as it was meant to be.",
    ("working", "mostly"): "Mostly. Nothing is clearly off course, but some figures are unclear.",
    ("working", "in_part"): "In part. Some figures are as they were meant to be and some are not.",
    ("working", "not_yet"): "Not yet. What can be told so far is not as it was meant to be.",
    ("working", "too_early"): "It is too early to say: there are too few figures with an aim.",
    ("worthwhile", "yes"): "Yes, by the aims that were set for it.",
    ("worthwhile", "mostly"): "It may be. Nothing clearly misses its aim, but chance may explain "
    "the figures.",
    ("worthwhile", "in_part"): "In part. One aim is reached and another is missed.",
    ("worthwhile", "not_yet"): "Not yet, by the aims that were set for it.",
    ("worthwhile", "too_early"): "It is too early to say: costs, decisions or aims are missing.",
}


def answer(question: Question, figures: Sequence[Figure]) -> Answer:
    """The answer to a question from its figures."""
    asked = [f for f in figures if f.indicator.question == question]
    judged = [f.status for f in asked if f.status in ("met", "unclear", "missed")]
    word: Word
    if not judged:
        word = "too_early"
    elif all(s == "met" for s in judged):
        word = "yes"
    elif "missed" not in judged:
        word = "mostly"
    elif "met" in judged:
        word = "in_part"
    else:
        word = "not_yet"
    return Answer(question, word, _SENTENCES[question, word], tuple(map(sentence, asked)))


def sentence(figure: Figure) -> str:
    """One figure in plain words, with its uncertainty and its aim."""
    label = figure.indicator.label
    if figure.hidden:
        return f"{label}: too few people to show."
    if figure.value is None:
        return f"{label}: nothing to count yet."
    told = f"{label}: {in_words(figure, figure.value)}"
    if figure.part is not None and figure.whole is not None:
        told += f", {figure.part} of {figure.whole}"
    told += f".{_range(figure)}"
    if figure.aim is not None:
        bound = "at most" if figure.indicator.fewer else "at least"
        told += f" The aim is {bound} {in_words(figure, figure.aim)}: {_STATUS[figure.status]}."
    return told


_STATUS: dict[Status, str] = {
    "met": "reached",
    "unclear": "not reached, but chance may explain it",
    "missed": "not reached",
    "too_few": "too few people to show",
    "nothing_yet": "nothing to count yet",
    "no_aim": "no aim was set",
}


def status_words(status: Status) -> str:
    return _STATUS[status].capitalize()


def _range(figure: Figure) -> str:
    if figure.low is None or figure.value is None:
        return ""
    low = in_words(figure, figure.low)
    if figure.high is None:
        return f" It may well be anything from {low} up."
    return f" It may well be anything from {low} to {in_words(figure, figure.high)}."


def in_words(figure: Figure, value: float) -> str:
    """A value of this figure's unit: 64%, 21 days, £310."""
    match figure.indicator.unit:
        case "share":
            return f"{value:.0%}"
        case "days":
            days = round(value)
            return "1 day" if days == 1 else f"{days} days"
        case "pence":
            return f"£{value / 100:,.0f}"


LIMITS = (
    "These figures show what happened. They do not show what would have happened without the "
    "programme, because there is no group to compare with.",
    "Ranges say how much chance alone could move a figure (95% intervals). They say nothing about "
    "what was never written down.",
    "Costs and decisions are what staff entered. What was not entered is not counted.",
    "What co-production is worth to the people who take part is only partly in numbers. Read it "
    "beside what they say.",
)
