"""Form fields into request bodies. Control names are places in the body, as the API takes it.

`consents[0].given`, `availability.weekdays`, `notes`; a date comes in three fields
(`follow_up_on-day`, `-month`, `-year`). The same names serve the offline queue, which sends JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from services.runtime.errors import DomainError
from services.runtime.pages import FieldError, gettext

B = TypeVar("B", bound=BaseModel)

DATE_PART = re.compile(r"^(.+)-(day|month|year)$")
MOST_ENTRIES = 50
SKIP = frozenset({"csrf_token"})


class FormProblems(Exception):
    """What a person has to put right, in plain sentences."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("the form needs another answer")
        self.errors = errors


def nested(form: FormData, lists: Iterable[str] = (), ticks: Iterable[str] = ()) -> dict[str, Any]:
    """The fields in their places; empty ones are left out.

    `lists` name fields with several answers, `ticks` those where not ticked means no.
    """
    body: dict[str, Any] = {}
    many = frozenset(lists)
    try:
        for name in dict.fromkeys(key for key in form if key not in SKIP):
            given = [str(v).strip() for v in form.getlist(name) if str(v).strip()]
            if given and not DATE_PART.match(name):
                _put(body, name, given if name in many else given[-1])
        for name in ticks:
            _put(body, name, bool(form.get(name)))
    except (AttributeError, IndexError, TypeError, ValueError):
        # Names that fit no body, as no page of ours writes them.
        raise FormProblems(
            [FieldError("", gettext("Load this page again and start anew."))]
        ) from None
    for name in {match[1] for key in form if (match := DATE_PART.match(key))}:
        date = _date(form, name)
        if date is not None:
            body[name] = date
    return body


def validate(kind: type[B], body: dict[str, Any], sentences: Mapping[str, str]) -> B:
    """The body, checked. Raises FormProblems with `sentences` by field, never with a value."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        found = {_name(e["loc"]): e["msg"] for e in error.errors()}
        raise FormProblems(
            [FieldError(f, _say(f, m, sentences)) for f, m in found.items()]
        ) from None


def from_domain(error: DomainError) -> list[FieldError]:
    return [FieldError(control_id(error.field or ""), gettext(error.detail))]


def control_id(name: str) -> str:
    """The id of the first control of a field; ids have no brackets or dots."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")


def _say(field: str, message: str, sentences: Mapping[str, str]) -> str:
    known = sentences.get(field) or sentences.get(re.split(r"[-.\[]", field)[0])
    if known is None and message.startswith("Value error, "):
        known = message.removeprefix("Value error, ")
    return gettext(known or "Check this answer.")


def _name(loc: tuple[int | str, ...]) -> str:
    return control_id("-".join(str(part) for part in loc))


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    names = re.sub(r"\[(\d+)\]", r".\1", path).split(".")
    place: Any = body
    for name, following in zip(names, [*names[1:], ""], strict=True):
        empty: Any = [] if following.isdecimal() else {}
        content = value if following == "" else empty
        if isinstance(place, list):
            index = int(name)
            while len(place) <= min(index, MOST_ENTRIES):
                place.append({})
            if following == "":
                place[index] = value
            place = place[index]
        elif following == "":
            place[name] = content
        else:
            place = place.setdefault(name, content)


def _date(form: FormData, name: str) -> str | None:
    parts = [str(form.get(f"{name}-{part}", "")).strip() for part in ("year", "month", "day")]
    if not any(parts):
        return None
    year, month, day = parts
    return f"{year.zfill(4)}-{month.zfill(2)}-{day.zfill(2)}"
