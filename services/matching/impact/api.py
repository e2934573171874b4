"""The HTTP API of programmes and their impact."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import Response

from services.matching.bodies import On
from services.matching.impact import asking, commands, queries
from services.matching.impact.bodies import (
    Asked,
    CostBody,
    ImpactView,
    InfluenceBody,
    LineSaved,
    ProgrammeBody,
    ProgrammeList,
    ProgrammeSaved,
    ProgrammeView,
    RecordList,
)
from services.runtime import lists
from services.runtime.conditions import IfMatch, etag, revision_of
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed, created, json_with_etag

router = APIRouter(prefix="/api/v1/programmes", tags=["programmes"])

Id = Annotated[UUID, Path(examples=["0198f2a0-0000-7000-8000-000000000001"])]


@router.get("")
async def list_programmes(
    page: lists.Paged,
    context: Context = allowed(Permission.MONITORING_READ_AGGREGATES),
) -> ProgrammeList:
    """The organisation's programmes, newest first."""
    return await context.query(queries.programmes, context.principal, page)


@router.post("", status_code=201, response_model=ProgrammeSaved)
async def start_programme(
    body: ProgrammeBody, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    """Start a programme with its theory of change, aims and opportunities."""
    answer = await context.command(commands.start, body, 201)
    saved = ProgrammeSaved.model_validate_json(bytes(answer.body))
    return created(f"{context.request.url.path}/{saved.programme_id}", answer)


@router.get(
    "/{programme_id}",
    response_model=ProgrammeView,
)
async def read_programme(
    programme_id: Id,
    context: Context = allowed(Permission.MONITORING_READ_AGGREGATES),
) -> Response:
    """One programme."""
    view = await context.query(queries.programme, context.principal, programme_id)
    return json_with_etag(view, etag(view.revision))


@router.put(
    "/{programme_id}",
    response_model=ProgrammeSaved,
)
async def change_programme(
    programme_id: Id,
    body: ProgrammeBody,
    if_match: IfMatch = None,
    context: Context = allowed(Permission.PROGRAMME_WRITE),
) -> Response:
    """Replace what a programme says."""
    asked = commands.ChangeProgramme(programme_id, revision_of(if_match), body)
    return await context.command(commands.change, asked)


@router.get("/{programme_id}/impact")
async def read_impact(
    programme_id: Id, context: Context = allowed(Permission.MONITORING_READ_AGGREGATES)
) -> ImpactView:
    """Is it working in the intended way, and is it worthwhile? With evidence and limits."""
    node = context.node
    return await context.query(
        queries.impact,
        context.principal,
        programme_id,
        node.now(),
        node.settings.small_number_threshold,
    )


@router.get("/{programme_id}/records")
async def read_records(
    programme_id: Id, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> RecordList:
    """Costs and decisions that staff entered."""
    return await context.query(queries.records, context.principal, programme_id)


@router.post("/{programme_id}/costs", status_code=201, response_model=LineSaved)
async def enter_cost(
    programme_id: Id, body: CostBody, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    """Enter a dated line of cost."""
    return await context.command(commands.enter_cost, On(programme_id, body), 201)


@router.post("/{programme_id}/decisions", status_code=201, response_model=LineSaved)
async def enter_decision(
    programme_id: Id, body: InfluenceBody, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    """Enter a decision that was brought to people, and what came of it."""
    return await context.command(commands.enter_decision, On(programme_id, body), 201)


@router.post("/{programme_id}/questions", status_code=201, response_model=Asked)
async def ask_people(
    programme_id: Id, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    """Ask everybody who has a seat by text, once: are you listened to, would you do it again?"""
    return await context.command(asking.ask, On(programme_id, None), 201)


@router.delete("/{programme_id}/records/{line_id}", status_code=204)
async def remove_line(
    programme_id: Id, line_id: UUID, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    """Take out a line that was entered by mistake."""
    return await context.command(commands.remove_line, On(programme_id, line_id))
