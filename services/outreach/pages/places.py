"""Communities we have not yet reached: where outreach has been, against who lives there."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from services.outreach import places
from services.outreach.pages.shared import PAGES
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False)


@router.get("/places")
async def list_places(
    request: Request, context: Context = allowed(Permission.CONTACT_READ)
) -> Response:
    found = await context.query(
        places.reached, context.principal.organisation_id, context.node.now().date()
    )
    return PAGES.page(request, "places.html", found=found, wide=True)


@router.get("/places.csv")
async def export_places(context: Context = allowed(Permission.CONTACT_READ)) -> Response:
    found = await context.query(
        places.reached, context.principal.organisation_id, context.node.now().date()
    )
    headers = {"Content-Disposition": 'attachment; filename="places.csv"'}
    return PlainTextResponse(places.as_csv(found), headers=headers, media_type="text/csv")
