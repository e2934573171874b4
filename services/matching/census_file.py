"""The CSV of an ONS or Nomis download, as counts by area and label.

What the labels mean: `census_tables`. Every error names the line or the column.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from services.matching.census_tables import BY_VARIABLE, CensusTable

MOST_BYTES = 64 * 1024 * 1024
IN_ZIP = "-ltla.csv"
"""How the name of the file of local authorities ends in the ZIP of a table."""
HEADER_WITHIN = 20
"""Nomis puts up to a dozen lines before the header."""
AREAS = re.compile(r"(E0[6-9]|E10|E12|E92|W06|W92|K04)\d{6,7}")
"""Local authorities, counties, regions, England, Wales, and both together."""
_NOTE = re.compile(r"\s*\[note \d+\]", re.IGNORECASE)
_DOES_NOT_APPLY = "does not apply"


class ProfileError(ValueError):
    """A file that cannot be read as a census table; the message says what to do."""


@dataclass(slots=True)
class AreaCounts:
    """One area: counts by label, its total if the file has one, and the line it starts on."""

    code: str
    name: str
    line: int
    counts: dict[str, int] = field(default_factory=dict)
    total: int | None = None


def read(path: Path) -> tuple[CensusTable, list[AreaCounts]]:
    """The table a file holds, and its areas in order. Raises `ProfileError`."""
    rows = list(_rows(path))
    for position, (line, row) in enumerate(rows[:HEADER_WITHIN]):
        names = [_plain(cell) for cell in row]
        if "geography code" in names or "mnemonic" in names:
            table, areas = _read_wide(row, line, rows[position + 1 :])
            break
        if names and names[-1] == "observation":
            table, areas = _read_long(row, line, rows[position + 1 :])
            break
    else:
        raise ProfileError(
            "No header was found. Use the CSV file as ONS or Nomis gives it: it has a column "
            "“geography code” or “mnemonic”, or ends with a column “Observation”."
        )
    if not areas:
        raise ProfileError(
            "The file has no local authority, region or country. Choose “Local authorities” as "
            "area when you download it."
        )
    return table, areas


@contextmanager
def _text(path: Path) -> Iterator[IO[str]]:
    """The file as text; of a ZIP as Nomis offers it the file of local authorities."""
    if not zipfile.is_zipfile(path):
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
        return
    with zipfile.ZipFile(path) as folder:
        inside = [x for x in folder.infolist() if x.filename.lower().endswith(IN_ZIP)]
        if len(inside) != 1 or inside[0].file_size > MOST_BYTES:
            raise ProfileError(
                "A ZIP file needs one file of local authorities in it, with a name that ends in "
                f"“{IN_ZIP}”. Take the CSV file out of it and import that."
            )
        with folder.open(inside[0]) as raw:
            yield io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    if path.stat().st_size > MOST_BYTES:
        raise ProfileError("The file is larger than 64 MB. Download one table by local authority.")
    try:
        with _text(path) as file:
            reader = csv.reader(file)
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield reader.line_num, row
    except UnicodeDecodeError:
        raise ProfileError(
            "The file is not text in UTF-8. Use the CSV file itself, not a spreadsheet or ZIP."
        ) from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        raise ProfileError(
            "The ZIP file cannot be read. Take the CSV file out of it and import that."
        ) from None
    except csv.Error as error:
        raise ProfileError(f"The file is not CSV: {error}.") from None


def _plain(text: str) -> str:
    return " ".join(_NOTE.sub("", text).lower().split())


def _read_wide(
    header: Sequence[str], line: int, rows: Sequence[tuple[int, list[str]]]
) -> tuple[CensusTable, list[AreaCounts]]:
    names = [_plain(h) for h in header]
    code_at = names.index("geography code" if "geography code" in names else "mnemonic")
    name_at = names.index("geography") if "geography" in names else max(0, code_at - 1)
    table, labels = _wide_columns(names, line)
    areas: dict[str, AreaCounts] = {}
    for number, row in rows:
        code = row[code_at].strip() if code_at < len(row) else ""
        if not AREAS.fullmatch(code):
            continue
        if len(row) < len(header):
            raise ProfileError(f"Line {number} has {len(row)} cells, the header {len(header)}.")
        area = _new_area(areas, code, row[name_at].strip(), number)
        for at, label in labels.items():
            count = _count(row[at], number, header[at])
            if label.startswith(("total", "all persons")):
                area.total = count
            else:
                area.counts[label] = count
    return table, list(areas.values())


def _wide_columns(names: Sequence[str], line: int) -> tuple[CensusTable, dict[int, str]]:
    """The table, and the label of each of its columns."""
    found: dict[str, dict[int, str]] = {}
    for at, name in enumerate(names):
        variable, colon, rest = name.partition(":")
        if not colon or "measures: percent" in name or variable not in BY_VARIABLE:
            continue
        label = rest.partition("; measures")[0].strip()
        found.setdefault(variable, {})[at] = label
    if len(found) != 1:
        raise ProfileError(_which_table(line, len(found)))
    [(variable, labels)] = found.items()
    return BY_VARIABLE[variable], labels


def _which_table(line: int, found: int) -> str:
    known = ", ".join(f"{t.table} ({t.variable})" for t in BY_VARIABLE.values())
    if found:
        return f"The header on line {line} has {found} tables. Import one table at a time."
    return f"The header on line {line} is of no table that can be used. These can: {known}."


def _read_long(
    header: Sequence[str], line: int, rows: Sequence[tuple[int, list[str]]]
) -> tuple[CensusTable, list[AreaCounts]]:
    names = [_plain(h) for h in header]
    variables = {
        at: match[1]
        for at, name in enumerate(names)
        if (match := re.fullmatch(r"(.+?) \(\d+ categories\)", name))
    }
    wanted = [at for at, variable in variables.items() if variable in BY_VARIABLE]
    if len(variables) != 1 or len(wanted) != 1:
        raise ProfileError(_which_table(line, len(wanted) if len(variables) < 2 else 2))
    [label_at] = wanted
    areas: dict[str, AreaCounts] = {}
    for number, row in rows:
        if len(row) != len(header):
            raise ProfileError(f"Line {number} has {len(row)} cells, the header {len(header)}.")
        code, name, label = row[0].strip(), row[1].strip(), _plain(row[label_at])
        if not AREAS.fullmatch(code) or label == _DOES_NOT_APPLY:
            continue
        area = areas.get(code) or _new_area(areas, code, name, number)
        if label in area.counts:
            raise ProfileError(f"Line {number} repeats a category of {name}. Keep one of them.")
        area.counts[label] = _count(row[-1], number, header[-1])
        area.total = (area.total or 0) + area.counts[label]
    return BY_VARIABLE[variables[label_at]], list(areas.values())


def _new_area(areas: dict[str, AreaCounts], code: str, name: str, line: int) -> AreaCounts:
    if code in areas:
        raise ProfileError(f"Line {line} repeats {name} of line {areas[code].line}. Keep one.")
    areas[code] = AreaCounts(code, name, line)
    return areas[code]


def _count(text: str, line: int, column: str) -> int:
    cleaned = text.strip().replace(",", "")
    if not cleaned.isdecimal():
        raise ProfileError(
            f"Line {line}, column “{column.strip()}”: a whole number is needed. An empty or "
            "starred cell cannot be used, as missing figures are not made up."
        )
    return int(cleaned)


def ages(label: str, line: int) -> tuple[int, int | None]:
    """First and last age of a label of TS007; None for no end. Raises `ProfileError`."""
    if match := re.fullmatch(r"(?:aged )?under 1(?: year)?", label):
        return 0, 0
    if match := re.fullmatch(r"(?:aged )?(\d+)(?: years?)?", label):
        return int(match[1]), int(match[1])
    if match := re.fullmatch(r"(?:aged )?(\d+) to (\d+)(?: years)?", label):
        return int(match[1]), int(match[2])
    if match := re.fullmatch(r"(?:aged )?(\d+) years and (over|under)", label):
        return (int(match[1]), None) if match[2] == "over" else (0, int(match[1]))
    raise ProfileError(f"Line {line}: the age “{label}” cannot be read.")
