"""Languages: which one a request wants, its catalogue, and dates and numbers written in it.

Catalogues are the PO files under `locales/`, read directly: no compiled files to forget. A
catalogue whose header `X-Reviewed` is not `yes` was not checked by a speaker yet; pages say so.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.support import Format
from starlette.requests import Request

from services.runtime.security.cookies import value_of

COOKIE = "nv_lang"
DEFAULT = "en"
UK = ZoneInfo("Europe/London")
REVIEWED = b'"X-Reviewed: yes\\n"'


@dataclass(frozen=True, slots=True)
class Language:
    """A language that the pages speak; `name` is what its own speakers call it."""

    code: str
    name: str
    direction: str = "ltr"
    comma: str = ", "


LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        Language("en", "English"),
        Language("cy", "Cymraeg"),
        Language("pl", "Polski"),
        Language("ur", "اردو", "rtl", "، "),
        Language("ar", "العربية", "rtl", "، "),
    )
}


class Catalogues:
    """The translations of the runtime and of one service."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folders)
        self._loaded: dict[str, list[Catalog]] = {}

    def gettext(self, code: str, message: str) -> str:
        for catalogue in self._of(code):
            found = catalogue.get(message)
            if found and isinstance(found.string, str) and found.string:
                return found.string
        return message

    def ngettext(self, code: str, one: str, many: str, count: int) -> str:
        for catalogue in self._of(code):
            found = catalogue.get(one)
            if found and isinstance(found.string, tuple | list) and all(found.string):
                return str(found.string[_plural_index(catalogue, count)])
        return one if count == 1 else many

    def reviewed(self, code: str) -> bool:
        """Whether a speaker of the language has checked every catalogue that is used."""
        paths = self._paths(code)
        return code == DEFAULT or (bool(paths) and all(REVIEWED in p.read_bytes() for p in paths))

    def _of(self, code: str) -> list[Catalog]:
        if code not in self._loaded:
            self._loaded[code] = [_read(path, code) for path in self._paths(code)]
        return self._loaded[code]

    def _paths(self, code: str) -> list[Path]:
        paths = [folder / code / "LC_MESSAGES" / "messages.po" for folder in self._folders]
        return [path for path in paths if path.is_file()]


@dataclass(frozen=True)
class Speech:
    """A language with the catalogues to speak it; what pages and messages format with."""

    language: Language
    catalogues: Catalogues

    @cached_property
    def locale(self) -> Locale:
        # English dates here are British: 24 July, not July 24.
        return Locale.parse("en_GB" if self.language.code == "en" else self.language.code)

    @cached_property
    def format(self) -> Format:
        return Format(self.locale, UK)

    def date(self, value: date | datetime, style: str = "long") -> str:
        """A date in words, UK time: "24 July 2026"; style "short_day" gives "Fri 24 July"."""
        if isinstance(value, datetime):
            value = _local(value).date()
        if style == "short_day":
            return dates.format_skeleton("MMMMEEEd", value, locale=self.locale)
        return dates.format_date(value, style, locale=self.locale)

    def time(self, value: datetime) -> str:
        return dates.format_time(_local(value), "short", locale=self.locale)

    def datetime(self, value: datetime) -> str:
        return f"{self.date(value)}, {self.time(value)}"

    def number(self, value: float) -> str:
        return numbers.format_decimal(value, locale=self.locale)

    def percent(self, value: float) -> str:
        """A share between 0 and 1 as whole per cent."""
        return numbers.format_percent(value, locale=self.locale)

    def listed(self, values: Iterable[str]) -> str:
        """Values one after the other, with the comma of the language."""
        return self.language.comma.join(values)


_current: ContextVar[Speech | None] = ContextVar("nv_speech", default=None)


def speak(speech: Speech) -> None:
    """Use this language for the rest of the request (of the current context)."""
    _current.set(speech)


def current_speech() -> Speech:
    return _current.get() or Speech(LANGUAGES[DEFAULT], Catalogues(()))


def gettext(message: str) -> str:
    """The message in the current request's language."""
    speech = current_speech()
    return speech.catalogues.gettext(speech.language.code, message)


def ngettext(one: str, many: str, count: int) -> str:
    speech = current_speech()
    return speech.catalogues.ngettext(speech.language.code, one, many, count)


def language_of(request: Request) -> Language:
    """What the request asks for: `?lang=`, then the cookie, then Accept-Language."""
    asked = [request.query_params.get("lang"), value_of(request, COOKIE)]
    for code in [*asked, *_accepted(request.headers.get("accept-language", ""))]:
        if code in LANGUAGES:
            return LANGUAGES[code]
    return LANGUAGES[DEFAULT]


def _accepted(header: str) -> list[str]:
    weighted: list[tuple[float, int, str]] = []
    for position, part in enumerate(header.split(",")[:20]):
        code, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        if weight > 0:
            weighted.append((-weight, position, code.partition("-")[0].lower()))
    return [code for _, _, code in sorted(weighted)]


def _local(value: datetime) -> datetime:
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value.astimezone(UK)


def _read(path: Path, code: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=code)


def _plural_index(catalogue: Catalog, count: int) -> int:
    # `plural_expr` is C syntax that gettext's own parser turns into a safe function.
    from gettext import c2py

    return int(c2py(catalogue.plural_expr)(count))
