"""Pages of programmes: the list, is it working and worthwhile, the form, costs and decisions."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.matching import forms
from services.matching.bodies import On
from services.matching.impact import asking, charts, commands, queries, report, words
from services.matching.impact.bodies import ImpactView, ProgrammeView
from services.matching.impact.catalogue import INDICATORS
from services.matching.impact.typed import (
    as_typed,
    line_of,
    revision_of,
    typed_cost,
    typed_decision,
    typed_programme,
)
from services.matching.pages import go, page
from services.runtime import exports
from services.runtime.errors import Conflict, DomainError
from services.runtime.pages import FieldError, gettext, ngettext
from services.runtime.security.permissions import Permission, allows
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/programmes", include_in_schema=False)


@router.get("")
async def list_programmes(
    request: Request, context: Context = allowed(Permission.MONITORING_READ_AGGREGATES)
) -> Response:
    found = await context.query(queries.programmes, context.principal)
    return page(request, "programmes.html", found=found, may_write=_may_write(context))


@router.get("/new")
async def new_programme(
    request: Request, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    return await _form(request, context, {}, [])


@router.post("/new")
async def start_programme(
    request: Request, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    form = await request.form()
    try:
        saved = await context.run(commands.start, typed_programme(form))
    except forms.FormRefused as refused:
        return await _form(request, context, form, refused.errors)
    except DomainError as error:
        return await _form(request, context, form, [forms.refused(error, {})])
    return go(request, f"/programmes/{saved.programme_id}", gettext("The programme is started."))


@router.get("/{programme_id}")
async def show_programme(
    request: Request,
    programme_id: UUID,
    context: Context = allowed(Permission.MONITORING_READ_AGGREGATES),
) -> Response:
    seen = await _impact(context, programme_id)
    return page(
        request,
        "programme.html",
        seen=seen,
        chart=charts.wait_chart(seen.waits),
        words=words,
        theory=seen.programme.theory.model_dump(),
        levels=words.levels(),
        sources=words.sources(),
        kinds=words.cost_kinds(),
        questions=words.questions(),
    )


@router.get("/{programme_id}/export")
async def export_programme(
    programme_id: UUID,
    form: Annotated[exports.Form, Query()],
    context: Context = allowed(Permission.MONITORING_READ_AGGREGATES),
) -> Response:
    """The same figures to take away."""
    seen = await _impact(context, programme_id)
    today = context.node.now().date()
    return await exports.answer(report.of(seen, today), form)


async def _impact(context: Context, programme_id: UUID) -> ImpactView:
    node = context.node
    return await context.query(
        queries.impact,
        context.principal,
        programme_id,
        node.now(),
        node.settings.small_number_threshold,
    )


@router.get("/{programme_id}/edit")
async def edit_programme(
    request: Request, programme_id: UUID, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    view = await context.query(queries.own, context.principal, programme_id)
    return await _form(request, context, as_typed(view), [], view)


@router.post("/{programme_id}/edit")
async def change_programme(
    request: Request, programme_id: UUID, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    view = await context.query(queries.own, context.principal, programme_id)
    form = await request.form()
    try:
        body = typed_programme(form)
        asked = commands.ChangeProgramme(programme_id, revision_of(form), body)
        await context.run(commands.change, asked)
    except forms.FormRefused as refused:
        return await _form(request, context, form, refused.errors, view)
    except DomainError as error:
        return await _form(request, context, form, [forms.refused(error, {})], view)
    return go(request, f"/programmes/{programme_id}", gettext("Your changes are kept."))


@router.get("/{programme_id}/records")
async def show_records(
    request: Request, programme_id: UUID, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    return await _records(request, context, programme_id)


async def _records(
    request: Request,
    context: Context,
    programme_id: UUID,
    errors: list[FieldError] | None = None,
    typed: Any = None,
) -> Response:
    view = await context.query(queries.own, context.principal, programme_id)
    found = await context.query(queries.records, context.principal, programme_id)
    return page(
        request,
        "programme_records.html",
        view=view,
        found=found,
        typed=typed or {},
        errors=errors or [],
        kinds=words.cost_kinds(),
        outcomes=words.outcomes(),
        money=words.money,
        today=context.node.now().date().isoformat(),
    )


@router.post("/{programme_id}/costs")
async def enter_cost(
    request: Request, programme_id: UUID, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    form = await request.form()
    try:
        await context.run(commands.enter_cost, On(programme_id, typed_cost(form)))
    except forms.FormRefused as refused:
        return await _records(request, context, programme_id, refused.errors, form)
    return go(request, f"/programmes/{programme_id}/records", gettext("The cost is entered."))


@router.post("/{programme_id}/decisions")
async def enter_decision(
    request: Request, programme_id: UUID, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    form = await request.form()
    try:
        await context.run(commands.enter_decision, On(programme_id, typed_decision(form)))
    except forms.FormRefused as refused:
        return await _records(request, context, programme_id, refused.errors, form)
    return go(request, f"/programmes/{programme_id}/records", gettext("The decision is entered."))


@router.post("/{programme_id}/questions")
async def ask_people(
    request: Request, programme_id: UUID, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    try:
        asked = await context.run(asking.ask, On(programme_id, None))
    except Conflict as error:
        return await _records(request, context, programme_id, [FieldError("", error.detail)])
    note = ngettext("%(num)s person is asked.", "%(num)s people are asked.", asked.people)
    return go(request, f"/programmes/{programme_id}/records", note % {"num": asked.people})


@router.post("/{programme_id}/remove")
async def remove_line(
    request: Request, programme_id: UUID, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    form = await request.form()
    line = line_of(form)
    try:
        await context.run(commands.remove_line, On(programme_id, line or programme_id))
    except DomainError:
        sentence = gettext("This line is not there any more.")
        return await _records(request, context, programme_id, [FieldError("", sentence)])
    return go(request, f"/programmes/{programme_id}/records", gettext("The line is taken out."))


def _may_write(context: Context) -> bool:
    return allows(context.principal, Permission.PROGRAMME_WRITE)


async def _form(
    request: Request,
    context: Context,
    typed: Any,
    errors: list[FieldError],
    view: ProgrammeView | None = None,
) -> Response:
    known = await context.query(queries.choosable, context.principal)
    chosen = typed.getlist("opportunity") if hasattr(typed, "getlist") else typed.get("opportunity")
    return page(
        request,
        "programme_form.html",
        typed=typed,
        chosen=chosen or [],
        errors=errors,
        view=view,
        known={str(id_): title for id_, title in known.items()},
        levels=words.levels(),
        hints=words.level_hints(),
        indicators=INDICATORS,
    )
