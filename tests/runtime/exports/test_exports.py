"""Every form of a report is read back with another program than the one that wrote it."""

from __future__ import annotations

import csv
import io
from datetime import date
from html.parser import HTMLParser

import pytest
from fastapi import FastAPI
from fastapi.responses import Response
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from odf import opendocument
from odf.namespaces import DCNS, FONS
from odf.style import TextProperties
from odf.table import Table as Sheet
from odf.table import TableCell, TableHeaderRows, TableRow
from pypdf import PdfReader

from services.runtime import exports
from services.runtime.exports import HIDDEN, Column, Kind, Report, Table
from services.runtime.exports.as_csv import harmless

DAY = date(2026, 11, 4)
TABLE = Table(
    title="Payments by host",
    columns=(
        Column("Host"),
        Column("People", Kind.NUMBER),
        Column("Paid", Kind.MONEY),
        Column("In time", Kind.SHARE),
        Column("Last paid", Kind.DATE),
    ),
    rows=(
        ("Elmfield Council", 1200, 123_450, 0.75, DAY),
        ("=HYPERLINK(A1)", HIDDEN, 0, None, None),
        ("Crèche & café <b>", 5, -50, 1.0, DAY),
    ),
    before=("What was paid this year.",),
    notes=("Payments of other hosts are not counted.",),
    hidden_below=5,
)
REPORT = Report("Payments", (TABLE,), "Elmfield, New Voices", DAY, ("One in four came late.",))
SECOND = Table("Payments by host", (Column("Month"),), (("May",),))


def test_a_csv_opens_in_a_spreadsheet_with_plain_numbers_and_no_formula() -> None:
    raw = exports.to_csv(REPORT)
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["Host", "People", "Paid", "In time", "Last paid"]
    assert rows[1] == ["Elmfield Council", "1200", "1234.50", "0.75", "2026-11-04"]
    assert rows[2] == ["'=HYPERLINK(A1)", "few", "0.00", "", ""]
    assert rows[3] == ["Crèche & café <b>", "5", "-0.50", "1.0", "2026-11-04"]
    assert rows[4] == []
    told = " ".join(cell for row in rows[5:] for cell in row)
    assert "“few” stands for 1 to 4" in told
    assert "Payments of other hosts are not counted." in told
    assert "Elmfield, New Voices" in told


@given(st.text(max_size=30))
def test_no_text_in_a_csv_is_ever_a_formula(text: str) -> None:
    safe = harmless(text)
    assert safe.lstrip(" ")[:1] not in {
        "=",
        "+",
        "-",
        "@",
        "\t",
        "\r",
        "\n",
        "＝",
        "＋",
        "－",
        "＠",
    }
    assert safe in (text, f"'{text}")


def test_several_tables_in_a_csv_have_their_titles() -> None:
    raw = exports.to_csv(Report("Two", (TABLE, SECOND), "here", DAY))
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert [r for r in rows if r == ["Payments by host"]] == [["Payments by host"]] * 2
    assert rows[rows.index(["Month"]) + 1] == ["May"]


def _ods(report: Report) -> opendocument.OpenDocument:
    return opendocument.load(io.BytesIO(exports.to_ods(report)))


def test_an_ods_has_typed_cells_header_rows_and_a_language() -> None:
    read = _ods(REPORT)
    about, sheet = read.spreadsheet.getElementsByType(Sheet)
    assert about.getAttribute("name") == "About"
    assert "“few” stands for 1 to 4" in str(about)
    (head,) = sheet.getElementsByType(TableHeaderRows)
    assert [str(c) for c in head.getElementsByType(TableCell)] == [c.name for c in TABLE.columns]
    rows = sheet.getElementsByType(TableRow)[1:]
    cells = [[(c.getAttribute("valuetype"), str(c)) for c in r.childNodes] for r in rows]
    assert cells[0] == [
        ("string", "Elmfield Council"),
        ("float", "1,200"),
        ("currency", "£1,234.50"),
        ("percentage", "75%"),
        ("date", "4 November 2026"),
    ]
    assert cells[1][1:] == [
        ("string", "few"),
        ("currency", "£0.00"),
        ("string", "–"),
        ("string", "–"),
    ]
    assert rows[0].childNodes[2].getAttribute("value") == "1234.50"
    assert rows[0].childNodes[4].getAttribute("datevalue") == "2026-11-04"
    told = {n.qname: str(n) for n in read.meta.childNodes}
    assert told[(DCNS, "title")] == "Payments"
    assert told[(DCNS, "language")] == "en-GB"
    tongues = {
        p.attributes.get((FONS, "language")) for p in read.styles.getElementsByType(TextProperties)
    }
    assert "en" in tongues


