"""Barriers as a report to take away: the figures of the page, nothing worked out anew."""

from __future__ import annotations

from datetime import date

from services.matching.barriers import wording
from services.matching.barriers.bodies import BarrierLine, Barriers
from services.matching.barriers.domain import REPORTERS
from services.runtime.exports import HIDDEN, Cell, Column, Kind, Report, Table
from services.runtime.pages import gettext


def report_of(seen: Barriers, today: date) -> Report:
    words, outcomes = wording.reporter_words(), wording.outcome_words()
    numbers = (
        *(Column(words[reporter], Kind.NUMBER) for reporter in REPORTERS),
        Column(gettext("All"), Kind.NUMBER),
    )
    notes = (
        gettext("One report is one barrier in one conversation or one note of staff."),
        gettext("Only whole months are counted, once they have ended."),
    )
    by_barrier = Table(
        gettext("Barriers by who reports them"),
        (Column(gettext("Barrier")), *numbers),
        tuple((each.label, *_cells(each)) for each in (*seen.barriers, _all(seen))),
        notes=notes,
        hidden_below=seen.threshold,
    )
    by_month = Table(
        gettext("Reports by month"),
        (Column(gettext("Month")), Column(gettext("Reports"), Kind.NUMBER)),
        tuple((each.label, HIDDEN if each.total is None else each.total) for each in seen.months),
        hidden_below=seen.threshold,
    )
    done = Table(
        gettext("What was done"),
        (
            Column(gettext("Barrier")),
            Column(gettext("What was done")),
            Column(gettext("By")),
            Column(gettext("Outcome")),
            Column(gettext("Cost"), Kind.MONEY),
            Column(gettext("Day"), Kind.DATE),
        ),
        tuple(
            (
                each.label,
                each.what,
                wording.done_by_words()[each.done_by],
                outcomes[each.outcome],
                each.cost_pence,
                each.done_on,
            )
            for each in seen.actions
        ),
    )
    source = "New Voices: outreach contacts and notes of staff"
    return Report(gettext("Barriers to having a say"), (by_barrier, by_month, done), source, today)


def _all(seen: Barriers) -> BarrierLine:
    return seen.totals.model_copy(update={"label": gettext("All")})


def _cells(line: BarrierLine) -> tuple[Cell, ...]:
    found = (*(getattr(line, reporter) for reporter in REPORTERS), line.total)
    return tuple(HIDDEN if value is None else value for value in found)
