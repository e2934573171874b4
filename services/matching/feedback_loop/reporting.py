"""The loop of one opportunity as a report to take away."""

from __future__ import annotations

from datetime import date

from services.matching.feedback_loop.bodies import Loop
from services.runtime.exports import HIDDEN, Column, Kind, Report, Table
from services.runtime.pages import gettext


def outcome_words() -> dict[str | None, str]:
    return {
        "changed": gettext("It changed"),
        "partly": gettext("It changed in part"),
        "not_changed": gettext("It could not change, and we said why"),
        None: gettext("Not said"),
    }


def report_of(seen: Loop, today: date, threshold: int) -> Report:
    """``threshold``: fewer people told than this are not counted in what leaves the service."""
    words = outcome_words()
    answers = Table(
        gettext("You said, we did"),
        (
            Column(gettext("You said")),
            Column(gettext("We did")),
            Column(gettext("What came of it")),
            Column(gettext("Told on"), Kind.DATE),
            Column(gettext("People told"), Kind.NUMBER),
        ),
        tuple(
            (
                each.you_said,
                each.we_did,
                words[each.outcome],
                each.shared_at.date(),
                HIDDEN if each.people_told in range(1, threshold) else each.people_told,
            )
            for each in seen.answers
        ),
        notes=(gettext("People told: those with a seat whom a message or a colleague reached."),),
        hidden_below=threshold,
    )
    waiting = Table(
        gettext("Still unanswered"),
        (Column(gettext("What was said")), Column(gettext("Said on"), Kind.DATE)),
        tuple((s.words, s.said_on) for s in seen.said if s.feedback_id is None),
    )
    title = gettext("You said, we did: %(title)s") % {"title": seen.title}
    return Report(title, (answers, waiting), "New Voices: what the host shared", today)
