"""A report as the answer of an endpoint: the right media type and a plain file name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Literal

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from services.runtime.exports.as_csv import to_csv
from services.runtime.exports.as_html import to_html, to_pdf
from services.runtime.exports.as_ods import to_ods
from services.runtime.exports.report import Report

Form = Literal["csv", "ods", "html", "pdf"]

FORMS: Mapping[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
}
_WRITE: Mapping[Form, Callable[[Report], bytes]] = {
    "csv": to_csv,
    "ods": to_ods,
    "html": lambda report: to_html(report).encode(),
    "pdf": to_pdf,
}
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")


async def answer(report: Report, form: Form) -> Response:
    """The report as a file to keep. Nothing on the way may keep a copy."""
    content = await run_in_threadpool(_WRITE[form], report)
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(report, form)}"',
        "Cache-Control": "no-store",
        "Content-Language": report.language,
    }
    return Response(content, media_type=FORMS[form], headers=headers)


def file_name(report: Report, form: Form) -> str:
    """For example "payments-2026-11-24.csv": small letters, digits and hyphens only."""
    ascii_only = unicodedata.normalize("NFKD", report.title).encode("ascii", "ignore").decode()
    plain = _NOT_PLAIN.sub("-", ascii_only.lower()).strip("-")[:60].strip("-")
    return f"{plain or 'report'}-{report.made_on.isoformat()}.{form}"
