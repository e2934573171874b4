"""Who is heard, as a report to take away: the figures of the page, hidden where it hides them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from services.matching.measure_views import AreaVoices, HostVoices, Measures
from services.runtime.exports import HIDDEN, Cell, Column, Kind, Report, Table

SPREAD_NOTE = (
    "Spread (HHI): the nearer to 0, the more people share the seats. Inequality (Gini): 0 "
    "when everyone holds as many. Both show from 20 seats on."
)

QUARTER_NOTE = "Spread (HHI) is of all seats held when the quarter ended."


def report(seen: Measures, hosts: Mapping[str, str], organisation: str, made_on: date) -> Report:
    """`hosts`: kind of host to its words."""
    tables = [_now(seen), _earlier(seen), _hosts(seen, hosts), _areas(seen), _quarters(seen)]
    tables += [_not_reached(seen), _evenness(seen)]
    return Report(
        title="Who is heard",
        tables=tuple(table for table in tables if table.rows),
        source=f"Seats in the opportunities of {organisation}, counted by New Voices.",
        made_on=made_on,
        summary=("Seats held now, and who holds them: new voices and familiar voices.",),
    )


def _few(count: int | float | None) -> Cell:
    return HIDDEN if count is None else count


def _now(seen: Measures) -> Table:
    rows: list[tuple[Cell, ...]] = [
        ("Seats held", _few(seen.seats), None),
        ("People who hold them", _few(seen.people), None),
        ("Seats held by familiar voices", None, _few(seen.familiar_share)),
        ("Gaps that stay open, mean of open opportunities", None, seen.gap_index),
    ]
    if seen.hhi is not None:
        rows += [("Spread (HHI)", seen.hhi, None), ("Inequality (Gini)", seen.gini, None)]
    columns = (Column("Figure"), Column("Number", Kind.NUMBER), Column("Share", Kind.SHARE))
    return Table("Now", columns, tuple(rows), notes=(SPREAD_NOTE,), hidden_below=seen.threshold)


def _earlier(seen: Measures) -> Table:
    last = len(seen.earlier_seats) - 1
    rows = tuple(
        (f"{e.earlier} or more" if e.earlier == last else str(e.earlier or "None"), _few(e.seats))
        for e in seen.earlier_seats
    )
    columns = (Column("Seats before this one"), Column("Seats", Kind.NUMBER))
    title = "Seats by how often people sat before"
    return Table(title, columns, rows, hidden_below=seen.threshold)


def _by_voice(
    title: str, of: str, rows: Iterable[tuple[str, HostVoices | AreaVoices]], threshold: int
) -> Table:
    columns = (
        Column(of),
        Column("New voices", Kind.NUMBER),
        Column("Familiar voices", Kind.NUMBER),
        Column("Seats", Kind.NUMBER),
    )
    cells = tuple(
        (name, _few(each.new_voices), _few(each.familiar_voices), _few(each.seats))
        for name, each in rows
    )
    return Table(title, columns, cells, hidden_below=threshold)


def _hosts(seen: Measures, hosts: Mapping[str, str]) -> Table:
    named = ((hosts.get(each.host_kind, each.host_kind), each) for each in seen.hosts)
    return _by_voice("Seats by kind of host", "Host", named, seen.threshold)


def _areas(seen: Measures) -> Table:
    named = ((each.area_name or "All other areas", each) for each in seen.areas)
    return _by_voice("Seats by area", "Area", named, seen.threshold)


def _quarters(seen: Measures) -> Table:
    rows = tuple((q.quarter, _few(q.seats), _few(q.new_voice_share), q.hhi) for q in seen.quarters)
    columns = (
        Column("Quarter"),
        Column("Seats taken", Kind.NUMBER),
        Column("By new voices", Kind.SHARE),
        Column("Spread (HHI)", Kind.NUMBER),
    )
    notes = ("Whole quarters only. A later look never changes a quarter.", QUARTER_NOTE)
    return Table("Voices over time", columns, rows, notes=notes, hidden_below=seen.threshold)


def _not_reached(seen: Measures) -> Table:
    note = "Groups that an open opportunity has a target for, and that hold no seat in any."
    rows = tuple((people,) for people in seen.not_reached)
    return Table("Communities not yet reached", (Column("Group"),), rows, notes=(note,))


def _evenness(seen: Measures) -> Table:
    rows = tuple(
        (f"{e.label}, {e.area_name}", e.people, e.beyond_chance, e.r_indicator, e.source_table)
        for e in seen.evenness
    )
    columns = (
        Column("Characteristic and area"),
        Column("People", Kind.NUMBER),
        Column("Uneven beyond chance", Kind.NUMBER),
        Column("R-indicator", Kind.NUMBER),
        Column("Census table"),
    )
    note = (
        "Uneven beyond chance: 0 when every group takes part as often as its share of residents. "
        "R-indicator: 1 when all is even. People are rounded down."
    )
    return Table("How evenly groups take part", columns, rows, notes=(note,))
