"""The HTTP API of payments, expenses, benefits in kind and training."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.matching.bodies import On
from services.matching.reciprocity import commands, queries, reporting
from services.matching.reciprocity.bodies import (
    Cancel,
    RecordChoice,
    RecordOwed,
    RecordSession,
    Settle,
)
from services.matching.reciprocity.views import (
    ChoiceKept,
    ChoiceView,
    OpportunityReciprocity,
    Overview,
    RateList,
    Recorded,
    Settled,
)
from services.runtime import exports, lists
from services.runtime.conditions import IfMatch, etag, revision_of
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed, json_with_etag

router = APIRouter(prefix="/api/v1", tags=["reciprocity"])
READ, WRITE = Permission.PROPOSAL_READ, Permission.OPPORTUNITY_WRITE
Id = Annotated[UUID, Path(examples=["0198f2a0-0000-7000-8000-000000000001"])]
FILE: dict[int | str, dict[str, object]] = {
    200: {"content": {media: {} for media in exports.FORMS.values()}, "description": "The file"}
}


@router.get("/reciprocity")
async def read_overview(context: Context = allowed(READ)) -> Overview:
    """What your opportunities owe, what is overdue, and the share paid in time."""
    return await overview_of(context)


async def overview_of(context: Context) -> Overview:
    node = context.node
    return await context.query(
        queries.overview,
        context.principal,
        node.now().date(),
        node.settings.small_number_threshold,
    )


@router.get("/reciprocity/export", responses=FILE, response_class=Response)
async def export_overview(form: exports.Form = "csv", context: Context = allowed(READ)) -> Response:
    """The same as a file: CSV, ODS, HTML or PDF."""
    seen = await overview_of(context)
    return await exports.answer(reporting.of_overview(seen, context.node.now().date()), form)


@router.get("/rates")
async def read_rates(
    page: lists.Paged,
    on: Annotated[date | None, Query(examples=["2026-10-06"])] = None,
    context: Context = allowed(READ),
) -> RateList:
    """Rates and the payment term that hold on a day (today without one), with their sources."""
    found = await context.query(queries.rates, on or context.node.now().date())
    found.items, found.next = lists.portion(found.items, page, lambda rate: rate.id)
    return found


@router.get("/opportunities/{opportunity_id}/reciprocity")
async def read_reciprocity(
    opportunity_id: Id, context: Context = allowed(READ)
) -> OpportunityReciprocity:
    """What is owed and was paid in one opportunity, and what each person chose."""
    return await opportunity_of(context, opportunity_id)


async def opportunity_of(context: Context, opportunity_id: UUID) -> OpportunityReciprocity:
    today = context.node.now().date()
    return await context.query(queries.of_opportunity, context.principal, opportunity_id, today)


@router.get(
    "/opportunities/{opportunity_id}/reciprocity/export",
    responses=FILE,
    response_class=Response,
)
async def export_opportunity(
    opportunity_id: Id, form: exports.Form = "csv", context: Context = allowed(READ)
) -> Response:
    """The same as a file: CSV, ODS, HTML or PDF."""
    seen = await opportunity_of(context, opportunity_id)
    return await exports.answer(reporting.of_opportunity(seen, context.node.now().date()), form)


@router.get(
    "/opportunities/{opportunity_id}/holders/{holder_id}/payment-choice",
    response_model=ChoiceView,
)
async def read_choice(
    opportunity_id: Id, holder_id: Id, context: Context = allowed(READ)
) -> Response:
    """How a person wants to be paid, and whether they said so before their yes."""
    number, seen = await context.query(queries.choice, context.principal, opportunity_id, holder_id)
    return json_with_etag(seen, etag(number))


@router.put(
    "/opportunities/{opportunity_id}/holders/{holder_id}/payment-choice",
    response_model=ChoiceKept,
)
async def record_choice(
    opportunity_id: Id,
    holder_id: Id,
    body: RecordChoice,
    if_match: IfMatch = None,
    context: Context = allowed(WRITE),
) -> Response:
    """Keep how a person wants to be paid. They hear about benefits first.

    `holder_id` is a proposal's id, or a member's.
    """
    change = commands.ChangeChoice(holder_id, revision_of(if_match), body)
    return await context.command(commands.change_choice, On(opportunity_id, change))


@router.post(
    "/opportunities/{opportunity_id}/reciprocity/sessions",
    status_code=201,
    response_model=Recorded,
)
async def record_session(
    opportunity_id: Id, body: RecordSession, context: Context = allowed(WRITE)
) -> Response:
    """Record who came to a meeting; each is owed what they chose to take."""
    return await context.command(commands.record_session, On(opportunity_id, body), 201)


@router.post(
    "/opportunities/{opportunity_id}/reciprocity/items",
    status_code=201,
    response_model=Recorded,
)
async def record_owed(
    opportunity_id: Id, body: RecordOwed, context: Context = allowed(WRITE)
) -> Response:
    """Record one expense, benefit in kind, training or other payment."""
    return await context.command(commands.record_owed, On(opportunity_id, body), 201)


@router.post("/opportunities/{opportunity_id}/reciprocity/settlements", response_model=Settled)
async def settle(opportunity_id: Id, body: Settle, context: Context = allowed(WRITE)) -> Response:
    """Note what was paid or given on a day. People are told of money that is on its way."""
    return await context.command(commands.settle, On(opportunity_id, body))


@router.post("/opportunities/{opportunity_id}/reciprocity/items/{owed_id}/cancel", status_code=204)
async def cancel(
    opportunity_id: Id, owed_id: Id, body: Cancel, context: Context = allowed(WRITE)
) -> Response:
    """Take back something unpaid that should not have been recorded."""
    return await context.command(commands.cancel, On(opportunity_id, (owed_id, body)))
