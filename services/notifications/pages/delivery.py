"""Pages of delivery: what went where, one invitation's story, and what to do about it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from services.notifications import actions, commands, delivery, inviting_again, queries
from services.notifications.inviting_again import AgainBody
from services.notifications.pages.shared import ROOT, moved, page
from services.runtime.errors import Conflict, DomainError, Gone
from services.runtime.security.permissions import Permission, allows
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False)
READ = Permission.PROPOSAL_READ
SEND = Permission.MESSAGE_SEND
Text = Annotated[str, Form()]


@router.get("/")
async def start(context: Context = allowed(Permission.INBOX_READ)) -> Response:
    first = "/delivery" if allows(context.principal, READ) else "/inbox"
    return RedirectResponse(ROOT + first, status_code=303)


@router.get("/delivery")
async def show_delivery(
    request: Request,
    context: Context = allowed(READ),
    state: Annotated[str, Query(max_length=12)] = "",
    after: UUID | None = None,
) -> Response:
    who = context.principal
    known = state if state in page_states() else ""
    return page(
        request,
        "delivery.html",
        summary=await context.query(delivery.summary, who),
        lines=await context.query(delivery.lines, who, known or None, after),
        state=known,
    )


def page_states() -> tuple[str, ...]:
    return ("requested", "sent", "accepted", "declined", "cancelled", "failed", "held")


@router.get("/delivery/{invitation_id}")
async def show_invitation(
    request: Request, invitation_id: UUID, context: Context = allowed(READ)
) -> Response:
    return await _invitation(request, context, invitation_id)


@router.post("/delivery/{invitation_id}/read")
async def read_message(
    request: Request, invitation_id: UUID, context: Context = allowed(SEND)
) -> Response:
    """A POST, because the read is written into the audit trail."""
    written = await context.audited(commands.read_message, invitation_id)
    return await _invitation(request, context, invitation_id, written=written)


@router.post("/delivery/{invitation_id}/name")
async def read_name(
    request: Request,
    invitation_id: UUID,
    context: Context = allowed(Permission.PROPOSAL_DECIDE),
) -> Response:
    """A POST, because the read is written into the audit trail."""
    try:
        named = await context.audited(commands.read_name, invitation_id)
    except (Conflict, Gone) as error:
        return moved(f"/delivery/{invitation_id}", error.detail, "warning")
    return await _invitation(request, context, invitation_id, named=named)


@router.post("/delivery/{invitation_id}/answer")
async def record_answer(
    invitation_id: UUID, answer: Text = "", context: Context = allowed(SEND)
) -> Response:
    if answer not in ("yes", "no"):
        return moved(f"/delivery/{invitation_id}", "Choose what the person said.", "warning")
    body = actions.AnswerBody.model_validate({"answer": answer})
    return await _do(context, actions.record_answer, (invitation_id, body), invitation_id)


@router.post("/delivery/{invitation_id}/resend/{message_id}")
async def resend(
    invitation_id: UUID, message_id: UUID, context: Context = allowed(SEND)
) -> Response:
    return await _do(context, actions.resend, message_id, invitation_id)


@router.post("/delivery/{invitation_id}/send-again")
async def invite_again(
    invitation_id: UUID, channel: Text = "", context: Context = allowed(SEND)
) -> Response:
    try:
        body = AgainBody.model_validate({"channel": channel or None})
    except ValidationError:
        return moved(f"/delivery/{invitation_id}", "Choose how to send it.", "warning")
    return await _do(context, inviting_again.invite_again, (invitation_id, body), invitation_id)


@router.post("/delivery/{invitation_id}/quiet")
async def rest(
    invitation_id: UUID, first: Text = "", last: Text = "", context: Context = allowed(SEND)
) -> Response:
    invitation = await context.query(queries.invitation, context.principal, invitation_id)
    try:
        body = actions.QuietBody.model_validate({"first": first, "last": last or first})
    except ValidationError:
        note = "Enter the first day and the last day, in this order."
        return moved(f"/delivery/{invitation_id}", note, "warning")
    return await _do(context, actions.rest, (invitation.participant_id, body), invitation_id)


@router.post("/delivery/{invitation_id}/quiet/{rest_id}/end")
async def end_rest(
    invitation_id: UUID, rest_id: UUID, context: Context = allowed(SEND)
) -> Response:
    return await _do(context, actions.end_rest, rest_id, invitation_id)


async def _do(context: Context, command: object, body: object, invitation_id: UUID) -> Response:
    try:
        await context.run(command, body)  # type: ignore[arg-type]
    except DomainError as error:
        return moved(f"/delivery/{invitation_id}", error.detail, "warning")
    return moved(f"/delivery/{invitation_id}", "That is done.")


async def _invitation(
    request: Request,
    context: Context,
    invitation_id: UUID,
    written: commands.Written | None = None,
    named: commands.Named | None = None,
) -> Response:
    who = context.principal
    found = await context.query(queries.invitation, who, invitation_id)
    return page(
        request,
        "invitation.html",
        invitation=found,
        person=delivery.short(found.participant_id),
        title=await context.query(delivery.title_of, who, invitation_id),
        steps=await context.query(delivery.timeline, who, invitation_id),
        quiet=await context.query(delivery.quiet_days, who, found.participant_id),
        written=written,
        named=named,
        may_name=found.asked_by == who.account_id and found.state != "cancelled",
        cost=sum(message.cost_pence * 1000 for message in found.messages if message.sent_at),
    )
