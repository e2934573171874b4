"""The forms of programmes: what was typed, as the bodies of the API, with plain errors."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from services.matching.forms import FormRefused
from services.matching.impact.bodies import (
    CostBody,
    InfluenceBody,
    ProgrammeBody,
    ProgrammeView,
)
from services.matching.impact.catalogue import INDICATORS, LEVELS
from services.runtime.pages import FieldError, gettext

M = TypeVar("M", bound=BaseModel)

_SENTENCES = {
    "name": "Enter a name, with 3 to 120 letters.",
    "started_on": "Enter the first day.",
    "ended_on": "Enter the last day, or leave it empty.",
    "theory": "Use at most ten lines for each box, with 3 to 200 letters a line.",
    "aims": "Enter a number, or leave it empty.",
    "on": "Enter the day.",
    "kind": "Choose what kind of cost it is.",
    "amount": "Enter an amount in pounds, or the hours and the pay an hour.",
    "hours": "Enter the hours, like 7.5.",
    "note": "Use at most 200 letters.",
    "what": "Say what was decided, with 3 to 300 letters.",
    "outcome": "Choose what came of it.",
    "why": "Use at most 300 letters.",
}

# What is typed for one of a unit that is kept: per cent for shares, pounds for pence.
_SHOWN: dict[str, float] = {"share": 100, "pence": 0.01, "days": 1}


def as_typed(view: ProgrammeView) -> dict[str, Any]:
    typed: dict[str, Any] = {
        "name": view.name,
        "started_on": view.started_on.isoformat(),
        "ended_on": view.ended_on.isoformat() if view.ended_on else "",
        "opportunity": [str(each) for each in view.opportunity_ids],
    }
    for level in LEVELS:
        typed[level] = "\n".join(getattr(view.theory, level))
    for each in INDICATORS:
        aim = getattr(view.aims, each.code)
        if aim is not None:
            typed[each.code] = f"{round(aim * _SHOWN[each.unit], 4):g}"
    return typed


def typed_programme(form: FormData) -> ProgrammeBody:
    """The programme that was typed: percentages and pounds as shares and pence."""
    theory = {
        level: [line.strip() for line in _text(form, level).splitlines() if line.strip()]
        for level in LEVELS
    }
    factors = {"share": Decimal("0.01"), "pence": Decimal(100), "days": Decimal(1)}
    aims = {}
    for each in INDICATORS:
        typed = _text(form, each.code)
        if typed:
            number = _number(typed)
            aims[each.code] = typed if number is None else float(number * factors[each.unit])
    body = {
        "name": _text(form, "name"),
        "started_on": _text(form, "started_on"),
        "ended_on": _text(form, "ended_on") or None,
        "theory": theory,
        "aims": aims,
        "opportunity_ids": [str(v) for v in form.getlist("opportunity")],
    }
    return _checked(ProgrammeBody, body, {"": "ended_on"})


def typed_cost(form: FormData) -> CostBody:
    """The line that was typed: an amount in pounds, or hours and pay an hour."""
    body: dict[str, Any] = {
        "on": _text(form, "on"),
        "kind": _text(form, "kind"),
        "note": _text(form, "note"),
    }
    amount, hours, pay = (_text(form, f) for f in ("amount", "hours", "pay"))
    if amount:
        body["pence"] = _whole(amount, 100, "amount")
    if hours:
        body["minutes"] = _whole(hours, 60, "hours")
    if pay:
        body["pence_an_hour"] = _whole(pay, 100, "pay")
    ids = {"": "amount", "pence": "amount", "minutes": "hours", "pence_an_hour": "pay"}
    return _checked(CostBody, body, ids)


def typed_decision(form: FormData) -> InfluenceBody:
    """The decision that was typed."""
    body = {field: _text(form, field) for field in ("what", "outcome", "why")}
    return _checked(InfluenceBody, body | {"on": _text(form, "decided_on")}, {"on": "decided_on"})


def revision_of(form: FormData) -> int:
    """The revision that the form was opened with; 0 for none, which nothing has."""
    given = _text(form, "revision")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0


def line_of(form: FormData) -> UUID | None:
    try:
        return UUID(_text(form, "line"))
    except ValueError:
        return None


def _whole(typed: str, factor: int, field: str) -> int:
    number = _number(typed)
    scaled = None if number is None else number * factor
    if scaled is None or scaled != scaled.to_integral_value() or not 0 <= scaled <= 10**9:
        sentence = _SENTENCES["hours"] if field == "hours" else _SENTENCES["amount"]
        raise FormRefused([FieldError(field, gettext(sentence))])
    return int(scaled)


def _number(typed: str) -> Decimal | None:
    try:
        found = Decimal(typed.replace("£", "").replace("%", "").replace(",", "").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _text(form: FormData, field: str) -> str:
    return str(form.get(field, "")).strip()


def _checked(model: type[M], body: dict[str, Any], ids: dict[str, str]) -> M:
    """The body as its model; raises FormRefused. `ids` maps fields to the page's controls."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        found: dict[str, FieldError] = {}
        for each in error.errors():
            place = [str(part) for part in each["loc"]] or [""]
            group = place[0] if place[0] in ("theory", "aims") and len(place) > 1 else ""
            control = place[1] if group else ids.get(place[0], place[0])
            sentence = _SENTENCES.get(group or control, "Check this answer.")
            found.setdefault(control, FieldError(control, gettext(sentence)))
        raise FormRefused(list(found.values())) from None
