"""The HTTP API of the feedback loop."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import Response

from services.matching.bodies import On
from services.matching.feedback_loop import commands, queries, reporting
from services.matching.feedback_loop.bodies import Loop, NoteSaid, OwedAnswers, SaidKept
from services.matching.reciprocity.api import FILE
from services.runtime import exports, lists
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/api/v1", tags=["feedback"])
SHARE = Permission.FEEDBACK_SHARE
Id = Annotated[UUID, Path(examples=["0198f2a0-0000-7000-8000-000000000001"])]


@router.get("/owed-answers")
async def list_owed(page: lists.Paged, context: Context = allowed(SHARE)) -> OwedAnswers:
    """Your opportunities that owe people an answer, the longest wait first."""
    found = await owed_of(context)
    found.items, found.next = lists.portion(found.items, page, lambda one: one.opportunity_id)
    return found


async def owed_of(context: Context) -> OwedAnswers:
    return await context.query(queries.owed, context.principal, context.node.now().date())


@router.get("/opportunities/{opportunity_id}/feedback-loop")
async def read_loop(opportunity_id: Id, context: Context = allowed(SHARE)) -> Loop:
    """What was said, what changed, who was told, and what still has no answer."""
    return await loop_of(context, opportunity_id)


async def loop_of(context: Context, opportunity_id: UUID) -> Loop:
    today = context.node.now().date()
    return await context.query(queries.loop, context.principal, opportunity_id, today)


@router.get(
    "/opportunities/{opportunity_id}/feedback-loop/export",
    responses=FILE,
    response_class=Response,
)
async def export_loop(
    opportunity_id: Id, form: exports.Form = "csv", context: Context = allowed(SHARE)
) -> Response:
    """The same as a file: CSV, ODS, HTML or PDF."""
    seen = await loop_of(context, opportunity_id)
    node = context.node
    threshold = node.settings.small_number_threshold
    return await exports.answer(reporting.report_of(seen, node.now().date(), threshold), form)


@router.post("/opportunities/{opportunity_id}/said", status_code=201, response_model=SaidKept)
async def note_said(
    opportunity_id: Id, body: NoteSaid, context: Context = allowed(SHARE)
) -> Response:
    """Keep something people said until it is answered."""
    return await context.command(commands.note_said, On(opportunity_id, body), 201)
