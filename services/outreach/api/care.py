"""Safeguarding and learning over HTTP."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.outreach.care_bodies import (
    ConcernBody,
    ConcernRaised,
    ConcernRow,
    Concerns,
    ConcernView,
    FamiliarityReport,
    LearnedBody,
    LearningState,
    SettingsBody,
    StepBody,
)
from services.outreach.commands import learning, organisation, safeguarding
from services.runtime import lists
from services.runtime.conditions import IfMatch, tag_of
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed, json_with_etag

router = APIRouter(prefix="/api/v1", tags=["safeguarding and learning"])


@router.post("/concerns", status_code=201)
async def raise_concern(
    body: ConcernBody, context: Context = allowed(Permission.SAFEGUARDING_WRITE)
) -> ConcernRaised:
    """Hand a concern to the safeguarding leads. Send it once: it has no Idempotency-Key, so that
    nobody's name is kept with a key."""
    return await context.run(safeguarding.raise_concern, body)


@router.get("/concerns")
async def list_concerns(
    page: lists.Paged,
    context: Context = allowed(Permission.SAFEGUARDING_READ),
) -> Concerns:
    """Concerns of your organisation that are not closed, the first due first."""
    return await context.audited(safeguarding.list_open, page)


@router.get("/concerns/{concern_id}")
async def read_concern(
    concern_id: UUID, context: Context = allowed(Permission.SAFEGUARDING_READ)
) -> ConcernView:
    """One concern with what was told and what was done."""
    return await context.audited(safeguarding.read, concern_id)


@router.post("/concerns/{concern_id}/steps", response_model=ConcernRow)
async def take_step(
    concern_id: UUID, body: StepBody, context: Context = allowed(Permission.SAFEGUARDING_READ)
) -> Response:
    """Mark a concern as seen, handed on, or closed with a reason."""
    return await context.command(safeguarding.take_step, safeguarding.Step(concern_id, body))


@router.get("/learning")
async def my_learning(context: Context = allowed(Permission.ACCOUNT_OWN)) -> LearningState:
    """How far you are with the induction."""
    return await context.query(learning.state, context.principal)


@router.post("/learning", response_model=LearningState)
async def learned(
    body: LearnedBody, context: Context = allowed(Permission.ACCOUNT_OWN)
) -> Response:
    """Finish a part, or say how well you know co-production (before and after)."""
    return await context.command(learning.learned, body)


@router.get("/learning/report")
async def learning_report(
    page: lists.Paged,
    context: Context = allowed(Permission.MONITORING_READ_AGGREGATES),
) -> FamiliarityReport:
    """Familiarity before and after the induction, by role."""
    found = await context.query(learning.report, context.principal.organisation_id)
    found.items, found.next = lists.portion(found.items, page, lambda row: (row.role, row.moment))
    return found


@router.get("/settings", response_model=SettingsBody)
async def read_settings(context: Context = allowed(Permission.SETTINGS_WRITE)) -> Response:
    """Your organisation's settings."""
    found = await context.query(organisation.settings, context.principal.organisation_id)
    return json_with_etag(found, tag_of(found.model_dump_json()))


@router.put("/settings", response_model=SettingsBody)
async def set_settings(
    body: SettingsBody,
    if_match: IfMatch = None,
    context: Context = allowed(Permission.SETTINGS_WRITE),
) -> Response:
    """What holds in your organisation: induction, second factors, when a phone locks itself."""
    return await context.command(
        organisation.set_settings, organisation.ChangeSettings(if_match, body)
    )
