"""The HTTP API of matching. Every route names the permission that it needs."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from schemas.events import HostKind
from services.matching import commands, deciding, queries, review_queries
from services.matching.bodies import (
    AddMembers,
    Approve,
    ApproveMany,
    ChangeOpportunity,
    Decline,
    On,
    OpenOpportunity,
    ReleaseSeat,
    ShareFeedback,
    WhatIfBody,
)
from services.matching.views import (
    BlockedList,
    Changed,
    Decided,
    DecidedMany,
    Opened,
    OpportunityList,
    OpportunityView,
    ProposalList,
    ProposalView,
    Shared,
    WhatIfView,
)
from services.runtime import lists
from services.runtime.conditions import IfMatch, revision_of
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed, created, json_with_etag

router = APIRouter(prefix="/api/v1")

Id = Annotated[UUID, Path(examples=["0198f2a0-0000-7000-8000-000000000001"])]
States = Annotated[
    list[
        Literal[
            "proposed",
            "approved",
            "invited",
            "accepted",
            "declined",
            "withdrawn",
            "alternate",
            "released",
        ]
    ],
    Query(),
]


@router.post("/opportunities", status_code=201, response_model=Opened, tags=["opportunities"])
async def open_opportunity(
    body: OpenOpportunity, context: Context = allowed(Permission.OPPORTUNITY_WRITE)
) -> Response:
    """Open an opportunity with its seats, members and targets. Proposals follow by themselves."""
    answer = await context.command(commands.open_opportunity, body, 201)
    opened = Opened.model_validate_json(bytes(answer.body))
    return created(f"{context.request.url.path}/{opened.opportunity_id}", answer)


@router.get("/opportunities", tags=["opportunities"])
async def list_opportunities(
    page: lists.Paged,
    context: Context = allowed(Permission.OPPORTUNITY_READ),
    state: Literal["open", "closed"] | None = None,
    host_kind: HostKind | None = None,
    area: Annotated[str | None, Query(max_length=12)] = None,
    sort: queries.Sort = "newest",
) -> OpportunityList:
    """The organisation's opportunities, newest or widest gap first."""
    wanted = queries.Wanted(state, host_kind, area, sort, page)
    return await context.query(queries.opportunities, context.principal, wanted)


@router.get(
    "/opportunities/{opportunity_id}",
    response_model=OpportunityView,
    tags=["opportunities"],
)
async def read_opportunity(
    opportunity_id: Id,
    context: Context = allowed(Permission.OPPORTUNITY_READ),
) -> Response:
    """One opportunity; for its coordinator with representation now, target and if approved."""
    view = await context.query(queries.opportunity, context.principal, opportunity_id)
    return json_with_etag(view, queries.etag(view))


@router.patch(
    "/opportunities/{opportunity_id}",
    response_model=Changed,
    tags=["opportunities"],
)
async def change_opportunity(
    opportunity_id: Id,
    body: ChangeOpportunity,
    if_match: IfMatch = None,
    context: Context = allowed(Permission.OPPORTUNITY_WRITE),
) -> Response:
    """Change what is given. Proposals are scored again."""
    change = commands.Change(opportunity_id, revision_of(if_match), body)
    return await context.command(commands.change_opportunity, change)


@router.post("/opportunities/{opportunity_id}/close", status_code=204, tags=["opportunities"])
async def close_opportunity(
    opportunity_id: Id, context: Context = allowed(Permission.OPPORTUNITY_WRITE)
) -> Response:
    """Close it. Proposals are withdrawn and invitations on their way called back."""
    return await context.command(commands.close_opportunity, On(opportunity_id, None))


@router.post(
    "/opportunities/{opportunity_id}/members", response_model=Changed, tags=["opportunities"]
)
async def add_members(
    opportunity_id: Id,
    body: AddMembers,
    context: Context = allowed(Permission.OPPORTUNITY_WRITE),
) -> Response:
    """Seat people who sit there already. They count in the gaps and are sent nothing."""
    return await context.command(commands.add_members, On(opportunity_id, body))


