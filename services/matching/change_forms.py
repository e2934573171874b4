"""An opportunity as the forms that change it show it, and what was typed in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from starlette.datastructures import FormData, UploadFile

from services.matching import forms
from services.matching.bodies import ChangeOpportunity, TargetBody
from services.matching.characteristics import group, people
from services.matching.views import OpportunityView

PLAIN = ("title", "purpose", "place", "contact_phone", "payment_unit", "seats")
LISTS = ("expenses", "offers", "can_arrange")
SPARE_ROWS = 1
Typed = str | UploadFile


def facts(view: OpportunityView) -> FormData:
    """The opportunity as if somebody had typed it."""
    typed: list[tuple[str, Typed]] = [(field, str(getattr(view, field))) for field in PLAIN]
    typed += [(field, code) for field in LISTS for code in getattr(view, field)]
    if view.payment_pence:
        typed.append(("payment_pence", f"{view.payment_pence / 100:.2f}".removesuffix(".00")))
    typed.append(("revision", str(view.revision)))
    typed.append(("areas", " ".join(view.areas)))
    typed.append(("travel_km", str(view.travel_km or "")))
    typed += [("open_to", "+".join(f"{a}:{b}" for a, b in sorted(x.items()))) for x in view.open_to]
    typed.append(("adults_only", "yes" if view.adults_only else "no"))
    for row, meeting in enumerate(view.sessions):
        parts = {
            "on": meeting.on.isoformat(),
            "starts": f"{meeting.starts:%H:%M}",
            "ends": f"{meeting.ends:%H:%M}",
            "mode": meeting.mode,
        }
        typed += [(f"sessions-{row}-{part}", value) for part, value in parts.items()]
    typed.append(("sessions_rows", str(len(view.sessions) + SPARE_ROWS)))
    return FormData(typed)


def targets(bodies: Sequence[TargetBody], revision: int) -> FormData:
    """Targets as if somebody had typed them, with a row to spare."""
    typed: list[tuple[str, Typed]] = [("revision", str(revision))]
    for row, body in enumerate(bodies):
        typed += [(f"targets-{row}-{part}", value) for part, value in _target(body)]
    typed.append(("targets_rows", str(min(len(bodies) + SPARE_ROWS, forms.MOST_ROWS))))
    return FormData(typed)


def _target(body: TargetBody) -> Iterable[tuple[str, str]]:
    pairs = [f"{list_id}:{code}" for list_id, code in sorted(body.group.items())]
    if len(pairs) > 2:
        # The form has two questions; what the API set with more is shown and kept as it is.
        yield "fixed", "+".join(pairs)
    else:
        yield from zip(("group", "also"), pairs, strict=False)
    for part in ("least", "most"):
        if (number := getattr(body, part)) is not None:
            yield part, str(number)
    if body.census_area:
        yield "census", body.census_area
    elif body.proportion is not None:
        yield "proportion", f"{100 * body.proportion:.2f}".rstrip("0").rstrip(".")
    if body.name:
        yield "name", body.name
    if body.weight != 1:
        yield "weight", f"{body.weight:g}"


def people_in(fixed: str) -> str:
    """A group of more than two categories in words, from how the form keeps it."""
    pairs = [tuple(pair.split(":", 1)) for pair in fixed.split("+") if ":" in pair]
    return people(group(*((a, b) for a, b in pairs)))


def changing(form: FormData) -> ChangeOpportunity:
    """The facts that were typed; raises FormRefused."""
    body: dict[str, Any] = {field: str(form.get(field, "")).strip() for field in PLAIN}
    body["payment_unit"] = body["payment_unit"] or "session"
    body["payment_pence"] = forms.pence(str(form.get("payment_pence", "")).strip())
    for field in LISTS:
        body[field] = [str(v) for v in form.getlist(field)]
    body |= forms.who_can_come(form)
    body["sessions"], rows = forms.sessions_of(form, forms.rows_of(form)["sessions"])
    return forms.checked(ChangeOpportunity, body, {"sessions": rows})


def changing_targets(form: FormData) -> ChangeOpportunity:
    """The targets that were typed; raises FormRefused."""
    found, rows = forms.targets_of(form, forms.rows_of(form)["targets"])
    return forms.checked(ChangeOpportunity, {"targets": found}, {"targets": rows})


def revision(form: FormData) -> int:
    """The revision that the page showed; 0, which no opportunity has, when it is damaged."""
    text = str(form.get("revision", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
