"""Every figure of "Who is heard", on the page and in each file, is what plain SQL counts."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import Any

import pytest
from sqlalchemy import text

from services.runtime.security.principal import Role
from tests.matching.harness import AREA, ORGANISATION, Matching, Visitor
from tests.support.reading_pages import tables_of

HELD = """
    SELECT o.host_kind, t.new_voice, COUNT(*) FROM seat_terms t
    JOIN opportunities o ON o.id = t.opportunity_id
    WHERE o.organisation_id = :organisation AND t.ended_at IS NULL GROUP BY 1, 2
"""
GAPS = """
    SELECT AVG(gap_index) FROM opportunities
    WHERE organisation_id = :organisation AND state = 'open'
"""
AREAS = """
    SELECT o.area_code, t.new_voice, COUNT(*) FROM seat_terms t
    JOIN opportunities o ON o.id = t.opportunity_id
    WHERE o.organisation_id = :organisation AND t.ended_at IS NULL GROUP BY 1, 2
"""
EARLIER = """
    SELECT CASE WHEN sat > 2 THEN 2 ELSE sat END, COUNT(*) FROM (
        SELECT (SELECT COUNT(*) FROM seat_terms b WHERE b.holder_id = t.holder_id
                AND b.started_at < t.started_at) + (m.prior_seat IS NOT NULL AND m.prior_seat) sat
        FROM seat_terms t JOIN opportunities o ON o.id = t.opportunity_id
        LEFT JOIN members m ON m.id = t.holder_id
        WHERE o.organisation_id = :organisation AND t.ended_at IS NULL
    ) GROUP BY 1
"""
KINDS = {"NHS": "nhs", "Council": "council", "Care home": "care_home"}
FEW = "few"


@pytest.fixture
def filled(matching: Matching) -> Matching:
    """Seats in three kinds of host, one of them with a number too small to show."""
    for kind, new, familiar in (("nhs", 8, 9), ("council", 12, 2), ("care_home", 3, 6)):
        members: list[dict[str, Any]] = [
            {"prior_seat": n < familiar} for n in range(new + familiar)
        ]
        matching.open(host_kind=kind, seats=40, members=members)
    return matching


def held(matching: Matching) -> dict[tuple[str, bool], int]:
    rows = matching.read(lambda s: s.execute(text(HELD), {"organisation": ORGANISATION}).all())
    return {(kind, bool(new)): count for kind, new, count in rows}


def agrees(shown: str, counted: int, threshold: int = 5) -> bool:
    """A figure is the counted one, or hidden; a number from 1 to 4 is never shown."""
    if shown == FEW:
        return counted > 0
    return shown == str(counted) and (counted == 0 or counted >= threshold)


def check_hosts(rows: list[list[str]], counted: dict[tuple[str, bool], int]) -> None:
    shown = {row[0]: row[1:] for row in rows}
    for name, kind in KINDS.items():
        new, familiar = counted.get((kind, True), 0), counted.get((kind, False), 0)
        assert agrees(shown[name][0], new), name
        assert agrees(shown[name][1], familiar), name
        assert agrees(shown[name][2], new + familiar), name
    assert shown["NHS"] == ["8", "9", "17"]
    # Two familiar voices are too few to show, and no other figure may give them away.
    assert shown["Council"][1] == FEW
    assert FEW in (shown["Council"][0], shown["Council"][2])


def test_each_figure_of_the_page_is_what_plain_sql_counts(filled: Matching) -> None:
    page = Visitor(filled).see("/voices")
    counted = held(filled)
    check_hosts(tables_of(page)["Seats by kind of host"], counted)
    values = re.findall(r'class="nv-figures__value">([^<]*)<', page)
    familiar = sum(n for (_, new), n in counted.items() if not new)
    assert values[0] == str(sum(counted.values()))
    assert values[1] == f"{100 * familiar / sum(counted.values()):.0f}%"
    gap = filled.read(lambda s: s.scalar(text(GAPS), {"organisation": ORGANISATION}))
    assert values[2] == f"{100 * gap:.0f}%"


def test_each_area_and_the_seats_before_are_what_plain_sql_counts(filled: Matching) -> None:
    members = [{"prior_seat": n < 6} for n in range(14)]
    filled.open(area_code="E06000002", seats=20, members=members, targets=[])
    tables = tables_of(Visitor(filled).see("/voices"))
    rows = filled.read(lambda s: s.execute(text(AREAS), {"organisation": ORGANISATION}).all())
    counted = {(code, bool(new)): count for code, new, count in rows}
    assert [row[0] for row in tables["Seats by area"]] == ["Manchester", "Middlesbrough"]
    for row, code in zip(tables["Seats by area"], (AREA, "E06000002"), strict=True):
        new, familiar = counted[code, True], counted[code, False]
        assert row[1:] == [str(new), str(familiar), str(new + familiar)]
    found = filled.read(lambda s: s.execute(text(EARLIER), {"organisation": ORGANISATION}).all())
    earlier = {int(sat): count for sat, count in found}
    shown = tables["Seats by how often people sat before"]
    assert shown == [
        ["None", str(earlier[0])],
        ["1", str(earlier[1])],
        ["2 or more", str(earlier.get(2, 0))],
    ]


def test_the_file_says_what_the_page_says(filled: Matching) -> None:
    page = tables_of(Visitor(filled).see("/voices"))["Seats by kind of host"]
    answer = filled.http.get("/api/v1/measures/export", params={"form": "csv"})
    assert answer.status_code == 200
    rows = [row for row in csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))) if row]
    start = next(n for n, row in enumerate(rows) if row[0] == "Host")
    assert rows[start + 1 : start + 1 + len(page)] == page


@pytest.mark.parametrize(
    ("form", "starts"), [("ods", b"PK"), ("html", b"<!DOCTYPE html>"), ("pdf", b"%PDF")]
)
def test_every_form_is_a_file_of_its_kind(filled: Matching, form: str, starts: bytes) -> None:
    answer = filled.http.get("/api/v1/measures/export", params={"form": form})
    assert answer.content.lstrip().startswith(starts)
    assert "attachment" in answer.headers["content-disposition"]
    if form == "ods":
        content = zipfile.ZipFile(io.BytesIO(answer.content)).read("content.xml").decode()
        assert "Seats by kind of host" in content
        assert ">few<" in content


def test_files_hold_no_seat_of_another_organisation(filled: Matching) -> None:
    other = filled.client(Role.COORDINATOR, organisation="riverton")
    text_of = other.get("/api/v1/measures/export", params={"form": "csv"}).text
    assert "Seats held,0" in text_of
    assert "17" not in text_of.split("Seats by kind of host")[1]