@router.post(
    "/opportunities/{opportunity_id}/feedback",
    status_code=201,
    response_model=Shared,
    tags=["opportunities"],
)
async def share_feedback(
    opportunity_id: Id,
    body: ShareFeedback,
    context: Context = allowed(Permission.FEEDBACK_SHARE),
) -> Response:
    """ "You said, we did": what changed because people had their say."""
    return await context.command(commands.share_feedback, On(opportunity_id, body), 201)


@router.post("/seats/{seat_id}/release", status_code=204, tags=["opportunities"])
async def release_seat(
    seat_id: Id, body: ReleaseSeat, context: Context = allowed(Permission.PROPOSAL_DECIDE)
) -> Response:
    """Open a seat again. New proposals for it follow."""
    return await context.command(commands.release_seat, On(seat_id, body))


@router.get("/opportunities/{opportunity_id}/proposals", tags=["proposals"])
async def list_proposals(
    opportunity_id: Id,
    page: lists.Paged,
    context: Context = allowed(Permission.PROPOSAL_READ),
    state: States = ["proposed"],  # noqa: B006 - FastAPI copies defaults
) -> ProposalList:
    """Proposals, the best first, each with the sentence why and its numbers. Ids, no names."""
    return await context.query(
        review_queries.proposals, context.principal, opportunity_id, state, page
    )


@router.get("/opportunities/{opportunity_id}/blocked", tags=["proposals"])
async def list_blocked(
    opportunity_id: Id,
    page: lists.Paged,
    context: Context = allowed(Permission.PROPOSAL_READ),
) -> BlockedList:
    """People who would ease a gap but cannot be proposed yet, and which need blocks."""
    return await context.query(review_queries.blocked, context.principal, opportunity_id, page)


@router.post(
    "/opportunities/{opportunity_id}/what-if", response_model=WhatIfView, tags=["proposals"]
)
async def what_if(
    opportunity_id: Id,
    body: WhatIfBody,
    context: Context = allowed(Permission.PROPOSAL_READ),
) -> WhatIfView:
    """The gaps if these people took seats. Nothing changes."""
    return await context.query(review_queries.what_if, context.principal, On(opportunity_id, body))


@router.post(
    "/opportunities/{opportunity_id}/approvals",
    response_model=DecidedMany,
    tags=["proposals"],
)
async def approve_many(
    opportunity_id: Id,
    body: ApproveMany,
    context: Context = allowed(Permission.PROPOSAL_DECIDE),
) -> Response:
    """Approve several proposals, all or none. See the diff of the gaps with what-if first."""
    return await context.command(deciding.approve_many, On(opportunity_id, body))


@router.get("/proposals/{match_id}", tags=["proposals"])
async def read_proposal(
    match_id: Id, context: Context = allowed(Permission.PROPOSAL_READ)
) -> ProposalView:
    """One proposal, in whatever state it is."""
    return await context.query(review_queries.proposal, context.principal, match_id)


@router.post("/proposals/{match_id}/approve", response_model=Decided, tags=["proposals"])
async def approve(
    match_id: Id, body: Approve, context: Context = allowed(Permission.PROPOSAL_DECIDE)
) -> Response:
    """Approve: the person is invited, with a date to reply by."""
    return await context.command(deciding.approve, On(match_id, body))


@router.post("/proposals/{match_id}/decline", response_model=Decided, tags=["proposals"])
async def decline(
    match_id: Id, body: Decline, context: Context = allowed(Permission.PROPOSAL_DECIDE)
) -> Response:
    """Decline, with a reason from the list."""
    return await context.command(deciding.decline, On(match_id, body))


@router.post("/proposals/{match_id}/undo", response_model=Decided, tags=["proposals"])
async def undo(match_id: Id, context: Context = allowed(Permission.PROPOSAL_DECIDE)) -> Response:
    """Take the last decision back. An invitation that has gone is withdrawn; 409 says why not."""
    return await context.command(deciding.undo, On(match_id, None))
