"""What notifications holds about a participant, for their own copy."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import Response

from services.notifications import store
from services.notifications.models import Base
from services.runtime.security.permissions import Permission
from services.runtime.security.principal import Principal
from services.runtime.subject_access import Held, Through, copied
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/own", include_in_schema=False)

HELD = Held(
    through={"follow_ups": Through("invitation_id", "invitations")},
    sealed={
        "recipients.sealed": ("participant_id", store.CONTACT_FIELD),
        "messages.sealed": ("participant_id", store.MESSAGE_FIELD),
        "inbound.sealed": ("seal_id", store.INBOUND_FIELD),
    },
)


def export(session: Session, principal: Principal, people: list[UUID], now: datetime) -> Any:
    """All of it, as JSON. `people`: the ids of one person."""
    return copied(session, principal, Base.metadata, HELD, people, now)


@router.get("/download")
async def download(context: Context = allowed(Permission.OWN_PAGE, fresh=True)) -> Response:
    """A participant's own copy."""
    held = await context.audited(export, [context.principal.account_id])
    headers = {"Content-Disposition": 'attachment; filename="new-voices-notifications.json"'}
    text = json.dumps(held, indent=2, ensure_ascii=False)
    return Response(text, media_type="application/json", headers=headers)
