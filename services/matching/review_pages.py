"""The review queue: proposals with the sentence why, decisions, the diff of the gaps, undo."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from services.matching import deciding, forms, queries, review_queries, wording
from services.matching.bodies import Approve, ApproveMany, Decline, On, WhatIfBody
from services.matching.pages import go, page
from services.runtime.errors import DomainError
from services.runtime.lists import MOST, Paging
from services.runtime.pages import FieldError, gettext
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False)

Chosen = Annotated[list[UUID], Query(alias="match", max_length=100)]


@router.get("/opportunities/{opportunity_id}/review")
async def review(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.PROPOSAL_READ),
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    return await _queue(request, context, opportunity_id, cursor=cursor)


async def _queue(
    request: Request,
    context: Context,
    opportunity_id: UUID,
    errors: list[FieldError] | None = None,
    cursor: str | None = None,
) -> Response:
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    found = await context.query(
        review_queries.proposals,
        context.principal,
        opportunity_id,
        ("proposed", "alternate"),
        Paging(20, cursor),
    )
    recent = await context.query(review_queries.decided_lately, context.principal, opportunity_id)
    return page(request, "review.html", view=view, found=found, recent=recent, errors=errors or [])


@router.post("/proposals/{match_id}/approve")
async def approve(
    request: Request, match_id: UUID, context: Context = allowed(Permission.PROPOSAL_DECIDE)
) -> Response:
    match = await context.query(review_queries.proposal, context.principal, match_id)
    try:
        await context.run(deciding.approve, On(match_id, Approve()))
    except DomainError as error:
        return await _queue(request, context, match.opportunity_id, [forms.refused(error, {})])
    note = gettext("Approved. You can take it back until the invitation has gone.")
    return go(request, f"/opportunities/{match.opportunity_id}/review", note)


@router.get("/proposals/{match_id}/decline")
async def ask_to_decline(
    request: Request, match_id: UUID, context: Context = allowed(Permission.PROPOSAL_DECIDE)
) -> Response:
    match = await context.query(review_queries.proposal, context.principal, match_id)
    return _decline_page(request, match)


@router.post("/proposals/{match_id}/decline")
async def decline(
    request: Request, match_id: UUID, context: Context = allowed(Permission.PROPOSAL_DECIDE)
) -> Response:
    match = await context.query(review_queries.proposal, context.principal, match_id)
    form = await request.form()
    try:
        body = forms.checked(Decline, {"reason": str(form.get("reason", ""))})
        await context.run(deciding.decline, On(match_id, body))
    except forms.FormRefused as refused:
        return _decline_page(request, match, refused.errors)
    except DomainError as error:
        return _decline_page(request, match, [forms.refused(error, {})])
    note = gettext("Declined. You can undo this below.")
    return go(request, f"/opportunities/{match.opportunity_id}/review", note)


def _decline_page(request: Request, match: Any, errors: list[FieldError] | None = None) -> Response:
    reasons = wording.decline_reasons()
    return page(request, "decline.html", match=match, reasons=reasons, errors=errors or [])


@router.post("/proposals/{match_id}/undo")
async def undo(
    request: Request, match_id: UUID, context: Context = allowed(Permission.PROPOSAL_DECIDE)
) -> Response:
    match = await context.query(review_queries.proposal, context.principal, match_id)
    try:
        done = await context.run(deciding.undo, On(match_id, None))
    except DomainError as error:
        return await _queue(request, context, match.opportunity_id, [forms.refused(error, {})])
    note = gettext("Taken back. It waits for you again.")
    if done.state == "withdrawn":
        note = gettext("The invitation is withdrawn. We will tell the person.")
    return go(request, f"/opportunities/{match.opportunity_id}/review", note)


@router.get("/opportunities/{opportunity_id}/compare")
async def compare(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.PROPOSAL_READ),
    match: Chosen = [],  # noqa: B006 - FastAPI copies defaults
) -> Response:
    """Two proposals side by side. Nobody's name is known here."""
    if len(match) != 2:
        errors = [FieldError("chosen", gettext("Choose two proposals to compare."))]
        return await _queue(request, context, opportunity_id, errors)
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    two = [await context.query(review_queries.proposal, context.principal, each) for each in match]
    return page(request, "compare.html", view=view, two=two)


@router.get("/opportunities/{opportunity_id}/approvals")
async def diff(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.PROPOSAL_DECIDE),
    match: Chosen = [],  # noqa: B006 - FastAPI copies defaults
) -> Response:
    """What would change if these were approved and said yes."""
    if not match:
        errors = [FieldError("chosen", gettext("Choose the proposals you want to approve."))]
        return await _queue(request, context, opportunity_id, errors)
    return await _diff_page(request, context, opportunity_id, match)


@router.post("/opportunities/{opportunity_id}/approvals")
async def approve_many(
    request: Request,
    opportunity_id: UUID,
    context: Context = allowed(Permission.PROPOSAL_DECIDE),
) -> Response:
    form = await request.form()
    chosen = _ids(form)
    try:
        given = str(form.get("reply_by", "")).strip() or None
        body = forms.checked(ApproveMany, {"match_ids": chosen, "reply_by": given})
        done = await context.run(deciding.approve_many, On(opportunity_id, body))
    except forms.FormRefused as refused:
        return await _diff_page(request, context, opportunity_id, chosen, refused.errors)
    except DomainError as error:
        errors = [forms.refused(error, {"reply_by": "reply_by"})]
        return await _diff_page(request, context, opportunity_id, chosen, errors)
    note = gettext("%(count)s approved. You can take them back until the invitations have gone.")
    return go(
        request,
        f"/opportunities/{opportunity_id}/review",
        note % {"count": len(done.decided)},
    )


async def _diff_page(
    request: Request,
    context: Context,
    opportunity_id: UUID,
    chosen: list[UUID],
    errors: list[FieldError] | None = None,
) -> Response:
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    ask = On(opportunity_id, WhatIfBody(match_ids=chosen[: MOST // 2]))
    try:
        seen = await context.query(review_queries.what_if, context.principal, ask)
    except DomainError as error:
        return await _queue(request, context, opportunity_id, [forms.refused(error, {})])
    latest = (context.node.now() + deciding.REPLY_WITHIN).date()
    return page(
        request,
        "approvals.html",
        view=view,
        seen=seen,
        chosen=chosen,
        reply_by=_given_date(request, latest),
        errors=errors or [],
    )


def _given_date(request: Request, default: date) -> str:
    return request.query_params.get("reply_by") or default.isoformat()


def _ids(form: FormData) -> list[UUID]:
    found = []
    for value in form.getlist("match")[:100]:
        try:
            found.append(UUID(str(value)))
        except ValueError:
            continue
    return found
