"""Sharing an opportunity with another organisation: API and page."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from services.matching import forms, queries, sharing
from services.matching.bodies import On
from services.matching.pages import go, page
from services.matching.sharing import Agreed, Agreements, ShareBody
from services.runtime import lists
from services.runtime.errors import DomainError
from services.runtime.pages import FieldError, gettext
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

api = APIRouter(prefix="/api/v1", tags=["sharing"])
router = APIRouter(include_in_schema=False)

Id = Annotated[UUID, Path(examples=["0198f2a0-0000-7000-8000-000000000001"])]
WRITE = Permission.OPPORTUNITY_WRITE
FIELDS = ("organisation_id", "starts_on", "ends_on", "why")


@api.post("/opportunities/{opportunity_id}/sharing", status_code=201, response_model=Agreed)
async def share(opportunity_id: Id, body: ShareBody, context: Context = allowed(WRITE)) -> Response:
    """Let another organisation read this opportunity: its facts, nothing of a person."""
    return await context.command(sharing.agree, On(opportunity_id, body), 201)


@api.get("/opportunities/{opportunity_id}/sharing")
async def list_agreements(
    opportunity_id: Id, page: lists.Paged, context: Context = allowed(WRITE)
) -> Agreements:
    """Every agreement about this opportunity, ended ones included, the newest first."""
    return await context.query(sharing.agreements, context.principal, opportunity_id, page)


@api.post("/sharing/{sharing_id}/end", response_model=Agreed)
async def end_agreement(sharing_id: Id, context: Context = allowed(WRITE)) -> Response:
    """End an agreement at once."""
    return await context.command(sharing.end, On(sharing_id, None), 200)


@router.get("/opportunities/{opportunity_id}/sharing")
async def show(
    request: Request, opportunity_id: UUID, context: Context = allowed(WRITE)
) -> Response:
    return await _page(request, context, opportunity_id, FormData(), [])


@router.post("/opportunities/{opportunity_id}/sharing")
async def agree(
    request: Request, opportunity_id: UUID, context: Context = allowed(WRITE)
) -> Response:
    form = await request.form()
    typed = {field: str(form.get(field, "")).strip() for field in FIELDS}
    try:
        body = forms.checked(ShareBody, typed | {"ends_on": typed["ends_on"] or None})
        await context.run(sharing.agree, On(opportunity_id, body))
    except forms.FormRefused as refused:
        return await _page(request, context, opportunity_id, form, refused.errors)
    except DomainError as error:
        ids = {field: field for field in FIELDS}
        return await _page(request, context, opportunity_id, form, [forms.refused(error, ids)])
    note = gettext("Shared. You can end it at any time.")
    return go(request, f"/opportunities/{opportunity_id}/sharing", note)


@router.post("/opportunities/{opportunity_id}/sharing/{sharing_id}/end")
async def stop(
    request: Request, opportunity_id: UUID, sharing_id: UUID, context: Context = allowed(WRITE)
) -> Response:
    await context.query(queries.own_opportunity, context.principal, opportunity_id)
    await context.run(sharing.end, On(sharing_id, None))
    note = gettext("Ended. They can no longer read it.")
    return go(request, f"/opportunities/{opportunity_id}/sharing", note)


async def _page(
    request: Request,
    context: Context,
    opportunity_id: UUID,
    typed: FormData,
    errors: list[FieldError],
) -> Response:
    view = await context.query(queries.own_opportunity, context.principal, opportunity_id)
    found = await context.query(sharing.agreements, context.principal, opportunity_id)
    today = context.node.now().date().isoformat()
    return page(
        request,
        "sharing.html",
        view=view,
        agreements=found.items,
        typed=typed,
        today=today,
        errors=errors,
    )
