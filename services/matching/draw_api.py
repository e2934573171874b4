"""The HTTP API of fair draws: prepare and commit, reveal, read the record, verify."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from services.matching import draw_queries, drawing, selection
from services.matching.api import Id
from services.matching.bodies import On
from services.matching.draw_bodies import (
    CheckView,
    DrawAims,
    DrawList,
    DrawPrepared,
    DrawRevealed,
    DrawView,
    InvitationPlanView,
    PrepareDraw,
    RevealDraw,
    Verification,
)
from services.matching.drawing import Prepared
from services.runtime import lists
from services.runtime.errors import Gone
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed, created

router = APIRouter(prefix="/api/v1", tags=["draws"])


async def worked_out(context: Context, opportunity_id: UUID, body: PrepareDraw) -> Prepared:
    """The lottery for the open seats of now, not kept yet. Takes seconds, beside the event loop."""
    request, revision, filled = await context.query(
        draw_queries.snapshot, context.principal, opportunity_id, context.node.now()
    )
    return await run_in_threadpool(
        drawing.work_out, request, revision, filled, body, opportunity_id
    )


async def checked(context: Context, draw_id: UUID) -> Verification:
    """The record of a draw checked from scratch against its commitment."""
    text = await context.query(draw_queries.record, context.principal, draw_id)
    draw = await context.query(draw_queries.draw, context.principal, draw_id)
    commitment = str(draw.notice["commitment"])
    result = await run_in_threadpool(
        lambda: selection.verify(selection.read_record(text), commitment)
    )
    checks = [CheckView(name=c.name, holds=c.holds, sentence=c.sentence) for c in result.checks]
    return Verification(holds=result.holds, checks=checks)


@router.post("/opportunities/{opportunity_id}/draws", status_code=201, response_model=DrawPrepared)
async def prepare_draw(
    opportunity_id: Id,
    body: PrepareDraw,
    context: Context = allowed(Permission.PROPOSAL_DECIDE),
) -> Response:
    """Work out the fairest lottery for the open seats and commit to it. Takes seconds.

    When the targets cannot be met with the people there are, 422 says the smallest change that
    would help.
    """
    prepared = await worked_out(context, opportunity_id, body)
    answer = await context.command(drawing.keep, On(opportunity_id, prepared), 201)
    kept = DrawPrepared.model_validate_json(bytes(answer.body))
    base = context.request.url.path.partition("/opportunities/")[0]
    return created(f"{base}/draws/{kept.draw_id}", answer)


@router.get("/opportunities/{opportunity_id}/draws")
async def list_draws(
    opportunity_id: Id,
    page: lists.Paged,
    context: Context = allowed(Permission.OPPORTUNITY_READ),
) -> DrawList:
    """The draws of an opportunity, the newest first."""
    return await context.query(draw_queries.draws, context.principal, opportunity_id, page)


@router.get("/draws/{draw_id}")
async def read_draw(
    draw_id: Id, context: Context = allowed(Permission.OPPORTUNITY_READ)
) -> DrawView:
    """The public notice of a draw."""
    return await context.query(draw_queries.draw, context.principal, draw_id)


@router.post("/draws/{draw_id}/reveal", response_model=DrawRevealed)
async def reveal_draw(
    draw_id: Id, body: RevealDraw, context: Context = allowed(Permission.PROPOSAL_DECIDE)
) -> Response:
    """Reveal the seed, draw, and invite who was drawn."""
    return await context.command(drawing.reveal, On(draw_id, body))


@router.get("/draws/{draw_id}/record")
async def read_record(
    draw_id: Id, context: Context = allowed(Permission.PROPOSAL_READ)
) -> Response:
    """The whole record, to be checked with `newvoices selection verify`. It holds ids."""
    text = await context.query(draw_queries.record, context.principal, draw_id)
    headers = {"Content-Disposition": f'attachment; filename="draw-{draw_id}.json"'}
    return Response(text, media_type="application/json", headers=headers)


@router.get("/draws/{draw_id}/aims")
async def read_aims(draw_id: Id, context: Context = allowed(Permission.PROPOSAL_READ)) -> DrawAims:
    """How the draw stands to each target, how far shares are missed, and what was changed."""
    found = await context.query(draw_queries.aims, context.principal, draw_id)
    if found is None:
        raise Gone(drawing.ERASED)
    return found


@router.get("/draws/{draw_id}/verification")
async def verify_draw(
    draw_id: Id, context: Context = allowed(Permission.PROPOSAL_READ)
) -> Verification:
    """Check the record from scratch against the commitment. Takes seconds."""
    return await checked(context, draw_id)


@router.get("/opportunities/{opportunity_id}/invitation-plan")
async def invitation_plan(
    opportunity_id: Id,
    context: Context = allowed(Permission.PROPOSAL_READ),
    level: float = 0.9,
) -> InvitationPlanView:
    """How many to ask so that every open seat fills with this probability."""
    return await context.query(
        draw_queries.plan,
        context.principal,
        opportunity_id,
        min(max(level, 0.5), 0.99),
        context.node.now(),
    )
