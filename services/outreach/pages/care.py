"""Pages for a safeguarding concern and for the induction."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.outreach import forms
from services.outreach.care_bodies import ConcernBody, LearnedBody, StepBody
from services.outreach.commands import learning, safeguarding
from services.outreach.learning import PARTS
from services.outreach.pages.shared import PAGES, again, moved
from services.runtime.errors import DomainError, NotFound
from services.runtime.lists import EVERYTHING
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False, dependencies=[Depends(PAGES.speaking)])

SENTENCES = {
    "urgency": "Choose how soon somebody must look at this.",
    "what": "Say what worries you. A few words are enough.",
    "state": "Choose what you did.",
    "familiarity": "Choose how well you know it.",
    "participant_id": "Open this page again from their record.",
}


@router.get("/concerns/new")
async def new_concern(
    request: Request,
    person: UUID | None = None,
    context: Context = allowed(Permission.SAFEGUARDING_WRITE),
) -> Response:
    leads = await context.query(safeguarding.lead_names, context.principal.organisation_id)
    return PAGES.page(
        request, "concern_new.html", leads=leads, values={"participant_id": person or ""}
    )


@router.post("/concerns/new")
async def raise_concern(
    request: Request, context: Context = allowed(Permission.SAFEGUARDING_WRITE)
) -> Response:
    form = await request.form()
    try:
        body = forms.validate(ConcernBody, forms.nested(form), SENTENCES)
        raised = await context.run(safeguarding.raise_concern, body)
    except (DomainError, forms.FormProblems) as problem:
        leads = await context.query(safeguarding.lead_names, context.principal.organisation_id)
        return again(request, "concern_new.html", problem, leads=leads, values=form)
    return PAGES.page(request, "concern_raised.html", raised=raised)


@router.get("/concerns")
async def concerns(
    request: Request, context: Context = allowed(Permission.SAFEGUARDING_READ)
) -> Response:
    found = await context.audited(safeguarding.list_open, EVERYTHING)
    return PAGES.page(request, "concerns.html", found=found)


@router.get("/concerns/{concern_id}")
async def concern(
    request: Request, concern_id: UUID, context: Context = allowed(Permission.SAFEGUARDING_READ)
) -> Response:
    found = await context.audited(safeguarding.read, concern_id)
    return PAGES.page(request, "concern.html", concern=found, values={})


@router.post("/concerns/{concern_id}")
async def take_step(
    request: Request, concern_id: UUID, context: Context = allowed(Permission.SAFEGUARDING_READ)
) -> Response:
    form = await request.form()
    try:
        body = forms.validate(StepBody, forms.nested(form), SENTENCES)
        await context.run(safeguarding.take_step, safeguarding.Step(concern_id, body))
    except (DomainError, forms.FormProblems) as problem:
        found = await context.audited(safeguarding.read, concern_id)
        return again(request, "concern.html", problem, concern=found, values=form)
    return moved("/concerns", "The concern is up to date.")


@router.get("/learning")
async def learning_home(
    request: Request, context: Context = allowed(Permission.ACCOUNT_OWN)
) -> Response:
    state = await context.query(learning.state, context.principal)
    return PAGES.page(request, "learning.html", state=state, parts=PARTS, values={})


@router.post("/learning")
async def answer_familiarity(
    request: Request, context: Context = allowed(Permission.ACCOUNT_OWN)
) -> Response:
    form = await request.form()
    try:
        body = forms.validate(LearnedBody, forms.nested(form), SENTENCES)
    except forms.FormProblems as problem:
        state = await context.query(learning.state, context.principal)
        return again(request, "learning.html", problem, state=state, parts=PARTS, values=form)
    await context.run(learning.learned, body)
    return moved("/learning", "Thank you. Your answer is saved.")


@router.get("/learning/{part}")
async def learning_part(
    request: Request, part: str, context: Context = allowed(Permission.ACCOUNT_OWN)
) -> Response:
    if part not in PARTS:
        raise NotFound("There is no such part of the induction.")
    extra = PARTS[part].for_role.get(context.principal.role, ())
    return PAGES.page(request, "learning_part.html", name=part, part=PARTS[part], extra=extra)


@router.post("/learning/{part}")
async def finish_part(part: str, context: Context = allowed(Permission.ACCOUNT_OWN)) -> Response:
    await context.run(learning.learned, LearnedBody(part=part))
    return moved("/learning", "This part is done.")
