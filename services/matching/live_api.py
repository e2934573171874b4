"""What changed on an opportunity, for pages that are open: ids and counters only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.matching import queries
from services.matching.models import MatchRow, OpportunityRow
from services.runtime.clock import as_utc
from services.runtime.live import EVENT_STREAM, live_of
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/api/v1", tags=["opportunities"])

STATES = ("proposed", "blocked", "approved", "invited", "accepted", "alternate")
EXAMPLE = {"revision": 3, "filled": 2, "seats": 6, "proposed": 4, "changed": 1788253200000}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the counters, or a stream of them as events named `news`",
        "content": {
            "application/json": {"example": EXAMPLE},
            EVENT_STREAM: {"schema": {"type": "string"}},
        },
    }
}


@router.get("/opportunities/{opportunity_id}/live", response_class=Response, responses=ANSWERS)
async def watch(
    request: Request, opportunity_id: UUID, context: Context = allowed(Permission.PROPOSAL_READ)
) -> Response:
    """Seats and proposals by state, and when one last changed (milliseconds since 1970)."""
    row = await context.query(queries.reached, context.principal, opportunity_id)
    live = live_of(context.node, counters)
    return await live.answer(request, str(row.id), context.principal.account_id)


def counters(session: Session, keys: Collection[str]) -> Mapping[str, dict[str, int]]:
    """Counters of opportunities by id. Two queries, however many there are."""
    ids = [UUID(key) for key in keys]
    facts = select(
        OpportunityRow.id, OpportunityRow.revision, OpportunityRow.filled, OpportunityRow.seats
    ).where(OpportunityRow.id.in_(ids))
    found: dict[str, dict[str, int]] = {
        str(row.id): {"revision": row.revision, "filled": row.filled, "seats": row.seats}
        for row in session.execute(facts)
    }
    matches = (
        select(
            MatchRow.opportunity_id,
            MatchRow.state,
            func.count().label("people"),
            func.max(MatchRow.updated_at).label("changed"),
        )
        .where(MatchRow.opportunity_id.in_(ids))
        .group_by(MatchRow.opportunity_id, MatchRow.state)
    )
    for row in session.execute(matches):
        known = found[str(row.opportunity_id)]
        if row.state in STATES:
            known[row.state] = row.people
        changed = int(as_utc(row.changed).timestamp() * 1000)
        known["changed"] = max(known.get("changed", 0), changed)
    return found
