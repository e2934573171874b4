"""Equality monitoring over HTTP: suppressed aggregates of finished quarters, nothing else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.outreach import monitoring
from services.outreach.monitoring import MonitoringReport
from services.runtime import lists
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/api/v1/monitoring", tags=["monitoring"])


@router.get("")
async def monitoring_report(
    page: lists.Paged,
    period: Annotated[str, Query(pattern=r"^\d{4}-Q[1-4]$", examples=["2026-Q3"])],
    context: Context = allowed(Permission.MONITORING_READ_AGGREGATES),
) -> MonitoringReport:
    """How many people gave each answer in a finished quarter: a star for 1 to 7, the rest rounded
    to 5. A running quarter shows nothing yet, and a finished one never changes, so that nobody can
    tell people apart by comparing."""
    found = await context.audited(monitoring.report, period)
    found.items, found.next = lists.portion(found.items, page, lambda one: (one.list_id, one.code))
    return found
