"""What matching holds about a participant, for their own copy."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import Response

from services.matching.models import Base
from services.runtime.security.permissions import Permission
from services.runtime.security.principal import Principal
from services.runtime.subject_access import Held, Through, copied
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/own", include_in_schema=False)

HELD = Held(
    other={"seat_terms": ("holder_id",)},
    through={
        "decisions": Through("match_id", "matches"),
        "owed": Through("holder_id", "matches"),
        "payment_choices": Through("holder_id", "matches"),
    },
)


def export(session: Session, principal: Principal, people: list[UUID], now: datetime) -> Any:
    """All of it, as JSON. `people`: the ids of one person."""
    return copied(session, principal, Base.metadata, HELD, people, now)


@router.get("/download")
async def download(context: Context = allowed(Permission.OWN_PAGE, fresh=True)) -> Response:
    """A participant's own copy."""
    held = await context.audited(export, [context.principal.account_id])
    headers = {"Content-Disposition": 'attachment; filename="new-voices-matching.json"'}
    text = json.dumps(held, indent=2, ensure_ascii=False)
    return Response(text, media_type="application/json", headers=headers)
