"""Comma-separated values that a spreadsheet opens without harm (RFC 4180).

The byte order mark lets Excel read UTF-8. A text that a spreadsheet would take for a formula gets
an apostrophe before it (OWASP, CSV Injection): names and words may come from anybody.
"""

from __future__ import annotations

import csv
import io
from datetime import date

from services.runtime.exports.report import Cell, Hidden, Kind, Report, Table, in_pounds

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def to_csv(report: Report) -> bytes:
    """Header first, then rows, then notes after an empty line. Several tables are apart by one.

    Amounts are pounds ("25.00"), shares 0 to 1, dates ISO 8601: for programs, not for reading.
    """
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\r\n").writerow
    several = len(report.tables) > 1
    for number, table in enumerate(report.tables):
        if number:
            write([])
        if several:
            write([harmless(table.title)])
        write([harmless(column.name) for column in table.columns])
        for row in table.rows:
            write(
                [_cell(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)]
            )
        for note in _notes(table):
            write(note)
    write([])
    for words in (*report.summary, f"Source: {report.source}", _made(report)):
        write([harmless(words)])
    return text.getvalue().encode("utf-8-sig")


def _notes(table: Table) -> list[list[str]]:
    words = (*table.before, *table.all_notes)
    return [[], *([harmless(each)] for each in words)] if words else []


def _made(report: Report) -> str:
    return f"Made on: {report.made_on.isoformat()}"


def _cell(cell: Cell, kind: Kind) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Hidden):
        return str(cell.value)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        return harmless(cell)
    return f"{in_pounds(cell):.2f}" if kind is Kind.MONEY else str(cell)


def harmless(text: str) -> str:
    """The text, marked as text where a spreadsheet would run it."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
