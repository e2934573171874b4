"""What the API of surveys answers. None stands for a number too small to show."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.runtime.lists import Listed


class SurveyTaken(BaseModel):
    """A file that was taken in; `again` when the very file was there already."""

    survey_id: UUID
    respondents: int
    completed: int
    synthetic: bool
    again: bool


class SurveySummary(BaseModel):
    survey_id: UUID
    name: str
    respondents: int
    completed: int
    synthetic: bool = Field(description="made up: say so wherever a figure of it is shown")
    imported_at: datetime


class SurveyList(Listed[SurveySummary]):
    """Newest first."""


class ShareView(BaseModel):
    label: str
    part: int | None
    whole: int | None
    value: float | None
    low: float | None = Field(description="95% interval (Wilson)")
    high: float | None


class LevelsView(BaseModel):
    label: str
    counts: list[int | None] = Field(description="by level, see `levels`")


class GroupBarriers(BaseModel):
    group: str
    barriers: list[ShareView]


class SurveyView(SurveySummary):
    """The figures of one survey."""

    completion: float
    completion_low: float
    completion_high: float
    levels: list[str]
    by_group: list[ShareView] = Field(description="know co-production well or very well")
    by_job: list[ShareView]
    barriers: list[ShareView]
    levels_by_group: list[LevelsView]
    levels_by_job: list[LevelsView]
    barriers_by_group: list[GroupBarriers]
    threshold: int
