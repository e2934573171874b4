"""Reciprocity as reports to take away: the figures of the pages, nothing worked out anew."""

from __future__ import annotations

from datetime import date

from services.matching.reciprocity import wording
from services.matching.reciprocity.views import OpportunityReciprocity, Overview, TotalsView
from services.runtime.exports import HIDDEN, Cell, Column, Kind, Report, Table
from services.runtime.pages import gettext

_SOURCE = "New Voices: payments as coordinators recorded them"


def _columns(*first: str) -> tuple[Column, ...]:
    return (
        *(Column(name) for name in first),
        Column(gettext("Owed"), Kind.MONEY),
        Column(gettext("Overdue"), Kind.MONEY),
        Column(gettext("Paid"), Kind.MONEY),
        Column(gettext("Fell due"), Kind.NUMBER),
        Column(gettext("Paid in time"), Kind.NUMBER),
        Column(gettext("Share in time"), Kind.SHARE),
    )


def _figures(totals: TotalsView) -> tuple[Cell, ...]:
    return (
        totals.owed_pence,
        totals.overdue_pence,
        totals.paid_pence,
        totals.fell_due,
        totals.in_time,
        totals.in_time_share,
    )


def limits() -> tuple[str, ...]:
    return (
        gettext("What was recorded is counted. What nobody recorded is not."),
        gettext("In time means paid on the day it was due or before."),
    )


def of_overview(seen: Overview, today: date) -> Report:
    kinds, choices = wording.kind_words(), wording.choice_words()
    opportunities = Table(
        gettext("Payments by opportunity"),
        _columns(gettext("Opportunity"), gettext("Host")),
        tuple((each.title, each.host_name, *_figures(each.totals)) for each in seen.opportunities),
        notes=limits(),
    )
    by_kind = Table(
        gettext("Payments by kind"),
        _columns(gettext("Kind")),
        tuple((kinds[kind], *_figures(totals)) for kind, totals in seen.by_kind.items()),
    )
    asked = Table(
        gettext("How people want to be paid"),
        (Column(gettext("Choice")), Column(gettext("People with a seat"), Kind.NUMBER)),
        tuple(
            (choices[choice], HIDDEN if count is None else count)
            for choice, count in seen.choices.items()
        ),
        hidden_below=seen.threshold,
    )
    title = gettext("Payments and other thanks")
    return Report(title, (opportunities, by_kind, asked), _SOURCE, today)


def of_opportunity(seen: OpportunityReciprocity, today: date) -> Report:
    """One opportunity: for those who pay. Seats and short names, no person's name."""
    items = Table(
        gettext("What is owed and was paid"),
        (
            Column(gettext("Seat")),
            Column(gettext("Proposal")),
            Column(gettext("What")),
            Column(gettext("Meeting"), Kind.DATE),
            Column(gettext("Amount"), Kind.MONEY),
            Column(gettext("Due"), Kind.DATE),
            Column(gettext("Paid on"), Kind.DATE),
            Column(gettext("State")),
        ),
        tuple(
            (
                str(each.seat_number or "–"),
                each.short_name,
                wording.what(each),
                each.session_on,
                each.pence,
                each.due_on,
                each.paid_on,
                wording.owed_state_words(each.state),
            )
            for each in seen.owed
        ),
        notes=limits(),
    )
    title = gettext("Payments: %(title)s") % {"title": seen.title}
    return Report(title, (items,), _SOURCE, today)
