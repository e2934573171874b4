"""Pages of the feedback loop: what owes an answer, and one opportunity."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.matching import forms
from services.matching.bodies import On
from services.matching.feedback_loop import commands
from services.matching.feedback_loop.api import SHARE, loop_of, owed_of
from services.matching.feedback_loop.bodies import NoteSaid
from services.matching.feedback_loop.reporting import outcome_words
from services.matching.pages import PAGES, go, page
from services.runtime.errors import DomainError
from services.runtime.pages import FieldError, gettext
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False)
PAGES.env.globals.update(feedback_outcomes=outcome_words)
CHECKS = {
    "words": "Enter what people said, with 3 to 300 letters. Name no person.",
    "said_on": "Enter the day they said it.",
}


@router.get("/owed-answers")
async def owed(request: Request, context: Context = allowed(SHARE)) -> Response:
    return page(request, "feedback_loop/owed.html", seen=await owed_of(context))


@router.get("/opportunities/{opportunity_id}/feedback-loop")
async def loop(
    request: Request, opportunity_id: UUID, context: Context = allowed(SHARE)
) -> Response:
    return await _page(request, context, opportunity_id, {}, [])


@router.post("/opportunities/{opportunity_id}/feedback-loop")
async def note_said(
    request: Request, opportunity_id: UUID, context: Context = allowed(SHARE)
) -> Response:
    form = await request.form()
    typed = {field: str(form.get(field, "")) for field in CHECKS}
    try:
        body = forms.checked(NoteSaid, dict(typed), sentences=CHECKS)
        await context.run(commands.note_said, On(opportunity_id, body))
    except forms.FormRefused as refused:
        return await _page(request, context, opportunity_id, typed, refused.errors)
    except DomainError as error:
        found = [forms.refused(error, {field: field for field in CHECKS})]
        return await _page(request, context, opportunity_id, typed, found)
    note = gettext("It is kept until it has an answer.")
    return go(request, f"/opportunities/{opportunity_id}/feedback-loop", note)


async def _page(
    request: Request,
    context: Context,
    opportunity_id: UUID,
    typed: dict[str, str],
    errors: list[FieldError],
) -> Response:
    seen = await loop_of(context, opportunity_id)
    today = context.node.now().date()
    return page(
        request, "feedback_loop/loop.html", seen=seen, typed=typed, errors=errors, today=today
    )
