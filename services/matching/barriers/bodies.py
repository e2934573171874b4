"""What the API of barriers takes and answers."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.matching.barriers.domain import DoneBy, Outcome
from services.matching.bodies import Code, example

What = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]


class ReportBarriers(BaseModel):
    """Barriers that staff see. No words about a person: codes only."""

    model_config = example({"codes": ["travel", "cost"], "on": "2026-10-06"})

    codes: list[Code] = Field(min_length=1, max_length=20)
    on: date


class RecordAction(BaseModel):
    """What was done about a barrier; it names no person."""

    model_config = example(
        {
            "code": "travel",
            "what": "A minibus from the estate to each meeting.",
            "done_by": "host",
            "outcome": "removed",
            "cost_pence": 12000,
            "done_on": "2026-10-06",
        }
    )

    code: Code
    what: What
    done_by: DoneBy
    outcome: Outcome
    cost_pence: int = Field(default=0, ge=0, le=10_000_000)
    done_on: date


class Reported(BaseModel):
    report_ids: list[UUID]


class ActionKept(BaseModel):
    action_id: UUID


class BarrierLine(BaseModel):
    """Reports by who made them; null stands for a number too small to show."""

    key: str = Field(description="the barrier's code", examples=["travel"])
    label: str
    participant: int | None
    link_worker: int | None
    coordinator: int | None
    host: int | None
    total: int | None


class MonthLine(BaseModel):
    month: date = Field(description="its first day")
    label: str = Field(examples=["August 2026"])
    total: int | None


class ActionView(BaseModel):
    action_id: UUID
    code: str
    label: str
    what: str
    done_by: str
    outcome: str
    cost_pence: int
    done_on: date


class ActionTotals(BaseModel):
    actions: int
    removed: int
    cost_pence: int


class Barriers(BaseModel):
    """Reports of twelve whole months, and all that was done. Counts of 1 to `threshold` − 1 are
    hidden, and what would give them away."""

    first: date
    until: date = Field(description="the first day that is not counted")
    barriers: list[BarrierLine]
    months: list[MonthLine]
    totals: BarrierLine
    actions: list[ActionView]
    action_totals: ActionTotals
    not_acted_on: list[str] = Field(description="reported barriers about which nothing was done")
    threshold: int
