"""The forms of matching's pages: what was typed, as the bodies of the API, with plain errors."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from services.matching.bodies import AddMembers, OpenOpportunity
from services.matching.characteristics import matchable
from services.runtime.errors import DomainError
from services.runtime.pages import FieldError, gettext

M = TypeVar("M", bound=BaseModel)

ROWS = {"sessions": 1, "targets": 2}
MORE_ROWS, MOST_ROWS = 3, 30
_SENTENCES = {
    "title": "Enter a name for it, with 3 to 120 letters.",
    "host_name": "Enter who it is for, with 3 to 120 letters.",
    "host_kind": "Choose what kind of host it is.",
    "area_code": "Enter the area's ONS code, like E08000003.",
    "seats": "Enter the number of all seats, from 1 to 500.",
    "payment_pence": "Enter the payment in pounds, like 25 or 12.50.",
    "contact_phone": "Enter a phone number, like 0161 496 0000.",
    "purpose": "Use at most 600 letters.",
    "place": "Use at most 200 letters.",
    "travel_km": "Enter whole kilometres from 1 to 500, or leave it empty.",
    "areas": "Enter ONS codes like E08000003 with a space between, or leave it empty.",
    "you_said": "Enter what people said, with 3 to 300 letters.",
    "we_did": "Enter what you did, with 3 to 300 letters.",
    "reply_by": "Enter a date after today.",
    "reason": "Choose a reason.",
    "why": "Say why, with 3 to 200 letters.",
    "organisation_id": "Enter the short name of the organisation, in small letters.",
    "starts_on": "Enter the first day.",
    "ends_on": "Enter the last day, or leave it empty.",
    "": "The last day comes after the first. Check both.",
    "stand_ins": "Enter a whole number from 0 to 200.",
    "soft_allowance": "Enter a whole number of seats from 0 to 20.",
    "public_words": "Use at most 200 letters.",
}
_PART_SENTENCES = {
    "on": "Enter the date of the meeting.",
    "starts": "Enter when it starts, like 10:00.",
    "ends": "Enter when it ends, like 12:00.",
    "least": "Enter a whole number of seats.",
    "most": "Enter a whole number of seats.",
    "proportion": "Enter a share from 0 to 100.",
    "weight": "Enter a number above 0, up to 100.",
}


class FormRefused(Exception):
    """What was typed needs another answer."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("a form needs another answer")
        self.errors = errors


def rows_of(form: Mapping[str, Any]) -> dict[str, int]:
    """How many rows of meetings and targets to show: those typed, and more when asked for."""
    wanted = {}
    for kind, few in ROWS.items():
        try:
            rows = int(str(form.get(f"{kind}_rows", few)))
        except ValueError:
            rows = few
        if form.get("add") == kind:
            rows += MORE_ROWS
        wanted[kind] = min(max(rows, 1), MOST_ROWS)
    return wanted


def opening(form: FormData) -> OpenOpportunity:
    """The opportunity that was typed; raises FormRefused."""
    body: dict[str, Any] = {
        field: _text(form, field)
        for field in (
            "title",
            "host_name",
            "host_kind",
            "purpose",
            "place",
            "area_code",
            "payment_unit",
            "contact_phone",
        )
    }
    body["payment_unit"] = body["payment_unit"] or "session"
    body["area_code"] = body["area_code"].upper()
    body["seats"] = _text(form, "seats")
    body["payment_pence"] = pence(_text(form, "payment_pence"))
    for field in ("expenses", "offers", "can_arrange"):
        body[field] = [str(v) for v in form.getlist(field)]
    body |= who_can_come(form)
    rows = rows_of(form)
    body["sessions"], session_rows = sessions_of(form, rows["sessions"])
    body["targets"], target_rows = targets_of(form, rows["targets"])
    body["members"] = _members(form)
    return checked(OpenOpportunity, body, {"sessions": session_rows, "targets": target_rows})


def _pairs(value: str) -> dict[str, str]:
    """A group as a field of a form has it, "characteristic:category" with + between."""
    return dict(pair.split(":", 1) for pair in value.split("+") if ":" in pair)


def who_can_come(form: FormData) -> dict[str, Any]:
    """The hard rules that were typed: areas, greatest distance, age, groups."""
    return {
        "areas": _text(form, "areas").upper().replace(",", " ").split(),
        "travel_km": _text(form, "travel_km") or None,
        "adults_only": form.get("adults_only") != "no",
        "open_to": [_pairs(str(v)) for v in form.getlist("open_to")],
    }


def checked(
    model: type[M],
    body: dict[str, Any],
    rows: Mapping[str, list[int]] | None = None,
    sentences: Mapping[str, str] = _SENTENCES,
) -> M:
    """The body as its model; raises FormRefused with a sentence and the field's id.

    rows: for each list of the body, which row of the form each of its items was typed in.
    sentences: what to do about each field.
    """
    try:
        return model.model_validate(body)
    except ValidationError as error:
        found = [_field_error(e["loc"], rows or {}, sentences) for e in error.errors()]
        unique = {each.field: each for each in reversed(found)}
        raise FormRefused(list(reversed(unique.values()))) from None


