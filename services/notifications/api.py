"""Notifications' HTTP API for coordinators and link workers."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.notifications import commands, queries
from services.runtime.lists import Paged
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/api/v1", tags=["invitations"])


@router.get("/invitations")
async def list_invitations(
    page: Paged,
    context: Context = allowed(Permission.PROPOSAL_READ),
    opportunity_id: UUID | None = None,
    state: queries.InvitationState | None = None,
) -> queries.Invitations:
    """Invitations of your organisation, newest first, by ids."""
    return await context.query(
        queries.invitations,
        context.principal,
        opportunity_id=opportunity_id,
        state=state,
        page=page,
    )


@router.get("/invitations/{invitation_id}")
async def get_invitation(
    invitation_id: UUID, context: Context = allowed(Permission.PROPOSAL_READ)
) -> queries.InvitationDetail:
    """One invitation with its messages, their parts, cost and fate."""
    return await context.query(queries.invitation, context.principal, invitation_id)


@router.post("/invitations/{invitation_id}/read")
async def read_message(
    invitation_id: UUID, context: Context = allowed(Permission.MESSAGE_SEND)
) -> commands.Written:
    """The newest message's text. A POST, because the read is written into the audit trail."""
    return await context.audited(commands.read_message, invitation_id)


@router.post("/invitations/{invitation_id}/name")
async def read_name(
    invitation_id: UUID, context: Context = allowed(Permission.PROPOSAL_DECIDE)
) -> commands.Named:
    """The name of who was asked, for the coordinator who approved them. The read is audited."""
    return await context.audited(commands.read_name, invitation_id)


@router.get("/inbox")
async def list_inbox(
    page: Paged, context: Context = allowed(Permission.INBOX_READ)
) -> queries.Replies:
    """Replies that a person must read, oldest first, without their text."""
    return await context.query(queries.waiting_replies, context.principal, page)


@router.post("/inbox/{reply_id}/read")
async def read_reply(
    reply_id: str, context: Context = allowed(Permission.INBOX_READ)
) -> queries.InboxText:
    """One reply's text. A POST, because the read is written into the audit trail."""
    return await context.audited(commands.read_reply, reply_id)


@router.post("/inbox/{reply_id}/answer", response_model=commands.Settled)
async def answer_reply(
    reply_id: str, body: commands.ReplyBody, context: Context = allowed(Permission.MESSAGE_SEND)
) -> Response:
    """Write back by text; refused when the person does not want texts."""
    return await context.command(commands.answer_reply, (reply_id, body))


@router.post("/inbox/{reply_id}/close", response_model=commands.Settled)
async def close_reply(reply_id: str, context: Context = allowed(Permission.INBOX_READ)) -> Response:
    """Seen to: take the reply out of the inbox."""
    return await context.command(commands.close_reply, reply_id)


@router.get("/tasks")
async def list_tasks(
    page: Paged, context: Context = allowed(Permission.INBOX_READ)
) -> queries.Tasks:
    """What only a person can do: calls, interpreters, messages whose fate is unclear. Oldest
    first."""
    return await context.query(queries.open_tasks, context.principal, page)


@router.post("/tasks/{task_id}/done", response_model=commands.Settled)
async def finish_task(task_id: UUID, context: Context = allowed(Permission.INBOX_READ)) -> Response:
    """Done: take the task off the list."""
    return await context.command(commands.finish_task, task_id)
