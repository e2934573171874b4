"""Links to a participant's own page over HTTP."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from services.outreach import own_page
from services.outreach.own_page import OwnPageLinkView
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/api/v1", tags=["participants"])


@router.post(
    "/participants/{participant_id}/own-page-links",
    status_code=201,
    response_model=OwnPageLinkView,
)
async def issue_own_page_link(
    participant_id: UUID, context: Context = allowed(Permission.PARTICIPANT_READ_SENSITIVE)
) -> Response:
    """A link for the person to see, correct, download or erase what is held. It works once, for a
    day; it is shown this once and replaces the one before."""
    base = context.node.settings.security.public_base_url
    made = await context.run(own_page.issue_link, own_page.Issue(participant_id, base))
    return JSONResponse(made.model_dump(mode="json"), 201, {"Cache-Control": "no-store"})
