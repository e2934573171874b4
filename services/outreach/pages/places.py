"""Communities we have not yet reached: where outreach has been, against who lives there."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.outreach import monitoring, places
from services.outreach.pages.shared import PAGES
from services.outreach.spots import draw
from services.runtime import exports
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False, dependencies=[Depends(PAGES.speaking)])


@router.get("/places")
async def list_places(
    request: Request, context: Context = allowed(Permission.CONTACT_READ)
) -> Response:
    organisation, now = context.principal.organisation_id, context.node.now()
    found = await context.query(places.reached, organisation, now.date())
    registered = await context.query(monitoring.by_ethnic_group, organisation, now)
    close = places.close_by(found)
    spots = places.on_the_map(found, close, await context.query(places.spots, organisation))
    return PAGES.page(
        request,
        "places.html",
        found=found,
        few_or_none=places.few_or_none(found, registered),
        close=close,
        drawing=draw(spots),
    )


@router.get("/places.{form}")
async def export_places(
    form: Literal["csv", "ods"],
    context: Context = allowed(Permission.CONTACT_READ),
) -> Response:
    today = context.node.now().date()
    found = await context.query(places.reached, context.principal.organisation_id, today)
    return await exports.answer(places.as_report(found, today), form)
