"""Where an area is: the centre of a local authority, as coarse as that.

People give a local authority and no address, so distances are between centres of areas; within
one area they are 0. An area that is not in the table has no place, and then distance never counts.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from services.matching.model import Place

PACKAGED = Path(__file__).parent / "data" / "area-centres.csv"
FILE = "NEWVOICES_AREA_CENTRES"
"""Environment variable that names a fuller table with the same columns."""


class CentresError(ValueError):
    """A table of centres that cannot be read; the message says what to do."""


def place_of(area_code: str) -> Place | None:
    """The centre of an area by its ONS code, or None if the table does not have it."""
    return centres(_table()).get(area_code)


def name_of(area_code: str) -> str:
    """What an area is called, or its code if the table has no name for it."""
    return names(_table()).get(area_code, area_code)


def _table() -> Path:
    return Path(os.environ.get(FILE) or PACKAGED)


@cache
def names(path: Path) -> Mapping[str, str]:
    """Names by ONS code, from the column nice-name of the same table; empty without it."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return {row["gss-code"]: row["nice-name"] for row in rows if row.get("nice-name")}


@cache
def centres(path: Path) -> Mapping[str, Place]:
    """Centres by ONS code, from a CSV with the columns gss-code, x and y (metres, national grid).

    Rows without a centre are passed over. Raises CentresError for another kind of file.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        missing = {"gss-code", "x", "y"} - set(rows.fieldnames or ())
        if missing:
            raise CentresError(
                f"{path.name} has no column {', '.join(sorted(missing))}. Use the table of UK "
                "local authorities by mySociety, or rename the columns."
            )
        return {
            row["gss-code"]: Place(round(float(row["x"])), round(float(row["y"])))
            for row in rows
            if row["gss-code"] and row["x"] and row["y"]
        }
