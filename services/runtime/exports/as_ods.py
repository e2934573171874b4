"""OpenDocument spreadsheet, the format the government asks for when tables are shared for editing.

Laid out as the Government Analysis Function asks of accessible spreadsheets ("Releasing statistics
in spreadsheets"): a first sheet that says what this is, then one table a sheet from its first
cell, with marked header rows, no merged or empty cells in a table, and a document language.
"""

from __future__ import annotations

import io
import re
from datetime import date

from odf.dc import Language, Title
from odf.number import CurrencyStyle, CurrencySymbol, Number, NumberStyle, PercentageStyle, Text
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import DefaultStyle, ParagraphProperties, Style, TextProperties
from odf.table import Table as Sheet
from odf.table import TableCell, TableColumn, TableHeaderRows, TableRow
from odf.text import P

from services.runtime.exports.report import Cell, Hidden, Kind, Report, Table, in_pounds, in_words

_NOT_IN_A_SHEET_NAME = re.compile(r"[\[\]*?:/\\']")
_LONGEST_SHEET_NAME = 31


def to_ods(report: Report) -> bytes:
    """Numbers, amounts, shares and dates are typed cells; hidden and missing ones are words."""
    document = OpenDocumentSpreadsheet()
    styles = _styles(document, report.language)
    document.meta.addElement(Title(text=report.title))
    document.meta.addElement(Language(text=report.language))
    document.spreadsheet.addElement(_about(report, styles))
    taken = {"about"}
    for table in report.tables:
        document.spreadsheet.addElement(_sheet(table, styles, _name(table.title, taken)))
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def _styles(document: OpenDocumentSpreadsheet, language: str) -> dict[str, Style]:
    tongue, _, country = language.partition("-")
    default = DefaultStyle(family="table-cell")
    default.addElement(TextProperties(language=tongue, country=country or "none"))
    document.styles.addElement(default)
    formats = {
        Kind.MONEY: CurrencyStyle(name="pounds"),
        Kind.SHARE: PercentageStyle(name="share"),
        Kind.NUMBER: NumberStyle(name="number"),
    }
    formats[Kind.MONEY].addElement(CurrencySymbol(text="£"))
    places = {Kind.MONEY: 2, Kind.SHARE: 0, Kind.NUMBER: 0}
    found = {"head": Style(name="head", family="table-cell")}
    found["head"].addElement(TextProperties(fontweight="bold"))
    for kind, form in formats.items():
        more = {} if kind is Kind.NUMBER else {"decimalplaces": places[kind]}
        form.addElement(Number(minintegerdigits=1, grouping="true", **more))
        if kind is Kind.SHARE:
            form.addElement(Text(text="%"))
        document.automaticstyles.addElement(form)
        style = Style(name=f"cell-{kind}", family="table-cell", datastylename=form)
        style.addElement(ParagraphProperties(textalign="end"))
        found[kind] = style
    for style in found.values():
        document.automaticstyles.addElement(style)
    return found


def _about(report: Report, styles: dict[str, Style]) -> Sheet:
    sheet = Sheet(name="About")
    sheet.addElement(TableColumn())
    lines = [*report.summary, f"Source: {report.source}"]
    for table in report.tables:
        lines += [f"{table.title}: {words}" for words in (*table.before, *table.all_notes)]
    lines.append(f"Made on {in_words(report.made_on, Kind.DATE)}.")
    sheet.addElement(_row([_words(report.title, styles["head"])]))
    for line in lines:
        sheet.addElement(_row([_words(line)]))
    return sheet


def _sheet(table: Table, styles: dict[str, Style], name: str) -> Sheet:
    sheet = Sheet(name=name)
    sheet.addElement(TableColumn(numbercolumnsrepeated=len(table.columns)))
    head = TableHeaderRows()
    head.addElement(_row([_words(column.name, styles["head"]) for column in table.columns]))
    sheet.addElement(head)
    for row in table.rows:
        cells = [_cell(c, col.kind, styles) for c, col in zip(row, table.columns, strict=True)]
        sheet.addElement(_row(cells))
    return sheet


def _name(title: str, taken: set[str]) -> str:
    """A sheet name of its own: at most 31 letters, which older programs can open."""
    plain = " ".join(_NOT_IN_A_SHEET_NAME.sub(" ", title).split()) or "Table"
    name, number = plain[:_LONGEST_SHEET_NAME], 1
    while name.casefold() in taken:
        number += 1
        end = f" {number}"
        name = plain[: _LONGEST_SHEET_NAME - len(end)] + end
    taken.add(name.casefold())
    return name


def _row(cells: list[TableCell]) -> TableRow:
    row = TableRow()
    for cell in cells:
        row.addElement(cell)
    return row


def _words(text: str, style: Style | None = None) -> TableCell:
    more = {} if style is None else {"stylename": style}
    cell = TableCell(valuetype="string", **more)
    cell.addElement(P(text=text))
    return cell


def _cell(cell: Cell, kind: Kind, styles: dict[str, Style]) -> TableCell:
    words = in_words(cell, kind)
    if cell is None or isinstance(cell, (str, Hidden)):
        return _words(words)
    if isinstance(cell, date):
        typed = TableCell(valuetype="date", datevalue=cell.isoformat())
    elif kind is Kind.MONEY:
        amount = f"{in_pounds(cell):.2f}"
        typed = TableCell(
            valuetype="currency", currency="GBP", value=amount, stylename=styles[kind]
        )
    elif kind is Kind.SHARE:
        typed = TableCell(valuetype="percentage", value=cell, stylename=styles[kind])
    else:
        typed = TableCell(valuetype="float", value=cell, stylename=styles[Kind.NUMBER])
    typed.addElement(P(text=words))
    return typed
