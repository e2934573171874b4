"""What changed in an organisation's inbox, for pages that are open: counters only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.notifications.models import Inbound
from services.runtime.clock import as_utc
from services.runtime.live import EVENT_STREAM, live_of
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/api/v1")

ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the counters, or a stream of them as events named `news`",
        "content": {
            "application/json": {"example": {"waiting": 2, "changed": 1788253200000}},
            EVENT_STREAM: {"schema": {"type": "string"}},
        },
    }
}


@router.get("/inbox/live", response_class=Response, responses=ANSWERS)
async def watch(request: Request, context: Context = allowed(Permission.INBOX_READ)) -> Response:
    """How many replies wait, and when the newest came (milliseconds since 1970)."""
    live = live_of(context.node, counters)
    who = context.principal
    return await live.answer(request, who.organisation_id, who.account_id)


def counters(session: Session, keys: Collection[str]) -> Mapping[str, dict[str, int]]:
    """Counters of inboxes by organisation; zero where nothing waits."""
    query = (
        select(
            Inbound.organisation_id,
            func.count().label("waiting"),
            func.max(Inbound.received_at).label("changed"),
        )
        .where(Inbound.state == "waiting", Inbound.organisation_id.in_(list(keys)))
        .group_by(Inbound.organisation_id)
    )
    found = {key: {"waiting": 0, "changed": 0} for key in keys}
    for row in session.execute(query):
        changed = int(as_utc(row.changed).timestamp() * 1000)
        found[row.organisation_id] = {"waiting": row.waiting, "changed": changed}
    return found
