"""The HTTP API of barriers."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from services.matching.barriers import commands, queries, reporting
from services.matching.barriers.bodies import (
    ActionKept,
    Barriers,
    RecordAction,
    ReportBarriers,
    Reported,
)
from services.matching.reciprocity.api import FILE
from services.runtime import exports
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/api/v1", tags=["barriers"])
READ, REPORT = Permission.MONITORING_READ_AGGREGATES, Permission.BARRIER_REPORT
ACT = Permission.OPPORTUNITY_WRITE


@router.get("/barriers")
async def read_barriers(context: Context = allowed(READ)) -> Barriers:
    """Barriers by who reports them and by month, and what was done about them."""
    return await barriers_of(context)


async def barriers_of(context: Context) -> Barriers:
    node = context.node
    return await context.query(
        queries.barriers,
        context.principal,
        node.now().date(),
        node.settings.small_number_threshold,
    )


@router.get("/barriers/export", responses=FILE, response_class=Response)
async def export_barriers(form: exports.Form = "csv", context: Context = allowed(READ)) -> Response:
    """The same as a file: CSV, ODS, HTML or PDF."""
    seen = await barriers_of(context)
    return await exports.answer(reporting.report_of(seen, context.node.now().date()), form)


@router.post("/barriers/reports", status_code=201, response_model=Reported)
async def report(body: ReportBarriers, context: Context = allowed(REPORT)) -> Response:
    """Report barriers that you see, under your role."""
    return await context.command(commands.report, body, 201)


@router.post("/barriers/actions", status_code=201, response_model=ActionKept)
async def act(body: RecordAction, context: Context = allowed(ACT)) -> Response:
    """Record what was done about a barrier."""
    return await context.command(commands.act, body, 201)
