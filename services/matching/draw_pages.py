"""Pages for fair draws: prepare and commit, publish, draw, who was drawn, and the check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.matching import draw_queries, drawing, forms, queries
from services.matching.bodies import On
from services.matching.draw_api import checked, worked_out
from services.matching.draw_bodies import PrepareDraw, RevealDraw
from services.matching.pages import go, page
from services.runtime.errors import DomainError
from services.runtime.pages import FieldError, gettext
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False)

LEVEL = 0.9
"""How sure the plan is that the open seats fill."""


@router.get("/opportunities/{opportunity_id}/draws")
async def list_draws(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.PROPOSAL_READ),
) -> Response:
    return await _list(request, context, opportunity_id, [])


async def _list(
    request: Request,
    context: Context,
    opportunity_id: UUID,
    errors: list[FieldError],
    typed: Mapping[str, str] = {"stand_ins": "4"},
    can_relax: bool = False,
) -> Response:
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    found = await context.query(draw_queries.draws, context.principal, opportunity_id)
    plan = await context.query(
        draw_queries.plan, context.principal, opportunity_id, LEVEL, context.node.now()
    )
    return page(
        request,
        "draws.html",
        view=view,
        draws=found.items,
        plan=plan,
        typed=typed,
        can_relax=can_relax,
        shares=any(target.proportion is not None for target in view.targets),
        errors=errors,
    )


@router.post("/opportunities/{opportunity_id}/draws")
async def prepare(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.PROPOSAL_DECIDE),
) -> Response:
    """Work out the lottery and commit to it.

    When the targets cannot all be met, the smallest change that would help is told, and the form
    offers to make it for this draw.
    """
    form = await request.form()
    typed = {f: str(form.get(f, "")).strip() for f in ("stand_ins", "soft_allowance")}
    try:
        told: dict[str, Any] = {field: value or 0 for field, value in typed.items()}
        body = forms.checked(PrepareDraw, told | {"relax": form.get("relax") == "yes"})
        prepared = await worked_out(context, opportunity_id, body)
        kept = await context.run(drawing.keep, On(opportunity_id, prepared))
    except forms.FormRefused as refused:
        return await _list(request, context, opportunity_id, refused.errors, typed)
    except DomainError as error:
        errors = [forms.refused(error, {"targets": "targets"})]
        relax = error.field == "targets"
        return await _list(request, context, opportunity_id, errors, typed, relax)
    return go(request, f"/draws/{kept.draw_id}", gettext("The draw is prepared."))


@router.get("/draws/{draw_id}")
async def show_draw(
    request: Request, draw_id: UUID, context: Context = allowed(Permission.PROPOSAL_READ)
) -> Response:
    return await _draw(request, context, draw_id, [])


async def _draw(
    request: Request,
    context: Context,
    draw_id: UUID,
    errors: list[FieldError],
    typed: dict[str, str] | None = None,
) -> Response:
    draw = await context.query(draw_queries.own_draw, context.principal, draw_id)
    view = await context.query(queries.own_opportunity, context.principal, draw.opportunity_id)
    outcome = await context.query(draw_queries.outcome, context.principal, draw_id)
    aims = await context.query(draw_queries.aims, context.principal, draw_id)
    return page(
        request,
        "draw.html",
        view=view,
        draw=draw,
        notice=draw.notice,
        outcome=outcome,
        aims=aims,
        typed=typed or {},
        errors=errors,
    )


@router.post("/draws/{draw_id}/reveal")
async def reveal(
    request: Request, draw_id: UUID, context: Context = allowed(Permission.PROPOSAL_DECIDE)
) -> Response:
    """Draw, and invite who was drawn."""
    form = await request.form()
    typed = {field: str(form.get(field, "")).strip() for field in ("public_words", "reply_by")}
    try:
        body = forms.checked(RevealDraw, {k: v for k, v in typed.items() if v})
        done = await context.run(drawing.reveal, On(draw_id, body))
    except forms.FormRefused as refused:
        return await _draw(request, context, draw_id, refused.errors, typed)
    except DomainError as error:
        errors = [forms.refused(error, {"reply_by": "reply_by"})]
        return await _draw(request, context, draw_id, errors, typed)
    note = gettext("Drawn. %(count)s people are invited.") % {"count": len(done.invited)}
    return go(request, f"/draws/{draw_id}", note)


@router.get("/draws/{draw_id}/check")
async def check(
    request: Request, draw_id: UUID, context: Context = allowed(Permission.PROPOSAL_READ)
) -> Response:
    """The record checked from scratch, each check in a sentence. Takes seconds."""
    draw = await context.query(draw_queries.own_draw, context.principal, draw_id)
    view = await context.query(queries.own_opportunity, context.principal, draw.opportunity_id)
    result = await checked(context, draw_id)
    return page(request, "draw_check.html", view=view, draw=draw, result=result)