def test_sheets_of_an_ods_have_names_of_their_own() -> None:
    long = Table("Who is owed what: a [very] long heading/title", (Column("A"),), ())
    names = [
        s.getAttribute("name")
        for s in _ods(
            Report("Two", (TABLE, SECOND, long, long), "here", DAY)
        ).spreadsheet.getElementsByType(Sheet)
    ]
    assert len(set(names)) == len(names) == 5
    assert all(len(name) <= 31 for name in names)
    assert not any(sign in name for name in names for sign in "[]*?:/\\'")


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def test_the_html_has_a_language_one_heading_captions_and_headers() -> None:
    text = exports.to_html(REPORT)
    page = _Page(text)
    assert page.all("html") == [{"lang": "en-GB"}]
    assert len(page.all("h1")) == 1
    assert len(page.all("caption")) == 1
    scopes = [th.get("scope") for th in page.all("th")]
    assert scopes == ["col"] * 5 + ["row"] * 3
    assert "Crèche &amp; café &lt;b&gt;" in text
    assert "“few” stands for 1 to 4" in text
    assert not page.all("b")


def test_nothing_in_the_html_is_loaded_from_elsewhere() -> None:
    page = _Page(exports.to_html(REPORT))
    assert [a for _, a in page.tags if "src" in a or "href" in a] == []


def test_the_pdf_is_tagged_and_has_a_title_and_a_language() -> None:
    read = PdfReader(io.BytesIO(exports.to_pdf(REPORT)))
    root = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en-GB"
    assert read.metadata is not None
    assert read.metadata.title == "Payments"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "pdfuaid" in xmp
    text = " ".join(page.extract_text() for page in read.pages)
    assert "£1,234.50" in text
    assert "stands for 1 to 4" in text


def _roles(node: object, found: list[str]) -> list[str]:
    here = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(here, list):
        for each in here:
            _roles(each, found)
    elif isinstance(here, dict):
        if "/S" in here:
            found.append(str(here["/S"]))
        if "/K" in here:
            _roles(here["/K"], found)
    return found


def test_the_pdf_knows_its_table_headers() -> None:
    read = PdfReader(io.BytesIO(exports.to_pdf(REPORT)))
    roles = _roles(read.trailer["/Root"]["/StructTreeRoot"]["/K"], [])
    assert roles.count("/TH") == 8
    assert roles.count("/TD") == 12


def test_a_table_without_rows_says_so() -> None:
    empty = Table("Payments", (Column("Host"),), ())
    assert "nothing to show here yet" in exports.to_html(Report("P", (empty,), "here", DAY))


def test_uneven_rows_and_fractions_of_a_penny_are_refused() -> None:
    with pytest.raises(ValueError, match="for each column"):
        Table("T", (Column("A"), Column("B")), (("a",),))
    with pytest.raises(ValueError, match="whole pence"):
        exports.to_csv(Report("T", (Table("T", (Column("A", Kind.MONEY),), ((1.5,),)),), "x", DAY))


@pytest.mark.parametrize("form", exports.FORMS)
def test_an_endpoint_answers_with_the_media_type_and_a_plain_file_name(form: exports.Form) -> None:
    app = FastAPI()

    @app.get("/")
    async def download() -> Response:
        report = Report("Päyments: “who” / what?", (TABLE,), "here", DAY)
        return await exports.answer(report, form)

    answer = TestClient(app).get("/")
    assert answer.headers["content-type"] == exports.FORMS[form]
    name = f'attachment; filename="payments-who-what-2026-11-04.{form}"'
    assert answer.headers["content-disposition"] == name
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.content) > 200
