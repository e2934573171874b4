"""Everything that can be taken away, in every form: no small number, and PDFs that can be read out.

One small number is planted for each export: two or three people who must stay uncounted.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from fastapi.testclient import TestClient
from odf.opendocument import load
from odf.table import TableCell, TableRow
from odf.teletype import extractText
from pypdf import PdfReader

from schemas.events import FeedbackTold
from services.matching.survey import questions
from tests.matching.barriers.test_barriers import community as barriers_told
from tests.matching.feedback_loop.test_feedback_loop import share
from tests.matching.harness import Matching, Visitor, running
from tests.matching.impact.test_impact import start as start_programme
from tests.matching.reciprocity.conftest import Group
from tests.matching.survey.test_survey import HEAD, take_in
from tests.support.reading_pages import plain, tables_of

FORMS = ("csv", "ods", "html", "pdf")
FEW = "few"


@dataclass(frozen=True)
class Export:
    """A file's path; the row that a small number was planted in, and that number.

    ``all_of_it``: the file is for those who pay, one line a payment, so nothing is counted.
    """

    path: str
    row: str = ""
    planted: str = ""
    all_of_it: bool = False


class Planted:
    """One service with two or three people in each thing that is counted."""

    def __init__(self, matching: Matching) -> None:
        members: list[dict[str, Any]] = [{"prior_seat": n < 2} for n in range(14)]
        matching.open(seats=40, host_kind="nhs", members=members, targets=[])
        barriers_told(matching)
        group = Group(matching, people=2)
        for holder in group.holders():
            group.choose(holder, "paid")
        group.meet(*group.holders())
        programme = start_programme(matching, opportunity_ids=[str(group.id)])
        carers = "yes,carer,,well,time\n" * 3 + "yes,staff,social_work,well,time\n" * 9
        survey = take_in(matching, (HEAD + carers + "yes,other,,well,time\n" * 7).encode())
        told = share(matching, group.id)["feedback_id"]
        matching.receive(FeedbackTold(feedback_id=told, opportunity_id=group.id, people=3))
        self.exports = {
            "voices": Export("/api/v1/measures/export", "NHS", "2"),
            "barriers": Export("/api/v1/barriers/export", "The time of day", "2"),
            "programme": Export(
                f"/programmes/{programme}/export", "Seats taken by new voices", "2"
            ),
            "survey": Export(
                f"/surveys/{survey['survey_id']}/export", str(questions.GROUPS["carer"]), "3"
            ),
            "payments": Export("/api/v1/reciprocity/export", "Be paid", "2"),
            "answers": Export(
                f"{group.path}/feedback-loop/export", "Letters are hard to read.", "3"
            ),
            "payments of one": Export(f"{group.path}/reciprocity/export", all_of_it=True),
        }
        matching.now += timedelta(days=1)  # what happens today counts from tomorrow
        self.http: TestClient = Visitor(matching).http

    @cache  # noqa: B019  one service, and each file once: downloads are limited
    def file(self, name: str, form: str) -> bytes:
        path = f"/matching{self.exports[name].path}"
        answer = self.http.get(path, params={"form": form})
        assert answer.status_code == 200, (name, form, answer.text)
        return answer.content


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    with running(tmp_path_factory.mktemp("exports")) as matching:
        yield Planted(matching)


def rows_of(content: bytes, form: str) -> list[list[str]]:
    """The rows of all tables of a file, as words."""
    if form == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    if form == "html":
        return [row for rows in tables_of(content.decode()).values() for row in rows]
    rows = load(io.BytesIO(content)).getElementsByType(TableRow)
    return [[extractText(c) for c in row.getElementsByType(TableCell)] for row in rows]


def numbers_of(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d[\d,.]*", text))


NAMES = ("voices", "barriers", "programme", "survey", "payments", "answers", "payments of one")


@pytest.mark.parametrize("name", NAMES)
def test_no_small_number_leaves_in_any_form_and_every_pdf_can_be_read_out(
    planted: Planted, name: str
) -> None:
    export = planted.exports[name]
    for form in FORMS:
        content = planted.file(name, form)
        if form == "pdf":
            check_readable(content)
            check_same_numbers(content, planted.file(name, "html").decode())
            continue
        if export.all_of_it:
            continue
        rows = rows_of(content, form)
        found = [row for row in rows if row and row[0].startswith(export.row)]
        assert found, (form, rows)
        words = " ".join(found[0]).removeprefix(export.row).split()
        assert FEW in words, (form, words)
        assert export.planted not in words, (form, words)


def check_same_numbers(pdf: bytes, page: str) -> None:
    """Cells of a PDF break over lines, so its numbers are compared with those of the web page."""
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    without_page_numbers = re.sub(r"\b\d+ / \d+\b", " ", text)
    assert numbers_of(without_page_numbers) <= numbers_of(plain(page))


def check_readable(content: bytes) -> None:
    """What PDF/UA-1 (ISO 14289-1) asks of a file and software can check without its eyes."""
    read = PdfReader(io.BytesIO(content))
    root = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert read.metadata is not None
    assert read.metadata.title
    assert "pdfuaid" in root["/Metadata"].get_object().get_data().decode()
    roles = roles_of(root["/StructTreeRoot"]["/K"])
    assert {"/H1", "/H2", "/Table", "/TR", "/TH", "/TD"} <= roles
    for page in read.pages:
        assert page["/Tabs"] == "/S"
        fonts = page["/Resources"]["/Font"].values()
        assert all("/FontFile" in str(described(font.get_object())) for font in fonts)


def roles_of(node: Any) -> set[str]:
    here = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(here, list):
        return {role for each in here for role in roles_of(each)}
    if not isinstance(here, dict):
        return set()
    own = {str(here["/S"])} if "/S" in here else set()
    return own | (roles_of(here["/K"]) if "/K" in here else set())


def described(font: Any) -> Any:
    """The descriptor of a font, which holds the font itself where it is embedded."""
    whole = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
    return whole["/FontDescriptor"].get_object()


def test_no_export_of_the_service_is_left_out(planted: Planted) -> None:
    ours = [each.path for each in planted.exports.values()]
    matching = next(r for r in planted.http.app.routes if getattr(r, "path", "") == "/matching")  # type: ignore[attr-defined]
    paths = [r.path for r in matching.routes if getattr(r, "path", "").endswith("/export")]
    assert len(paths) >= len(ours)
    for path in paths:
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", path)
        assert any(re.fullmatch(pattern, each) for each in ours), path
