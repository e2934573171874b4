"""A summary of Census 2021 figures as JSON: shares of England, and ethnic group by local authority.

Layout, counts being whole numbers by our category codes::

    {"england": {"religion": {"table": "TS030", "total": 100, "n": {"christian": 46, …}}, …},
     "ltla_ethnic_group": {"order": ["white_british", …],
                           "areas": {"E06000001": {"name": "Hartlepool", "total": 9, "n": [7, …]}}}}

What has no list of ours, or not every category of it, is passed over: nothing is made up. What is
read otherwise: `profiles`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.matching.census_file import MOST_BYTES, ProfileError
from services.matching.census_tables import NOT_ANSWERED, TABLES, CensusTable

ENGLAND = "E92000001", "England"
SAME_CODE = {"disabled_equality_act": "disabled"}
"""Codes of a summary that we call otherwise."""
CAVEAT = (
    "Added up from copies of ONS downloads: totals may differ a little from those ONS publishes."
)
_LISTS: Mapping[str, CensusTable] = {
    list_id: table for table in TABLES for list_id in table.lists if table.lists[list_id]
}
_WHAT_TO_DO = (
    "This JSON file is no summary of census figures. It needs “england” with counts by category, "
    "or “ltla_ethnic_group” with “order” and “areas”. Use the CSV files of ONS or Nomis otherwise."
)


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of one list in one area. ``table``: the ONS table they are of. ``total``: as told."""

    list_id: str
    table: CensusTable
    table_id: str
    area: tuple[str, str]
    counts: dict[str, int]
    total: int | None


def read(path: Path) -> list[Counted]:
    """Everything in the file that can be used. Raises `ProfileError` with what to do."""
    if path.stat().st_size > MOST_BYTES:
        raise ProfileError("The file is larger than 64 MB.")
    try:
        found = json.loads(path.read_text("utf-8-sig"))
        counted = [*_england(found), *_areas(found)]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, ProfileError):
            raise
        raise ProfileError(_WHAT_TO_DO) from None
    if not counted:
        raise ProfileError(_WHAT_TO_DO)
    return counted


def _england(found: Mapping[str, Any]) -> Iterator[Counted]:
    for list_id, told in found.get("england", {}).items():
        table = _LISTS.get(list_id)
        if table is None:
            continue
        counts = {SAME_CODE.get(code, code): _whole(n, list_id) for code, n in told["n"].items()}
        if not any(set(level.values()) <= counts.keys() for level in table.lists[list_id]):
            continue
        table_id = re.search(r"TS\d{3}", str(told.get("table", "")))
        total = told.get("total")
        yield Counted(
            list_id, table, table_id[0] if table_id else table.table, ENGLAND, counts, total
        )


def _areas(found: Mapping[str, Any]) -> Iterator[Counted]:
    told = found.get("ltla_ethnic_group", {"order": [], "areas": {}})
    order, table = told["order"], _LISTS["ethnic_group"]
    for code, area in told["areas"].items():
        if len(area["n"]) != len(order):
            raise ProfileError(f"Area {code} has {len(area['n'])} counts, not {len(order)}.")
        counts = {c: _whole(n, code) for c, n in zip(order, area["n"], strict=True)}
        place = str(code), str(area["name"])
        yield Counted("ethnic_group", table, table.table, place, counts, area.get("total"))


def _whole(count: object, where: str) -> int:
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise ProfileError(
            f"A count of {where} is no whole number. Missing figures are not made up."
        )
    return count


def parts(counted: Counted) -> tuple[dict[str, int], int]:
    """The counts without those who did not answer, and how many those are."""
    counts = dict(counted.counts)
    return counts, counts.pop(NOT_ANSWERED, 0)
