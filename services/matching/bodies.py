"""What the API of matching takes and answers, with examples.

Answers hold ids, codes and counts. No name of a participant exists in this service.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.events import HostKind
from schemas.events import Session as Meeting

B = TypeVar("B")

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=120)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9+ ()]{0,20}$")]
AreaCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{8}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$")]
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
    weight: float = Field(default=1.0, gt=0, le=100)
    name: str = Field(default="", max_length=80, description="your words for the group")
    census_area: AreaCode | None = Field(
        default=None, description="the census area the proportion comes from, if it does"
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
    model_config = example({"match_ids": ["0198f2a0-0000-7000-8000-000000000001"]})

    match_ids: list[UUID] = Field(max_length=100)


class ReleaseSeat(BaseModel):
    model_config = example({"reason": "stepped_down"})

    reason: Literal["stepped_down", "did_not_attend", "term_ended", "other"]


class ShareFeedback(BaseModel):
    """Words of the host, published as they are: name no participant."""

    model_config = example(
        {
            "you_said": "Carers change too often.",
            "we_did": "The new contract asks for the same two carers in the week.",
        }
    )

    you_said: Words
    we_did: Words


class Opened(BaseModel):
    opportunity_id: UUID
    revision: int


class Changed(BaseModel):
    opportunity_id: UUID
    revision: int


class Decided(BaseModel):
    match_id: UUID
    state: str = Field(examples=["approved"])
    invitation_id: UUID | None = None
    reply_by: date | None = None


class DecidedMany(BaseModel):
    decided: list[Decided]


class Shared(BaseModel):
    feedback_id: UUID


class GapView(BaseModel):
    """One target: seats held now, and what is aimed for. A gap never shows for a watched group."""

    target_id: str = Field(examples=["age_band:18_24"])
    people: str = Field(examples=["people aged 18 to 24"])
    held: int
    filled: int
    unstated: int = Field(description="seat holders who did not say")
    aim_least: float | None = Field(description="seats aimed for at least, of all seats")
    aim_most: float | None = Field(description="seats at most, where set")
    proportion: float | None
    share: float | None = Field(description="held of filled seats")
    low: float = Field(description="95% interval of the share (Wilson)")
    high: float
    short: float = Field(description="seats still to fill")
    above: float = Field(description="seats over the greatest number")
    status: str = Field(examples=["under"])
    source: str = Field(examples=["Set by the coordinator"])
    if_approved: int | None = Field(
        default=None, description="seats held if everyone invited or approved says yes"
    )


class Representation(BaseModel):
    """`now` and `if_approved` are gap indexes from 0 (every target met) to 1."""

    seats: int
    filled: int
    open: int
    invited: int = Field(description="people approved or invited who have not answered")
    index: float
    index_if_approved: float
    gaps: list[GapView]


class OpportunitySummary(BaseModel):
    opportunity_id: UUID
    title: str
    host_name: str
    host_kind: HostKind
    area_code: str
    state: Literal["open", "closed"]
    seats: int
    filled: int
    proposals: int = Field(description="waiting for a decision")
    gap_index: float | None = Field(description="0 every target met, 1 none; none if not yours")
    opened_at: datetime


class OpportunityList(BaseModel):
    items: list[OpportunitySummary]
    next: str | None = Field(description="pass as `cursor` for the next page")


class OpportunityView(OpportunitySummary):
    revision: int
    purpose: str
    place: str
    areas: list[str]
    adults_only: bool
    sessions: list[Meeting]
    payment_pence: int
    payment_unit: str
    expenses: list[str]
    offers: list[str]
    can_arrange: list[str]
    contact_phone: str
    targets: list[TargetBody]
    representation: Representation | None = Field(
        description="for the coordinator of the opportunity only: counts this small could "
        "point to a person"
    )
    feedback: list[FeedbackView]


class FeedbackView(BaseModel):
    feedback_id: UUID
    you_said: str
    we_did: str
    shared_at: datetime


class BlockView(BaseModel):
    code: str = Field(examples=["access_need"])
    sentence: str
    needs: list[str] = Field(default=[], examples=[["bsl"]])


class ProposalView(BaseModel):
    """A match for the review queue. The participant has an id here and no name."""

    match_id: UUID
    opportunity_id: UUID
    participant_id: UUID
    state: str = Field(examples=["proposed"])
    reason: str = Field(default="", examples=["invitation_failed"])
    failure: str = Field(default="", description="why an invitation did not arrive")
    sentence: str = Field(examples=["We suggest this person because they are a new voice and …"])
    gain: float = Field(description="how far the gap index falls, 0 to 1")
    new_voice: bool
    pair_with: UUID | None = Field(description="the participant proposed together with this one")
    explanation: dict[str, Any]
    blocks: list[BlockView] = []
    invitation_id: UUID | None = None
    reply_by: date | None = None
    created_at: datetime


class ProposalList(BaseModel):
    items: list[ProposalView]
    next: str | None = None


class BlockedNeed(BaseModel):
    need: str = Field(examples=["bsl"])
    label: str
    people: int


class BlockedList(BaseModel):
    """People who would ease a gap and cannot be proposed yet, and what would change that."""

    needs: list[BlockedNeed]
    items: list[ProposalView]
    next: str | None = None


class GapChange(BaseModel):
    target_id: str
    people: str
    before: int
    after: int
    aim_least: float | None
    aim_most: float | None


class WhatIfView(BaseModel):
    """The gaps as they are and as they would be if these people took seats. Nothing changes."""

    index_before: float
    index_after: float
    open_after: int
    changes: list[GapChange]


OpportunityView.model_rebuild()
