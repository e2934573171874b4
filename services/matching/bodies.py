"""What the API of matching takes, with examples. What it answers is in `views`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.events import HostKind
from schemas.events import Session as Meeting
from services.matching.feedback_loop.domain import Outcome

B = TypeVar("B")

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=120)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9+ ()]{0,20}$")]
AreaCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{8}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$")]
TargetId = Annotated[str, StringConstraints(max_length=300)]
Weight = Annotated[float, Field(gt=0, le=100)]
Expense = Literal["travel", "childcare", "replacement_care", "food", "data", "supporter"]
DeclineReason = Literal[
    "not_the_right_time",
    "asked_enough",
    "conflict_of_interest",
    "need_not_in_place",
    "another_person_first",
    "other",
]

TARGETS = [
    {"group": {"age_band": "18_24"}, "least": 2},
    {"group": {"age_band": "18_24", "lived_experience": "unpaid_carer"}, "least": 1},
    {"group": {"disability": "disabled"}, "proportion": 0.25},
]
MEETING = {"on": "2026-10-06", "starts": "10:00", "ends": "12:00", "mode": "in_person"}
OPENING = {
    "title": "Better home care: reading group",
    "host_name": "Elmfield Council",
    "host_kind": "council",
    "purpose": "To say what good home care looks like before the new contract is written.",
    "place": "Elmfield Library, High Street",
    "area_code": "E08000003",
    "sessions": [MEETING],
    "seats": 6,
    "payment_pence": 2500,
    "payment_unit": "session",
    "expenses": ["travel", "replacement_care"],
    "offers": ["step_free", "hearing_loop", "easy_read"],
    "can_arrange": ["bsl", "interpreter_language"],
    "contact_phone": "0161 496 0000",
    "targets": TARGETS,
    "members": [
        {"prior_seat": True, "categories": {"age_band": ["55_64"], "sex": ["female"]}},
        {"prior_seat": False},
    ],
}


def example(*values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": list(values)})


@dataclass(frozen=True, slots=True)
class On(Generic[B]):
    """A command's input: what it is about, and what is asked."""

    id: UUID
    body: B


class TargetBody(BaseModel):
    """One target: a share of the seats, or a least or greatest number of them.

    A target with none of these is watched: its count shows and no gap does.
    """

    model_config = example(*TARGETS)

    group: dict[Code, Code] = Field(
        description="characteristic to category; a person must be in all of them", min_length=1
    )
    proportion: float | None = Field(default=None, ge=0, le=1)
    least: int | None = Field(default=None, ge=0)
    most: int | None = Field(default=None, ge=0)
    weight: Weight = 1.0
    name: str = Field(default="", max_length=80, description="your words for the group")
    census_area: AreaCode | None = Field(
        default=None, description="take the share from the census of this area"
    )


class MemberBody(BaseModel):
    """Someone who sits here already. No name; categories only if they told you for this."""

    model_config = example(
        {"prior_seat": True, "categories": {"age_band": ["55_64"], "sex": ["female"]}}
    )

    prior_seat: bool = Field(default=False, description="held a seat elsewhere or before")
    categories: dict[Code, list[Code]] = {}


class OpenOpportunity(BaseModel):
    model_config = example(OPENING)

    title: Title
    host_name: Title
    host_kind: HostKind
    purpose: str = Field(default="", max_length=600)
    place: str = Field(default="", max_length=200)
    area_code: AreaCode
    areas: list[AreaCode] = Field(default=[], description="only for people from here; none: anyone")
    open_to: list[dict[Code, Code]] = Field(
        default=[],
        max_length=40,
        description="only for people in one of these groups, each characteristic to category; "
        "none: everyone",
    )
    travel_km: int | None = Field(
        default=None,
        ge=1,
        le=500,
        description="how far away a person may live when it meets in person; none: no limit",
    )
    adults_only: bool = True
    sessions: list[Meeting] = Field(default=[], max_length=60)
    seats: int = Field(ge=1, le=500, description="all seats, those of members included")
    payment_pence: int = Field(default=0, ge=0, le=1_000_000)
    payment_unit: Literal["session", "hour", "day"] = "session"
    expenses: list[Expense] = []
    offers: list[Code] = Field(default=[], description="access needs that are met")
    can_arrange: list[Code] = Field(default=[], description="access needs arranged when asked")
    contact_phone: Phone = ""
    targets: list[TargetBody] = Field(default=[], max_length=60)
    members: list[MemberBody] = Field(default=[], max_length=500)


