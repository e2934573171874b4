"""The HTTP API of measures and of the census profiles that targets can come from."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response
from sqlalchemy.orm import Session

from schemas import vocabulary
from services.matching import measuring, reference, voices_report, wording
from services.matching.measure_views import (
    AreaProfileList,
    AreaProfileView,
    AreaShare,
    Measures,
)
from services.matching.models import AreaProfileRow
from services.matching.profiles import LICENCE
from services.runtime import exports, lists
from services.runtime.clock import as_utc
from services.runtime.errors import NotFound
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/api/v1", tags=["measures"])

FILES: dict[int | str, dict[str, Any]] = {
    200: {"description": "a file", "content": {kind: {} for kind in exports.FORMS.values()}}
}


@router.get("/measures")
async def read_measures(
    context: Context = allowed(Permission.MONITORING_READ_AGGREGATES),
) -> Measures:
    """Who is heard in your organisation: new and familiar voices, concentration, the gaps."""
    node = context.node
    return await context.query(
        measuring.measure, context.principal, node.now(), node.settings.small_number_threshold
    )


@router.get("/measures/export", response_class=Response, responses=FILES)
async def export_measures(
    context: Context = allowed(Permission.MONITORING_READ_AGGREGATES),
    form: exports.Form = "csv",
) -> Response:
    """The same figures as a file: CSV, ODS, accessible HTML or tagged PDF."""
    node = context.node
    now = node.now()
    threshold = node.settings.small_number_threshold
    seen = await context.query(measuring.measure, context.principal, now, threshold)
    organisation = node.settings.organisation_name
    made = voices_report.report(seen, wording.host_kinds(), organisation, now.date())
    return await exports.answer(made, form)


@router.get("/area-profiles/{area_code}")
async def read_area_profiles(
    page: lists.Paged,
    area_code: Annotated[str, Path(pattern=r"^[A-Z][0-9]{8}$", examples=["E06000001"])],
    context: Context = allowed(Permission.OPPORTUNITY_READ),
) -> AreaProfileList:
    """Census shares of an area, for targets. Lived experience is in no census."""
    found = await context.query(_profiles, area_code)
    found.items, found.next = lists.portion(found.items, page, lambda table: table.list_id)
    return found


def _profiles(session: Session, area_code: str) -> AreaProfileList:
    found = reference.profiles_of(session, area_code)
    if not found:
        raise NotFound("No census table of this area is here yet. Import one first.")
    return AreaProfileList(items=[_view(row) for row in found], licence=LICENCE)


def _view(row: AreaProfileRow) -> AreaProfileView:
    return AreaProfileView(
        list_id=row.list_id,
        area_code=row.area_code,
        area_name=row.area_name,
        source_table=row.source_table,
        population=row.population,
        residents=row.stated,
        shares=[
            AreaShare(
                code=code,
                label=vocabulary.label(row.list_id, code),
                share=round(count / row.stated, 6),
            )
            for code, count in row.counts.items()
        ],
        caveats=list(row.caveats),
        imported_at=as_utc(row.imported_at),
    )