def _field_error(
    loc: tuple[int | str, ...], rows: Mapping[str, list[int]], sentences: Mapping[str, str]
) -> FieldError:
    first = str(loc[0]) if loc else ""
    if len(loc) >= 3 and isinstance(loc[1], int):
        part = str(loc[2])
        row = rows.get(first, [])[loc[1]] if loc[1] < len(rows.get(first, [])) else loc[1]
        sentence = _PART_SENTENCES.get(part, "Check this answer.")
        return FieldError(f"{first}-{row}-{part}", gettext(sentence))
    return FieldError(first, gettext(sentences.get(first, "Check this answer.")))


def refused(error: DomainError, known: Mapping[str, str]) -> FieldError:
    """A refusal of a command as an error of the form; `known` maps fields to ids on the page."""
    return FieldError(known.get(error.field or "", ""), error.detail)


def _text(form: Mapping[str, Any], field: str) -> str:
    return str(form.get(field, "")).strip()


def pence(pounds: str) -> int | str:
    """Pounds as typed in pence; the text itself when it is no amount, so that it is refused."""
    try:
        amount = Decimal(pounds.replace("£", "").replace(",", "") or "0") * 100
        return int(amount) if amount == amount.to_integral_value() else pounds
    except (InvalidOperation, ValueError, OverflowError):
        return pounds or 0


def sessions_of(form: FormData, count: int) -> tuple[list[dict[str, str]], list[int]]:
    found, rows = [], []
    for row in range(count):
        parts = {p: _text(form, f"sessions-{row}-{p}") for p in ("on", "starts", "ends")}
        if any(parts.values()):
            found.append({**parts, "mode": _text(form, f"sessions-{row}-mode") or "in_person"})
            rows.append(row)
    return found, rows


def targets_of(form: FormData, count: int) -> tuple[list[dict[str, Any]], list[int]]:
    found, rows = [], []
    for row in range(count):
        pairs = [_text(form, f"targets-{row}-{part}") for part in ("group", "also")]
        pairs += _text(form, f"targets-{row}-fixed").split("+")
        group = _pairs("+".join(pairs))
        numbers = {p: _text(form, f"targets-{row}-{p}") for p in ("least", "most", "proportion")}
        if not group and not any(numbers.values()):
            continue
        target: dict[str, Any] = {"group": group}
        target |= {p: numbers[p] for p in ("least", "most") if numbers[p]}
        if area := _text(form, f"targets-{row}-census"):
            target["census_area"] = (_text(form, "area_code") if area == "yes" else area).upper()
        if name := _text(form, f"targets-{row}-name"):
            target["name"] = name
        if weight := _text(form, f"targets-{row}-weight"):
            target["weight"] = weight
        if numbers["proportion"]:
            target["proportion"] = _share(numbers["proportion"])
        if len({p for p in pairs if p}) > len(group):
            raise FormRefused(
                [
                    FieldError(
                        f"targets-{row}-also",
                        gettext("Choose groups of two different questions, or leave this empty."),
                    )
                ]
            )
        if not group:
            sentence = gettext("Choose a group for this target, or clear its numbers.")
            raise FormRefused([FieldError(f"targets-{row}-group", sentence)])
        found.append(target)
        rows.append(row)
    return found, rows


def _share(percent: str) -> float | str:
    try:
        return float(percent.replace("%", "").strip()) / 100
    except ValueError:
        return percent


def _members(form: FormData) -> list[dict[str, Any]]:
    """Members by number only; what they told can be added on the member page."""
    count = whole(form, "members", gettext("Enter how many people sit there already."))
    before = whole(form, "members_before", gettext("Enter how many of them sat before."))
    if before > count:
        sentence = gettext("This is more than the people who sit there already.")
        raise FormRefused([FieldError("members_before", sentence)])
    return [{"prior_seat": n < before} for n in range(min(count, 501))]


def whole(form: Mapping[str, Any], field: str, sentence: str) -> int:
    """A whole number from 0, empty for 0; raises FormRefused with the sentence."""
    text = _text(form, field)
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise FormRefused([FieldError(field, sentence)])
    return int(text)


def member(form: FormData) -> AddMembers:
    """One member with the categories they agreed to share for this."""
    categories = {}
    for found in matchable():
        codes = [str(v) for v in form.getlist(found.list_id) if v]
        if codes:
            categories[found.list_id] = codes
    body = {"prior_seat": bool(form.get("prior_seat")), "categories": categories}
    return checked(AddMembers, {"members": [body]})


def group_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every group a target may speak about: (question, [(value, label)])."""
    return [
        (found.short, [(f"{found.list_id}:{c.code}", c.label) for c in found.countable()])
        for found in matchable()
    ]
