"""What the API of matching answers: ids, codes and counts. No name of a participant exists here."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from schemas.events import HostKind
from schemas.events import Session as Meeting
from services.matching.bodies import TargetBody
from services.runtime.lists import Listed


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
    shared_by: str | None = Field(description="the organisation that shares it; none if yours")
    proposals: int = Field(description="waiting for a decision; 0 if not of your organisation")
    gap_index: float | None = Field(description="0 every target met, 1 none; none if not yours")
    opened_at: datetime


class OpportunityList(Listed[OpportunitySummary]):
    """Newest first, or the widest gap."""


class OpportunityView(OpportunitySummary):
    revision: int
    purpose: str
    place: str
    areas: list[str]
    open_to: list[dict[str, str]] = Field(examples=[[{"age_band": "18_24"}]])
    travel_km: int | None
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


class ProposalList(Listed[ProposalView]):
    """The best first."""


class BlockedNeed(BaseModel):
    need: str = Field(examples=["bsl"])
    label: str
    people: int


class BlockedReason(BaseModel):
    code: str = Field(examples=["distance"], description="times, distance or format")
    people: int


class BlockedList(Listed[ProposalView]):
    """People who would ease a gap and cannot be proposed yet, and what would change that."""

    needs: list[BlockedNeed]
    reasons: list[BlockedReason] = Field(description="other than access needs")


class GapChange(BaseModel):
    target_id: str
    people: str
    before: int
    after: int
    aim_least: float | None
    aim_most: float | None
    short_before: float = Field(description="seats still to fill")
    short_after: float
    weight: float = Field(description="as asked, or as set")
    weight_set: float


class WhatIfPlace(BaseModel):
    """Where a waiting proposal would stand if the chosen people were seated."""

    match_id: UUID
    place: int = Field(description="1 is the first")
    place_now: int
    gain: float = Field(description="how far the gap index would fall, 0 to 1")
    widens: bool = Field(description="a group would go over its greatest number")


class WhatIfView(BaseModel):
    """The gaps as they are and as they would be if these people took seats. Nothing changes.

    `index_before` and `index_after` use the weights asked for, so that they compare like with
    like; `index_now` uses those that are set.
    """

    index_now: float
    index_before: float
    index_after: float
    open_after: int
    changes: list[GapChange]
    order: list[WhatIfPlace] = Field(description="the other waiting proposals, best first")


OpportunityView.model_rebuild()
