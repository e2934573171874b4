"""Pages of payments: all opportunities, one of them, and the forms to record and to pay."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from services.matching import forms
from services.matching.bodies import On
from services.matching.pages import PAGES, go, page
from services.matching.reciprocity import commands, queries, wording
from services.matching.reciprocity.api import READ, WRITE, opportunity_of, overview_of
from services.matching.reciprocity.bodies import (
    Cancel,
    RecordChoice,
    RecordOwed,
    RecordSession,
    Settle,
)
from services.matching.reciprocity.forms import (
    CHECKS,
    ERROR_IDS,
    choice_form,
    owed_form,
    session_form,
)
from services.matching.wording import expenses
from services.runtime.errors import DomainError, NotFound
from services.runtime.pages import FieldError, gettext
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False)
PAGES.env.globals.update(
    choice_words=wording.choice_words,
    kind_words=wording.kind_words,
    owed_state_words=wording.owed_state_words,
    owed_state_colour=wording.owed_state_colour,
    unit_words=wording.unit_words,
    owed_what=wording.what,
)
HERE = "/opportunities/{opportunity_id}/reciprocity"


@router.get("/reciprocity")
async def overview(request: Request, context: Context = allowed(READ)) -> Response:
    seen = await overview_of(context)
    rates = await context.query(queries.rates, context.node.now().date())
    return page(request, "reciprocity/overview.html", seen=seen, rates=rates)


@router.get(HERE)
async def one(request: Request, opportunity_id: UUID, context: Context = allowed(READ)) -> Response:
    return await _one(request, context, opportunity_id)


async def _one(
    request: Request, context: Context, opportunity_id: UUID, errors: list[FieldError] | None = None
) -> Response:
    seen = await opportunity_of(context, opportunity_id)
    return page(
        request,
        "reciprocity/opportunity.html",
        seen=seen,
        today=context.node.now().date(),
        unpaid=[each for each in seen.owed if each.paid_on is None],
        settled=[each for each in seen.owed if each.paid_on is not None],
        errors=errors or [],
    )


@router.post(HERE)
async def settle(
    request: Request, opportunity_id: UUID, context: Context = allowed(WRITE)
) -> Response:
    form = await request.form()
    typed = {"owed_ids": form.getlist("owed_ids"), "paid_on": str(form.get("paid_on", ""))}
    try:
        body = forms.checked(Settle, typed, sentences=CHECKS)
        await context.run(commands.settle, On(opportunity_id, body))
    except (forms.FormRefused, DomainError) as error:
        return await _one(request, context, opportunity_id, _errors(error))
    note = gettext("Noted as paid. We tell the people who get money.")
    return go(request, f"/opportunities/{opportunity_id}/reciprocity", note)


def _errors(error: Exception) -> list[FieldError]:
    if isinstance(error, forms.FormRefused):
        return error.errors
    if isinstance(error, DomainError):
        return [forms.refused(error, ERROR_IDS)]
    raise error


@router.get(HERE + "/session")
async def new_session(
    request: Request, opportunity_id: UUID, context: Context = allowed(WRITE)
) -> Response:
    return await _form(request, context, opportunity_id, "session", {})


@router.post(HERE + "/session")
async def record_session(
    request: Request, opportunity_id: UUID, context: Context = allowed(WRITE)
) -> Response:
    form = await request.form()
    try:
        body = forms.checked(RecordSession, session_form(form), sentences=CHECKS)
        done = await context.run(commands.record_session, On(opportunity_id, body))
    except (forms.FormRefused, DomainError) as error:
        return await _form(request, context, opportunity_id, "session", form, _errors(error))
    note = gettext("The meeting is recorded. Payments owed: %(count)s.")
    return go(
        request,
        f"/opportunities/{opportunity_id}/reciprocity",
        note % {"count": len(done.owed_ids)},
    )


@router.get(HERE + "/new")
async def new_owed(
    request: Request, opportunity_id: UUID, context: Context = allowed(WRITE)
) -> Response:
    return await _form(request, context, opportunity_id, "new", {})


@router.post(HERE + "/new")
async def record_owed(
    request: Request, opportunity_id: UUID, context: Context = allowed(WRITE)
) -> Response:
    form = await request.form()
    try:
        body = forms.checked(RecordOwed, owed_form(form), sentences=CHECKS)
        await context.run(commands.record_owed, On(opportunity_id, body))
    except (forms.FormRefused, DomainError) as error:
        return await _form(request, context, opportunity_id, "new", form, _errors(error))
    return go(request, f"/opportunities/{opportunity_id}/reciprocity", gettext("It is recorded."))


@router.get(HERE + "/choice/{holder_id}")
async def ask_choice(
    request: Request, opportunity_id: UUID, holder_id: UUID, context: Context = allowed(WRITE)
) -> Response:
    return await _form(request, context, opportunity_id, "choice", {}, holder_id=holder_id)


@router.post(HERE + "/choice/{holder_id}")
async def record_choice(
    request: Request, opportunity_id: UUID, holder_id: UUID, context: Context = allowed(WRITE)
) -> Response:
    form = await request.form()
    try:
        body = forms.checked(RecordChoice, choice_form(form), sentences=CHECKS)
        await context.run(commands.record_choice, On(opportunity_id, (holder_id, body)))
    except (forms.FormRefused, DomainError) as error:
        found = _errors(error)
        return await _form(
            request, context, opportunity_id, "choice", form, found, holder_id=holder_id
        )
    return go(
        request, f"/opportunities/{opportunity_id}/reciprocity", gettext("The choice is kept.")
    )


@router.get(HERE + "/{owed_id}/cancel")
async def ask_to_cancel(
    request: Request, opportunity_id: UUID, owed_id: UUID, context: Context = allowed(WRITE)
) -> Response:
    return await _form(request, context, opportunity_id, "cancel", {}, owed_id=owed_id)


@router.post(HERE + "/{owed_id}/cancel")
async def cancel(
    request: Request, opportunity_id: UUID, owed_id: UUID, context: Context = allowed(WRITE)
) -> Response:
    form = await request.form()
    try:
        body = forms.checked(Cancel, {"reason": str(form.get("reason", ""))})
        await context.run(commands.cancel, On(opportunity_id, (owed_id, body)))
    except (forms.FormRefused, DomainError) as error:
        found = _errors(error)
        return await _form(request, context, opportunity_id, "cancel", form, found, owed_id=owed_id)
    return go(request, f"/opportunities/{opportunity_id}/reciprocity", gettext("It is cancelled."))


async def _form(
    request: Request,
    context: Context,
    opportunity_id: UUID,
    name: str,
    typed: FormData | dict[str, Any],
    errors: list[FieldError] | None = None,
    **about: UUID,
) -> Response:
    seen = await opportunity_of(context, opportunity_id)
    today: date = context.node.now().date()
    return page(
        request,
        f"reciprocity/{name}.html",
        seen=seen,
        typed=typed,
        chosen=typed.getlist if isinstance(typed, FormData) else lambda _field: [],
        errors=errors or [],
        today=today,
        rates=await context.query(queries.rates, today),
        expense_words=expenses(),
        reasons=wording.cancel_reasons(),
        holder=_found(seen.holders, "holder_id", about),
        item=_found(seen.owed, "owed_id", about),
    )


def _found(rows: list[Any], field: str, about: dict[str, UUID]) -> Any:
    """The row a form is about; none when the form is about no single one."""
    wanted = about.get(field)
    if wanted is None:
        return None
    row = next((each for each in rows if getattr(each, field) == wanted), None)
    if row is None:
        raise NotFound(gettext("Nothing with this id is here."))
    return row
