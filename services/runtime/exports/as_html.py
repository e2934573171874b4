"""One self-contained page, and the same page as a tagged PDF (PDF/UA-1).

The page loads nothing from anywhere: it is read as a file on somebody's own machine.
"""

from __future__ import annotations

from jinja2 import Environment, PackageLoader

from services.runtime.exports.report import Report, in_words

_ENVIRONMENT = Environment(
    loader=PackageLoader("services.runtime.exports", "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def to_html(report: Report) -> str:
    """A page at WCAG 2.2 AA: language, one heading, captions, row and column headers."""
    template = _ENVIRONMENT.get_template("report.html")
    return template.render(report=report, in_words=in_words)


def to_pdf(report: Report) -> bytes:
    """Takes about a second: run it off the event loop."""
    from weasyprint import HTML

    def refuse(url: str, *_args: object, **_more: object) -> None:
        raise ValueError(f"a report loads nothing, so not {url[:20]}")

    page = HTML(string=to_html(report), url_fetcher=refuse)
    pdf = page.write_pdf(pdf_variant="pdf/ua-1")
    assert isinstance(pdf, bytes)
    return pdf