class ChangeOpportunity(BaseModel):
    """Only what is given changes. `targets`, `sessions` and the other lists are replaced whole."""

    model_config = example({"seats": 8, "offers": ["step_free", "hearing_loop", "bsl"]})

    title: Title | None = None
    purpose: str | None = Field(default=None, max_length=600)
    place: str | None = Field(default=None, max_length=200)
    areas: list[AreaCode] | None = None
    open_to: list[dict[Code, Code]] | None = Field(default=None, max_length=40)
    travel_km: int | None = Field(
        default=None, ge=1, le=500, description="null takes the limit away"
    )
    adults_only: bool | None = None
    sessions: list[Meeting] | None = Field(default=None, max_length=60)
    seats: int | None = Field(default=None, ge=1, le=500)
    payment_pence: int | None = Field(default=None, ge=0, le=1_000_000)
    payment_unit: Literal["session", "hour", "day"] | None = None
    expenses: list[Expense] | None = None
    offers: list[Code] | None = None
    can_arrange: list[Code] | None = None
    contact_phone: Phone | None = None
    targets: list[TargetBody] | None = Field(default=None, max_length=60)


class AddMembers(BaseModel):
    model_config = example({"members": [{"prior_seat": True}]})

    members: list[MemberBody] = Field(min_length=1, max_length=500)


class Approve(BaseModel):
    model_config = example({"reply_by": "2026-10-01"})

    reply_by: date | None = Field(default=None, description="none: 7 days from today")


class Decline(BaseModel):
    model_config = example({"reason": "another_person_first"})

    reason: DeclineReason


class ApproveMany(BaseModel):
    model_config = example(
        {"match_ids": ["0198f2a0-0000-7000-8000-000000000001"], "reply_by": "2026-10-01"}
    )

    match_ids: list[UUID] = Field(min_length=1, max_length=100)
    reply_by: date | None = None


class WhatIfBody(BaseModel):
    """Nothing is changed by asking. Without any field: how things are now."""

    model_config = example(
        {"match_ids": ["0198f2a0-0000-7000-8000-000000000001"]},
        {"weights": {"age_band:18_24": 3, "disability:disabled": 1}},
    )

    match_ids: list[UUID] = Field(
        default=[], max_length=100, description="proposals, as if they were approved and said yes"
    )
    weights: dict[TargetId, Weight] = Field(
        default={}, max_length=60, description="target id to weight; those left out keep theirs"
    )


class ReleaseSeat(BaseModel):
    model_config = example({"reason": "stepped_down"})

    reason: Literal["stepped_down", "did_not_attend", "term_ended", "other"]


class ShareFeedback(BaseModel):
    """Words of the host, published as they are: name no participant."""

    model_config = example(
        {
            "you_said": "Carers change too often.",
            "we_did": "The new contract asks for the same two carers in the week.",
        },
        {
            "you_said": "Visits are too short.",
            "we_did": "No visit is under 30 minutes from April.",
            "outcome": "changed",
            "answers": ["0198f2a0-0000-7000-8000-000000000001"],
        },
    )

    you_said: Words
    we_did: Words
    outcome: Outcome | None = Field(default=None, description="whether something changed")
    answers: list[UUID] = Field(
        default=[], max_length=50, description="things noted as said that this answers"
    )
