"""What the outreach API takes and gives about safeguarding and learning."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.outreach.bodies import Notes, Strict
from services.runtime.lists import Listed
from services.runtime.security.principal import Role

Urgency = Literal["now", "today", "soon"]
State = Literal["raised", "seen", "handed_on", "closed"]
Told = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class ConcernBody(Strict):
    """A worry that somebody is being harmed. In danger now: call 999 first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "urgency": "today",
                    "what": "She said that her son takes her money.",
                    "done": "I gave her the council's number.",
                    "participant_id": None,
                }
            ]
        }
    )

    urgency: Urgency
    what: Told
    done: Notes | None = None
    participant_id: UUID | None = None


class ConcernRaised(BaseModel):
    """It is with the leads. Whoever raised it cannot read it again."""

    id: UUID
    leads: list[str] = Field(description="names of the people who look at it")
    answer_by: datetime


class StepBody(Strict):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"state": "handed_on", "note": "Referred to adult social care."}]
        }
    )

    state: Literal["seen", "handed_on", "closed"]
    note: Notes | None = None


class StepView(BaseModel):
    state: str
    note: str | None
    by: UUID
    at: datetime


class ConcernView(BaseModel):
    id: UUID
    urgency: str
    what: str
    done: str | None
    participant_id: UUID | None
    state: str
    raised_by: UUID
    raised_at: datetime
    answer_by: datetime
    overdue: bool
    steps: list[StepView]


class ConcernRow(BaseModel):
    """One line of the list, without what was told."""

    id: UUID
    urgency: str
    state: str
    raised_at: datetime
    answer_by: datetime
    overdue: bool


class Concerns(Listed[ConcernRow]):
    """The first due first."""


class SettingsBody(Strict):
    """What an organisation decides for its people. What is left out or null is as usual."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "induction_first": True,
                    "second_factor_roles": ["administrator", "safeguarding_lead"],
                    "lock_minutes": 10,
                }
            ]
        }
    )

    induction_first: bool = Field(description="the induction is needed before the first outreach")
    second_factor_roles: list[Role] | None = Field(
        default=None,
        max_length=10,
        description="roles that must use a second factor; null keeps the installation's setting",
    )
    lock_minutes: int | None = Field(
        default=None,
        ge=1,
        le=120,
        description="an untouched phone locks what waits on it after so long; null: 15",
    )


class LearnedBody(Strict):
    """A part of the induction was finished, or how well somebody knows co-production."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"part": "principles"}]})

    part: str | None = None
    familiarity: int | None = Field(default=None, ge=1, le=5)


class LearningState(BaseModel):
    done: list[str]
    complete: bool
    familiarity_before: int | None
    familiarity_after: int | None
    induction_first: bool


class FamiliarityRow(BaseModel):
    """Colleagues of one role, before and after; a star stands for 1 to 7 people."""

    role: str
    moment: str
    people: str
    average: float | None = Field(description="1 not at all to 5 very well; none for a star")


class FamiliarityReport(Listed[FamiliarityRow]):
    """By role."""
