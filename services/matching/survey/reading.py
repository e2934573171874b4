"""Responses read from a CSV file: everything is checked before anything is kept.

The file has one line a response and these columns, in any order: `completed` (yes or no),
`respondent_group`, `job_group` (for people who work in social care, else empty), `familiarity`,
`barriers` (codes with ; between them), and if you like `respondent_id`, which is not kept.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.matching.survey import questions as q

LARGEST = 1_000_000
"""Bytes of a file; with what a form adds it stays below the service's limit for a request."""
MOST_LINES = 20_000
MOST_FAULTS = 20
MARK = "# synthetic"
"""The first line of a file of made-up responses. It stays with every figure made from it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong where. ``line`` counts from 1, the line of the column names."""

    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        where = f"Line {self.line}"
        if self.column:
            where += f", column {self.column}"
        return f"{where}: {self.sentence}"


class SurveyError(ValueError):
    """A file that cannot be taken, with every fault that was found (20 at most)."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


Key = tuple[str, str, str, str]
"""Question (respondents, completed, familiarity or barrier), group, job, answer."""


@dataclass(slots=True)
class Responses:
    """A file as counts; no response is kept by itself. ``digest``: SHA-256 of the file."""

    digest: str
    synthetic: bool
    respondents: int = 0
    completed: int = 0
    counts: Counter[Key] = field(default_factory=Counter)


def read(content: bytes) -> Responses:
    """The responses of a file. Raises SurveyError; then nothing of it may be used."""
    if len(content) > LARGEST:
        raise SurveyError(
            [Fault(1, "", f"The file is larger than {LARGEST // 1_000_000} MB. Split it.")]
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        sentence = "The file is not in UTF-8. Save it as “CSV UTF-8” and try again."
        raise SurveyError([Fault(1, "", sentence)]) from None
    first, _, rest = text.partition("\n")
    synthetic = first.strip().strip('",').lower().startswith(MARK)
    found = Responses(hashlib.sha256(content).hexdigest(), synthetic)
    _count(rest if synthetic else text, 2 if synthetic else 1, found)
    return found


def _count(text: str, first_line: int, found: Responses) -> None:
    faults: list[Fault] = []
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        _check_columns(rows.fieldnames, first_line)
        for row in rows:
            line = first_line - 1 + rows.line_num
            if found.respondents >= MOST_LINES:
                faults.append(Fault(line, "", f"At most {MOST_LINES} responses. Split the file."))
                break
            faults += _take(row, line, found)
            if len(faults) >= MOST_FAULTS:
                break
    except csv.Error:
        line = first_line + rows.line_num
        faults.append(Fault(line, "", "It cannot be read. Look for a quotation mark not closed."))
    if not faults and not found.respondents:
        faults.append(Fault(first_line + 1, "", "There is no response in the file."))
    if faults:
        raise SurveyError(faults[:MOST_FAULTS])


def _check_columns(names: Sequence[str] | None, line: int) -> None:
    given = [name.strip() for name in names or ()]
    missing = [name for name in q.COLUMNS if name not in given]
    unknown = [name for name in given if name not in (*q.COLUMNS, *q.OPTIONAL)]
    faults = [Fault(line, n, f"This column is missing. Add it, spelled “{n}”.") for n in missing]
    faults += [
        Fault(line, n or "without a name", "This column is not known. Take it out.")
        for n in unknown
    ]
    faults += [
        Fault(line, n, "This column is there twice. Keep one.")
        for n in q.COLUMNS
        if given.count(n) > 1
    ]
    if faults:
        raise SurveyError(faults)


def _take(
    row: Mapping[str | None, str | list[str] | None], line: int, found: Responses
) -> list[Fault]:
    """Count one response, or say what is wrong with it."""
    if None in row or any(row.get(name) is None for name in q.COLUMNS):
        sentence = "It has more or fewer cells than there are columns."
        return [Fault(line, "", sentence)]
    cells = {str(name).strip(): str(cell).strip() for name, cell in row.items()}
    faults = _faults(cells, line)
    if faults:
        return faults
    group, job = cells["respondent_group"], cells["job_group"]
    found.respondents += 1
    found.counts["respondents", group, job, ""] += 1
    if q.YES_NO[cells["completed"].lower()]:
        found.completed += 1
        found.counts["completed", group, job, ""] += 1
    if cells["familiarity"]:
        found.counts["familiarity", group, job, cells["familiarity"]] += 1
    barriers = _barriers(cells["barriers"])
    if barriers:
        found.counts["asked_barriers", group, job, ""] += 1
    for code in set(barriers) - {"none"}:
        found.counts["barrier", group, job, code] += 1
    return []


def _barriers(cell: str) -> list[str]:
    return [code.strip() for code in cell.split(";") if code.strip()]


def _faults(cells: Mapping[str, str], line: int) -> list[Fault]:
    found = [
        _unless_known(cells, "completed", q.YES_NO, line, lower=True),
        _unless_known(cells, "respondent_group", q.GROUPS, line),
        _job(cells, line),
    ]
    if cells["familiarity"]:
        found.append(_unless_known(cells, "familiarity", q.FAMILIARITY, line))
    elif q.YES_NO.get(cells["completed"].lower()):
        found.append(Fault(line, "familiarity", "It is empty in a completed response."))
    for code in _barriers(cells["barriers"]):
        if code != "none" and code not in q.BARRIERS:
            found.append(Fault(line, "barriers", _one_of((*q.BARRIERS, "none"), "; between them")))
            break
    return [fault for fault in found if fault is not None]


def _unless_known(
    cells: Mapping[str, str],
    column: str,
    known: Mapping[str, object],
    line: int,
    lower: bool = False,
) -> Fault | None:
    cell = cells[column].lower() if lower else cells[column]
    return None if cell in known else Fault(line, column, _one_of(tuple(known)))


def _job(cells: Mapping[str, str], line: int) -> Fault | None:
    if cells["respondent_group"] not in q.GROUPS:
        return None
    works = cells["respondent_group"] == q.STAFF
    if works and cells["job_group"] not in q.JOBS:
        return Fault(line, "job_group", _one_of(tuple(q.JOBS)))
    if not works and cells["job_group"]:
        return Fault(line, "job_group", "Leave it empty for people who do not work in social care.")
    return None


def _one_of(known: Sequence[str], how: str = "") -> str:
    """What to write instead. The cell itself is never repeated: it may hold anything."""
    return f"Write one of: {', '.join(known)}{f' ({how})' if how else ''}."
