"""What the API of the feedback loop takes and answers."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.matching.bodies import Words, example
from services.matching.feedback_loop.domain import Debt
from services.runtime.lists import Listed


class NoteSaid(BaseModel):
    """Something people said, in words that name nobody."""

    model_config = example({"words": "Visits are too short.", "said_on": "2026-10-06"})

    words: Words
    said_on: date


class SaidKept(BaseModel):
    said_id: UUID


class SaidView(BaseModel):
    said_id: UUID
    words: str
    said_on: date
    feedback_id: UUID | None = Field(description="the answer; none: it still waits")


class AnswerView(BaseModel):
    feedback_id: UUID
    you_said: str
    we_did: str
    outcome: str | None
    shared_at: datetime
    people_told: int | None = Field(description="none: not known yet")


class LoopTotals(BaseModel):
    said: int = Field(description="things noted as said, and answers to nothing noted")
    unanswered: int
    answered: int
    influenced: int = Field(description="answers by which something changed, wholly or in part")
    people_told: int = Field(description="messages, added up over all answers")


class Loop(BaseModel):
    opportunity_id: UUID
    title: str
    state: str = Field(examples=["open"])
    totals: LoopTotals
    said: list[SaidView]
    answers: list[AnswerView]
    owes: Debt | None


class OwedAnswer(BaseModel):
    opportunity_id: UUID
    title: str
    host_name: str
    owes: Debt
    unanswered: int
    waiting_since: date


class OwedAnswers(Listed[OwedAnswer]):
    totals: LoopTotals
