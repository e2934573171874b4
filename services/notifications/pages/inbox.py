"""Pages of what a person must read or do: replies in their own words, and tasks."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import ValidationError

from services.notifications import actions, commands, queries
from services.notifications.delivery import short
from services.notifications.messages import Format, print_pdf
from services.notifications.pages.shared import moved, page
from services.runtime.errors import DomainError
from services.runtime.pages import FieldError, gettext
from services.runtime.security.permissions import Permission, allows
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False)
READ = Permission.INBOX_READ
SEND = Permission.MESSAGE_SEND
Text = Annotated[str, Form()]


@router.get("/inbox")
async def show_inbox(request: Request, context: Context = allowed(READ)) -> Response:
    found = await context.query(queries.waiting_replies, context.principal)
    return page(request, "inbox.html", items=found.items, short=short)


@router.post("/inbox/{reply_id}")
async def read_reply(request: Request, reply_id: str, context: Context = allowed(READ)) -> Response:
    """A POST, because the read is written into the audit trail."""
    return await _reply(request, context, reply_id)


@router.post("/inbox/{reply_id}/answer")
async def answer_reply(
    request: Request, reply_id: str, text: Text = "", context: Context = allowed(SEND)
) -> Response:
    try:
        body = commands.ReplyBody(text=text.strip())
        await context.run(commands.answer_reply, (reply_id, body))
    except ValidationError:
        problem = gettext("Write your answer, in 600 characters at most.")
        return await _reply(request, context, reply_id, problem, text)
    except DomainError as error:
        return await _reply(request, context, reply_id, gettext(error.detail), text)
    return moved("/inbox", "Your answer is on its way.")


@router.post("/inbox/{reply_id}/close")
async def close_reply(reply_id: str, context: Context = allowed(READ)) -> Response:
    try:
        await context.run(commands.close_reply, reply_id)
    except DomainError as error:
        return moved("/inbox", error.detail, "warning")
    return moved("/inbox", "The reply is closed.")


async def _reply(
    request: Request, context: Context, reply_id: str, problem: str = "", typed: str = ""
) -> Response:
    reply = await context.audited(commands.read_reply, reply_id)
    errors = [FieldError("text", problem)] if problem else []
    return page(
        request,
        "reply.html",
        errors,
        reply=reply,
        person=short(reply.participant_id) if reply.participant_id else "",
        typed=typed,
        may_send=allows(context.principal, SEND),
    )


@router.get("/tasks")
async def show_tasks(request: Request, context: Context = allowed(READ)) -> Response:
    found = await context.query(queries.open_tasks, context.principal)
    may_see = allows(context.principal, Permission.PROPOSAL_READ)
    return page(request, "tasks.html", tasks=found.items, short=short, may_see=may_see)


@router.post("/tasks/{task_id}/done")
async def finish_task(task_id: UUID, context: Context = allowed(READ)) -> Response:
    try:
        await context.run(commands.finish_task, task_id)
    except DomainError as error:
        return moved("/tasks", error.detail, "warning")
    return moved("/tasks", "The task is done.")


@router.post("/tasks/{task_id}/letter")
async def letter_of_task(task_id: UUID, context: Context = allowed(SEND)) -> Response:
    """What to print or to read aloud: a PDF, or plain text. Audited."""
    written = await context.audited(actions.document, task_id)
    headers = {"Cache-Control": "no-store"}
    if written.format in (Format.LARGE_PRINT, Format.EASY_READ):
        content = await run_in_threadpool(print_pdf, written)
        headers["Content-Disposition"] = 'attachment; filename="letter.pdf"'
        return Response(content, media_type="application/pdf", headers=headers)
    return Response(written.text, media_type="text/plain; charset=utf-8", headers=headers)


@router.post("/tasks/{opportunity_id}/video")
async def offer_video(
    opportunity_id: UUID, url: Text = "", context: Context = allowed(SEND)
) -> Response:
    try:
        body = actions.VideoBody(url=url.strip())
        await context.run(actions.offer_bsl_video, (opportunity_id, body))
    except ValidationError:
        return moved("/tasks", "Enter the video's address. It starts with https://.", "warning")
    except DomainError as error:
        return moved("/tasks", error.detail, "warning")
    return moved("/tasks", "Thank you. Who waited for the video is invited now.")
