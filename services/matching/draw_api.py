"""The HTTP API of fair draws: prepare and commit, reveal, read the record, verify."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.matching import drawing, queries, selection
from services.matching.api import Id
from services.matching.bodies import On
from services.matching.draw_bodies import (
    CheckView,
    DrawList,
    DrawPrepared,
    DrawRevealed,
    DrawView,
    InvitationPlanView,
    PrepareDraw,
    RevealDraw,
    Verification,
)
from services.matching.models import DrawRow
from services.matching.selection.pool import Request
from services.runtime.clock import as_utc
from services.runtime.errors import Gone, NotFound
from services.runtime.security.permissions import Permission
from services.runtime.security.principal import Principal
from services.runtime.web import Context, allowed, created

router = APIRouter(prefix="/api/v1", tags=["draws"])


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
    request, revision, filled = await context.query(
        _snapshot, context.principal, opportunity_id, context.node.now()
    )
    prepared = await run_in_threadpool(
        drawing.work_out, request, revision, filled, body, opportunity_id
    )
    answer = await context.command(drawing.keep, On(opportunity_id, prepared), 201)
    kept = DrawPrepared.model_validate_json(bytes(answer.body))
    base = context.request.url.path.partition("/opportunities/")[0]
    return created(f"{base}/draws/{kept.draw_id}", answer)


def _snapshot(
    session: Session, principal: Principal, opportunity_id: UUID, now: datetime
) -> tuple[Request, int, int]:
    return drawing.snapshot(session, queries.reached(session, principal, opportunity_id), now)


@router.get("/opportunities/{opportunity_id}/draws")
async def list_draws(
    opportunity_id: Id, context: Context = allowed(Permission.OPPORTUNITY_READ)
) -> DrawList:
    """The draws of an opportunity, the newest first."""
    return await context.query(_draws, context.principal, opportunity_id)


def _draws(session: Session, principal: Principal, opportunity_id: UUID) -> DrawList:
    row = queries.readable(session, principal, opportunity_id)
    found = session.scalars(
        select(DrawRow).where(DrawRow.opportunity_id == row.id).order_by(DrawRow.id.desc())
    )
    return DrawList(items=[_view(draw) for draw in found])


@router.get("/draws/{draw_id}")
async def read_draw(
    draw_id: Id, context: Context = allowed(Permission.OPPORTUNITY_READ)
) -> DrawView:
    """The public notice of a draw."""
    return await context.query(_draw, context.principal, draw_id)


def _draw(session: Session, principal: Principal, draw_id: UUID) -> DrawView:
    draw = drawing.get(session, draw_id)
    queries.readable(session, principal, draw.opportunity_id, "draw")
    return _view(draw)


def _view(draw: DrawRow) -> DrawView:
    return DrawView(
        draw_id=draw.id,
        opportunity_id=draw.opportunity_id,
        state=draw.state,
        prepared_at=as_utc(draw.prepared_at),
        revealed_at=as_utc(draw.revealed_at) if draw.revealed_at else None,
        notice=draw.notice,
    )


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
    text = await context.query(_record, context.principal, draw_id)
    headers = {"Content-Disposition": f'attachment; filename="draw-{draw_id}.json"'}
    return Response(text, media_type="application/json", headers=headers)


def _record(session: Session, principal: Principal, draw_id: UUID) -> str:
    draw = drawing.get(session, draw_id)
    queries.reached(session, principal, draw.opportunity_id, "draw")
    if draw.record is None:
        raise Gone("Somebody in this draw asked to be forgotten, so its record is erased.")
    if draw.state != "revealed":
        raise NotFound("The record can be read once the draw is revealed.")
    return draw.record


@router.get("/draws/{draw_id}/verification")
async def verify_draw(
    draw_id: Id, context: Context = allowed(Permission.PROPOSAL_READ)
) -> Verification:
    """Check the record from scratch against the commitment. Takes seconds."""
    text = await context.query(_record, context.principal, draw_id)
    draw = await context.query(_draw, context.principal, draw_id)
    commitment = str(draw.notice["commitment"])
    result = await run_in_threadpool(
        lambda: selection.verify(selection.read_record(text), commitment)
    )
    checks = [CheckView(name=c.name, holds=c.holds, sentence=c.sentence) for c in result.checks]
    return Verification(holds=result.holds, checks=checks)


@router.get("/opportunities/{opportunity_id}/invitation-plan")
async def invitation_plan(
    opportunity_id: Id,
    context: Context = allowed(Permission.PROPOSAL_READ),
    level: float = 0.9,
) -> InvitationPlanView:
    """How many to ask so that every open seat fills with this probability."""
    return await context.query(
        _plan, context.principal, opportunity_id, min(max(level, 0.5), 0.99), context.node.now()
    )


def _plan(
    session: Session, principal: Principal, opportunity_id: UUID, level: float, now: datetime
) -> InvitationPlanView:
    row = queries.reached(session, principal, opportunity_id)
    seats, people = row.seats - row.filled, len(drawing.pool_of(session, row, now))
    history = {"all": drawing.answers_so_far(session, row.organisation_id)}
    plan = selection.plan_invitations({"all": seats}, {"all": people}, history, level=level)
    found = plan.groups["all"]
    return InvitationPlanView(
        seats=seats,
        people=people,
        invite=found.invite,
        fills=round(found.fills, 4),
        overfills=round(found.overfills, 4),
        enough=plan.enough,
    )
