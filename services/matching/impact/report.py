"""A programme's impact as a report to take away: the same figures in tables."""

from __future__ import annotations

from datetime import date

from services.matching.impact import verdict, words
from services.matching.impact.bodies import FigureView, ImpactView
from services.matching.impact.catalogue import LEVELS
from services.matching.impact.verdict import Figure
from services.runtime.exports import Cell, Column, Kind, Report, Table


def of(seen: ImpactView, made_on: date) -> Report:
    """The report of one programme."""
    programme = seen.programme
    questions = words.questions()
    summary = [f"{questions[a.question]} {a.sentence}" for a in seen.answers]
    tables = [_figures(seen), _costs(seen)]
    if any(getattr(programme.theory, level) for level in LEVELS):
        tables.insert(1, _theory(seen))
    if seen.waits:
        tables.append(_waits(seen))
    until = seen.counted_until.date()
    return Report(
        title=f"Impact of {programme.name}",
        tables=tuple(tables),
        source=f"New Voices, events and entries of staff from {programme.started_on:%d.%m.%Y} "
        f"to {until:%d.%m.%Y}",
        made_on=made_on,
        summary=(*summary, *seen.limits),
    )


def _figures(seen: ImpactView) -> Table:
    columns = (
        Column("Indicator"),
        Column("Value"),
        Column("From"),
        Column("To"),
        Column("Counted", Kind.NUMBER),
        Column("Of", Kind.NUMBER),
        Column("Aim"),
        Column("State"),
        Column("How it is counted"),
    )
    return Table(
        "Figures",
        columns,
        tuple(_row(each) for each in seen.figures),
        notes=("From and to are 95% intervals: how much chance alone could move a figure.",),
        hidden_below=seen.threshold,
    )


def _row(view: FigureView) -> tuple[Cell, ...]:
    figure = Figure(view.code, view.value, view.low, view.high, view.part, view.whole)

    def told(value: float | None) -> Cell:
        if view.hidden:
            return "few"
        return None if value is None else verdict.in_words(figure, value)

    aim = None if view.aim is None else verdict.in_words(figure, view.aim)
    return (
        view.label,
        told(view.value),
        told(view.low),
        told(view.high),
        view.part,
        view.whole,
        aim,
        verdict.status_words(view.status),
        view.how,
    )


def _theory(seen: ImpactView) -> Table:
    labels = words.levels()
    rows = tuple(
        (labels[level], statement)
        for level in LEVELS
        for statement in getattr(seen.programme.theory, level)
    )
    return Table("Theory of change", (Column("Level"), Column("Statement")), rows)


def _costs(seen: ImpactView) -> Table:
    kinds = words.cost_kinds()
    rows: list[tuple[Cell, ...]] = [(kinds[each.kind], each.pence) for each in seen.costs]
    rows.append(("All", seen.total_pence))
    return Table("Costs", (Column("Kind"), Column("Amount", Kind.MONEY)), tuple(rows))


def _waits(seen: ImpactView) -> Table:
    columns = (
        Column("Days since a seat opened", Kind.NUMBER),
        Column("Still open", Kind.SHARE),
        Column("From", Kind.SHARE),
        Column("To", Kind.SHARE),
    )
    rows = tuple((round(w.day, 1), w.open, w.low, w.high) for w in seen.waits)
    notes = ("Kaplan and Meier's estimate: seats still open count as waits that go on.",)
    return Table("How long seats stay open", columns, rows, notes=notes)
