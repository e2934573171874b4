"""The HTTP API of surveys."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query
from fastapi.responses import Response

from services.matching.survey import reading, store
from services.matching.survey.bodies import SurveyList, SurveyTaken, SurveyView
from services.runtime import lists
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/api/v1/surveys", tags=["surveys"])

Id = Annotated[UUID, Path(examples=["0198f2a0-0000-7000-8000-000000000001"])]
CSV = "completed,respondent_group,job_group,familiarity,barriers\nyes,staff,social_work,well,time\n"


@router.get("")
async def list_surveys(
    page: lists.Paged,
    context: Context = allowed(Permission.MONITORING_READ_AGGREGATES),
) -> SurveyList:
    """Surveys that were taken in, newest first."""
    return await context.query(store.surveys, context.principal, page)


@router.post("", status_code=201, response_model=SurveyTaken)
async def import_survey(
    responses: Annotated[
        str,
        Body(media_type="application/json", max_length=reading.LARGEST, examples=[CSV]),
    ],
    name: Annotated[str, Query(max_length=120)] = "",
    context: Context = allowed(Permission.PROGRAMME_WRITE),
) -> Response:
    """Take in a CSV file, sent as a JSON string. All of it is kept, or nothing with the reasons."""
    # What is no text at all must come out as such, not as a failure of ours.
    content = responses.encode(errors="surrogatepass")
    return await context.command(store.take_in, store.File(name, content), 201)


@router.get("/{survey_id}")
async def read_survey(
    survey_id: Id, context: Context = allowed(Permission.MONITORING_READ_AGGREGATES)
) -> SurveyView:
    """One survey's figures, small numbers hidden."""
    threshold = context.node.settings.small_number_threshold
    return await context.query(store.survey, context.principal, survey_id, threshold)


@router.delete("/{survey_id}", status_code=204)
async def remove_survey(
    survey_id: Id, context: Context = allowed(Permission.PROGRAMME_WRITE)
) -> Response:
    """Take a survey out."""
    return await context.command(store.remove, survey_id)
