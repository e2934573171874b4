"""A survey's figures to take away. Made-up responses are named as such in title and every table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.matching.survey.bodies import LevelsView, ShareView, SurveyView
from services.runtime.exports import HIDDEN, Cell, Column, Kind, Report, Table

SYNTHETIC = "Synthetic: these responses are made up. Do not quote them as findings."


def of(seen: SurveyView, made_on: date) -> Report:
    mark = "Synthetic: " if seen.synthetic else ""
    notes = (SYNTHETIC,) if seen.synthetic else ()

    def shares(title: str, rows: Sequence[ShareView], first: str) -> Table:
        columns = (
            Column(first),
            Column("People", Kind.NUMBER),
            Column("Of", Kind.NUMBER),
            Column("Share", Kind.SHARE),
            Column("From", Kind.SHARE),
            Column("To", Kind.SHARE),
        )
        cells = tuple(_share_row(row) for row in rows)
        return Table(mark + title, columns, cells, notes=notes, hidden_below=seen.threshold)

    def levels(title: str, rows: Sequence[LevelsView], first: str) -> Table:
        columns = (Column(first), *(Column(name, Kind.NUMBER) for name in seen.levels))
        cells = tuple((row.label, *map(_shown, row.counts)) for row in rows)
        return Table(mark + title, columns, cells, notes=notes, hidden_below=seen.threshold)

    tables = (
        shares("Know co-production well, by group", seen.by_group, "Group"),
        levels("How well co-production is known, by group", seen.levels_by_group, "Group"),
        shares("Know co-production well, by job", seen.by_job, "Job"),
        levels("How well co-production is known, by job", seen.levels_by_job, "Job"),
        shares("Barriers named", seen.barriers, "Barrier"),
        *(
            shares(f"Barriers named: {each.group}", each.barriers, "Barrier")
            for each in seen.barriers_by_group
        ),
    )
    return Report(
        title=f"{mark}{seen.name}",
        tables=tables,
        source=f"{seen.respondents} responses, {seen.completed} of them complete",
        made_on=made_on,
        summary=(
            *notes,
            f"{seen.completed} of {seen.respondents} people completed the survey "
            f"({seen.completion:.0%}).",
            "From and to are 95% intervals (Wilson). People chose to answer, so they need not be "
            "like everybody.",
        ),
    )


def _shown(count: int | None) -> Cell:
    return HIDDEN if count is None else count


def _share_row(row: ShareView) -> tuple[Cell, ...]:
    if row.value is None:
        return (row.label, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN)
    return (row.label, row.part, row.whole, row.value, row.low, row.high)
