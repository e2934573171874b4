"""The API of templates, payments, answers by phone, BSL videos and quiet days."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.notifications import actions, inviting_again, versions
from services.notifications.commands import Settled
from services.notifications.inviting_again import AgainBody
from services.runtime import lists
from services.runtime.conditions import IfMatch, tag_of
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed, json_with_etag

router = APIRouter(prefix="/api/v1", tags=["messages"])
SEND = Permission.MESSAGE_SEND
WRITE = Permission.TEMPLATE_WRITE


@router.post("/invitations/{invitation_id}/answer", response_model=Settled)
async def record_answer(
    invitation_id: UUID, body: actions.AnswerBody, context: Context = allowed(SEND)
) -> Response:
    """An answer given to a colleague, by phone or in person."""
    return await context.command(actions.record_answer, (invitation_id, body))


@router.post("/invitations/{invitation_id}/payment-sent", response_model=Settled)
async def payment_sent(
    invitation_id: UUID, body: actions.PaymentBody, context: Context = allowed(SEND)
) -> Response:
    """Tell a person that their payment is on its way, once for each day of payment."""
    return await context.command(actions.payment_sent, (invitation_id, body))


@router.post("/messages/{message_id}/resend", response_model=Settled)
async def resend(message_id: UUID, context: Context = allowed(SEND)) -> Response:
    """Write anew what is known not to have arrived."""
    return await context.command(actions.resend, message_id)


@router.post("/invitations/{invitation_id}/send-again", response_model=Settled)
async def invite_again(
    invitation_id: UUID, body: AgainBody, context: Context = allowed(SEND)
) -> Response:
    """Send an invitation that did not arrive once more, another way or to a mended number."""
    return await context.command(inviting_again.invite_again, (invitation_id, body))


@router.get("/opportunities/{opportunity_id}/bsl-video", response_model=actions.VideoView)
async def read_bsl_video(opportunity_id: UUID, context: Context = allowed(SEND)) -> Response:
    """The video of an opportunity's invitation."""
    found = await context.query(actions.bsl_video, context.principal, opportunity_id)
    return json_with_etag(found, tag_of(found.model_dump_json()))


@router.put("/opportunities/{opportunity_id}/bsl-video", response_model=Settled)
async def offer_bsl_video(
    opportunity_id: UUID,
    body: actions.VideoBody,
    if_match: IfMatch = None,
    context: Context = allowed(SEND),
) -> Response:
    """Keep the video; who waited for it is invited now."""
    return await context.command(actions.replace_bsl_video, (opportunity_id, body, if_match))


@router.post("/quiet-days", status_code=201, response_model=Settled)
async def rest_for_all(body: actions.QuietBody, context: Context = allowed(WRITE)) -> Response:
    """Leave everybody in peace on these days."""
    return await context.command(actions.rest, (None, body), 201)


@router.post("/people/{participant_id}/quiet-days", status_code=201, response_model=Settled)
async def rest(
    participant_id: UUID, body: actions.QuietBody, context: Context = allowed(SEND)
) -> Response:
    """Leave one person in peace on these days."""
    return await context.command(actions.rest, (participant_id, body), 201)


@router.delete("/quiet-days/{rest_id}", response_model=Settled)
async def end_rest(rest_id: UUID, context: Context = allowed(SEND)) -> Response:
    """Take quiet days back."""
    return await context.command(actions.end_rest, rest_id)


@router.get("/people/{participant_id}/zone", response_model=actions.ZoneBody)
async def read_zone(participant_id: UUID, context: Context = allowed(SEND)) -> Response:
    """The zone whose hours count for a person."""
    found = await context.query(actions.zone, context.principal, participant_id)
    return json_with_etag(found, tag_of(found.model_dump_json()))


@router.put("/people/{participant_id}/zone", response_model=Settled)
async def move_zone(
    participant_id: UUID,
    body: actions.ZoneBody,
    if_match: IfMatch = None,
    context: Context = allowed(SEND),
) -> Response:
    """The zone whose hours count for a person."""
    return await context.command(actions.move_zone, (participant_id, body, if_match))


@router.get("/templates")
async def list_versions(
    page: lists.Paged, context: Context = allowed(WRITE), kind: str | None = None
) -> versions.Versions:
    """Your organisation's versions, newest first."""
    return await context.query(versions.versions, context.principal, kind, page)


@router.post("/templates", status_code=201, response_model=versions.Made)
async def write_version(body: versions.TemplateBody, context: Context = allowed(WRITE)) -> Response:
    """A new version, as a draft."""
    return await context.command(versions.write_version, body, 201)


@router.post("/templates/{version_id}/check", response_model=versions.VersionView)
async def check_version(version_id: UUID, context: Context = allowed(WRITE)) -> Response:
    """Score it: what it must say, and how it reads."""
    return await context.command(versions.check_version, version_id)


@router.post("/templates/{version_id}/approve", response_model=versions.VersionView)
async def approve_version(
    version_id: UUID, body: versions.ApproveBody, context: Context = allowed(WRITE)
) -> Response:
    """Use it from now on. Warnings need a reason; failures need a new version."""
    return await context.command(versions.approve_version, (version_id, body))


@router.get("/templates/{version_id}/preview")
async def preview(
    version_id: UUID,
    page: lists.Paged,
    context: Context = allowed(WRITE),
    invitation_id: UUID | None = None,
) -> versions.Previews:
    """Every format, with an invitation's facts or made-up ones."""
    found = await context.query(versions.previews_of, context.principal, version_id, invitation_id)
    items, following = lists.portion(found, page, lambda one: one.format)
    return versions.Previews(items=items, next=following)
