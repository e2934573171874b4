"""Pages of surveys: the list, the upload, the charts, and the same to take away."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from services.matching.pages import go, page
from services.matching.survey import questions, reading, report, store
from services.runtime import exports
from services.runtime.errors import DomainError
from services.runtime.pages import FieldError, gettext
from services.runtime.security.permissions import Permission, allows
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/surveys", include_in_schema=False)


@router.get("")
async def list_surveys(
    request: Request, context: Context = allowed(Permission.MONITORING_READ_AGGREGATES)
) -> Response:
    found = await context.query(store.surveys, context.principal)
    may_write = allows(context.principal, Permission.PROGRAMME_WRITE)
    return page(request, "surveys.html", found=found, may_write=may_write)


@router.get("/new")
async def new_survey(
    request: Request, _context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    return _form(request, [])


def _form(request: Request, errors: list[FieldError]) -> Response:
    lists = {
        "completed": questions.YES_NO,
        "respondent_group": questions.GROUPS,
        "job_group": questions.JOBS,
        "familiarity": questions.FAMILIARITY,
        "barriers": {**questions.BARRIERS, "none": ""},
    }
    megabytes = reading.LARGEST // 1_000_000
    return page(request, "survey_form.html", errors=errors, lists=lists, megabytes=megabytes)


@router.post("/new")
async def import_survey(
    request: Request, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    form = await request.form(max_files=1, max_fields=10)
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return _form(request, [FieldError("file", gettext("Choose a CSV file."))])
    if not file.filename.lower().endswith(".csv"):
        return _form(request, [FieldError("file", gettext("Choose a CSV file."))])
    # One byte more than is taken tells that it is too large, without reading all of it.
    content = await file.read(reading.LARGEST + 1)
    try:
        given = store.File(str(form.get("name", "")), content)
        taken = await context.run(store.take_in, given)
    except DomainError as error:
        return _form(request, [FieldError("file", line) for line in error.detail.splitlines()])
    if taken.again:
        note = gettext("This very file was taken in before. Nothing has changed.")
    else:
        note = gettext("%(count)s responses are taken in.") % {"count": taken.respondents}
    return go(request, f"/surveys/{taken.survey_id}", note)


@router.get("/{survey_id}")
async def show_survey(
    request: Request,
    survey_id: UUID,
    context: Context = allowed(Permission.MONITORING_READ_AGGREGATES),
) -> Response:
    threshold = context.node.settings.small_number_threshold
    seen = await context.query(store.survey, context.principal, survey_id, threshold)
    return page(request, "survey.html", seen=seen)


@router.get("/{survey_id}/export")
async def export_survey(
    survey_id: UUID,
    form: Annotated[exports.Form, Query()],
    context: Context = allowed(Permission.MONITORING_READ_AGGREGATES),
) -> Response:
    """The same figures to take away."""
    threshold = context.node.settings.small_number_threshold
    seen = await context.query(store.survey, context.principal, survey_id, threshold)
    return await exports.answer(report.of(seen, context.node.now().date()), form)
