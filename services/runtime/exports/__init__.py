"""Figures to take away, the same in four forms: CSV, ODS, accessible HTML and tagged PDF.

    report = exports.Report(
        title="Payments", tables=(table,), source="Elmfield", made_on=now.date()
    )
    return await exports.answer(report, form)

The caller hides small numbers: a cell that is `HIDDEN` is written as a word, and `hidden_below`
of its table makes every form say why. Nothing in here knows whose figures they are.
"""

from services.runtime.exports.answering import FORMS, Form, answer, file_name
from services.runtime.exports.as_csv import to_csv
from services.runtime.exports.as_html import to_html, to_pdf
from services.runtime.exports.as_ods import to_ods
from services.runtime.exports.report import HIDDEN, Cell, Column, Hidden, Kind, Report, Table

__all__ = [
    "FORMS",
    "HIDDEN",
    "Cell",
    "Column",
    "Form",
    "Hidden",
    "Kind",
    "Report",
    "Table",
    "answer",
    "file_name",
    "to_csv",
    "to_html",
    "to_ods",
    "to_pdf",
]
