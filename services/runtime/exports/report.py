"""A report as data: tables with typed columns, what limits them, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Final


class Hidden(Enum):
    """A number too small to show."""

    FEW = "few"


HIDDEN: Final = Hidden.FEW
NOTHING = "–"

Cell = str | int | float | date | Hidden | None
"""None is "there is none", which is not 0 and not hidden."""


class Kind(StrEnum):
    """What a column holds, and so how it is written and lined up."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    """Whole pence."""
    SHARE = "share"
    """A part of a whole, 0 to 1."""
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind = Kind.TEXT

    @property
    def numeric(self) -> bool:
        return self.kind in (Kind.NUMBER, Kind.MONEY, Kind.SHARE)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells. The first cell of a row names the row.

    ``before``: paragraphs that lead to the table. ``notes``: what limits its figures.
    ``hidden_below``: numbers from 1 to one below this are hidden, and what gives them away.
    Raises ValueError for a row of another length than the columns.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    before: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    hidden_below: int | None = None

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError("A table needs a column.")
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("Every row needs a cell for each column.")

    @property
    def all_notes(self) -> tuple[str, ...]:
        """The notes, and the reason for hidden numbers where some may be."""
        if self.hidden_below is None:
            return self.notes
        return (*self.notes, hidden_note(self.hidden_below))


@dataclass(frozen=True, slots=True)
class Report:
    """``source``: who counted what, in a sentence. ``language``: a BCP 47 tag."""

    title: str
    tables: tuple[Table, ...]
    source: str
    made_on: date
    summary: tuple[str, ...] = ()
    language: str = "en-GB"

    def __post_init__(self) -> None:
        if not self.tables:
            raise ValueError("A report needs a table.")


def hidden_note(threshold: int) -> str:
    """Why a number is not shown, for readers."""
    return (
        f"“{HIDDEN.value}” stands for 1 to {threshold - 1}, and for a number that would give "
        "such a number away, so that nobody can be picked out."
    )


def in_words(cell: Cell, kind: Kind) -> str:
    """A cell as a person reads it: £25.00, 45%, 24 November 2026."""
    if cell is None:
        return NOTHING
    if isinstance(cell, Hidden):
        return str(cell.value)
    if isinstance(cell, date):
        return f"{cell.day} {cell:%B %Y}"
    if kind is Kind.MONEY:
        return f"£{in_pounds(cell):,.2f}"
    if kind is Kind.SHARE and not isinstance(cell, str):
        return f"{cell:.0%}"
    if kind is Kind.NUMBER and not isinstance(cell, str):
        return f"{cell:,}"
    return str(cell)


def in_pounds(pence: Cell) -> Decimal:
    """Whole pence as pounds. Raises ValueError for anything else."""
    if not isinstance(pence, int):
        raise ValueError("An amount of money is whole pence.")
    return Decimal(pence) / 100
