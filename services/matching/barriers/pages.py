"""Pages of barriers: what they are and what was done, and the forms to report and to act."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from schemas import vocabulary
from services.matching import forms
from services.matching.barriers import commands, domain, wording
from services.matching.barriers.api import ACT, READ, REPORT, barriers_of
from services.matching.barriers.bodies import RecordAction, ReportBarriers
from services.matching.pages import PAGES, go, page
from services.runtime.errors import DomainError
from services.runtime.pages import FieldError, gettext
from services.runtime.security.permissions import allows
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False)
PAGES.env.globals.update(
    reporter_words=wording.reporter_words,
    done_by_words=wording.done_by_words,
    outcome_words=wording.outcome_words,
)
CHECKS = {
    "codes": "Choose what gets in the way.",
    "on": "Enter the day.",
    "code": "Choose the barrier.",
    "what": "Say what was done, with 3 to 200 letters. Name no person.",
    "done_by": "Choose who did it.",
    "outcome": "Choose how it is now.",
    "cost_pence": "Enter the cost in pounds, like 25 or 12.50.",
    "done_on": "Enter the day it was done.",
}
IDS = {field: field for field in CHECKS}


@router.get("/barriers")
async def barriers(request: Request, context: Context = allowed(READ)) -> Response:
    seen = await barriers_of(context)
    totals = [each.total for each in seen.months if each.total is not None]
    return page(
        request,
        "barriers/barriers.html",
        seen=seen,
        widest=max([*totals, 1]),
        may_act=allows(context.principal, ACT),
        may_report=allows(context.principal, REPORT),
    )


@router.get("/barriers/report")
async def new_report(request: Request, context: Context = allowed(REPORT)) -> Response:
    return _form(request, context, "report", {})


@router.post("/barriers/report")
async def report(request: Request, context: Context = allowed(REPORT)) -> Response:
    form = await request.form()
    typed = {"codes": form.getlist("codes"), "on": str(form.get("on", ""))}
    try:
        await context.run(commands.report, forms.checked(ReportBarriers, typed, sentences=CHECKS))
    except (forms.FormRefused, DomainError) as error:
        return _form(request, context, "report", form, _errors(error))
    return go(request, "/barriers", gettext("Thank you. It counts once this month has ended."))


@router.get("/barriers/actions/new")
async def new_action(request: Request, context: Context = allowed(ACT)) -> Response:
    return _form(request, context, "action", {})


@router.post("/barriers/actions/new")
async def act(request: Request, context: Context = allowed(ACT)) -> Response:
    form = await request.form()
    fields = ("code", "what", "done_by", "outcome", "done_on")
    typed: dict[str, Any] = {field: str(form.get(field, "")) for field in fields}
    typed["cost_pence"] = forms.pence(str(form.get("cost_pence", "")))
    try:
        await context.run(commands.act, forms.checked(RecordAction, typed, sentences=CHECKS))
    except (forms.FormRefused, DomainError) as error:
        return _form(request, context, "action", form, _errors(error))
    return go(request, "/barriers", gettext("What was done is recorded."))


def _errors(error: forms.FormRefused | DomainError) -> list[FieldError]:
    return error.errors if isinstance(error, forms.FormRefused) else [forms.refused(error, IDS)]


def _form(
    request: Request,
    context: Context,
    name: str,
    typed: FormData | dict[str, Any],
    errors: list[FieldError] | None = None,
) -> Response:
    return page(
        request,
        f"barriers/{name}.html",
        typed=typed,
        chosen=typed.getlist if isinstance(typed, FormData) else lambda _field: [],
        barriers=domain.codes(),
        question=vocabulary.BARRIERS.short,
        errors=errors or [],
        today=context.node.now().date(),
    )
