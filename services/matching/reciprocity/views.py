"""What the API of reciprocity answers: ids, codes, days and pence."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.runtime.lists import Listed


class ChoiceKept(BaseModel):
    holder_id: UUID
    choice: str
    before_yes: bool
    cancelled: int = Field(description="unpaid things the person does not take any more")


class Recorded(BaseModel):
    owed_ids: list[UUID]
    unpaid_by_choice: int = Field(description="people who came and chose not to be paid")


class Settled(BaseModel):
    owed_ids: list[UUID]


class TotalsView(BaseModel):
    owed_pence: int
    overdue_pence: int
    overdue: int = Field(description="how many things are overdue")
    paid_pence: int
    fell_due: int = Field(description="paid, or unpaid after their day")
    in_time: int = Field(description="of those, paid on their day or before")
    in_time_share: float | None = Field(description="none while nothing has fallen due")


class HolderView(BaseModel):
    """Who holds or held a seat, or was asked for one: no name, the short name of the proposal."""

    holder_id: UUID
    is_member: bool
    seat_number: int | None
    short_name: str
    state: str
    choice: str | None
    before_yes: bool | None


class OwedView(BaseModel):
    owed_id: UUID
    holder_id: UUID
    short_name: str
    seat_number: int
    kind: str
    code: str
    label: str
    pence: int
    rate_id: str
    rate_pence: int | None
    rate_valid_from: date | None
    quantity: float | None
    session_on: date | None
    due_on: date
    paid_on: date | None
    state: str = Field(examples=["owed", "overdue", "paid", "paid_late", "cancelled"])


class OpportunityReciprocity(BaseModel):
    opportunity_id: UUID
    title: str
    state: str = Field(examples=["open"])
    totals: TotalsView
    holders: list[HolderView]
    owed: list[OwedView]
    waiting_for_choice: int = Field(description="people with a seat who were not asked yet")


class OpportunityTotals(BaseModel):
    opportunity_id: UUID
    title: str
    host_name: str
    totals: TotalsView


class RateView(BaseModel):
    id: str
    label: str
    kind: str
    amount_pence: int
    unit: str
    valid_from: date
    source: str
    link: str


class ChoiceView(BaseModel):
    """How the holder of a seat wants to be paid; none: not asked yet."""

    holder_id: UUID
    choice: str | None = Field(examples=["expenses_only"])
    before_yes: bool | None = Field(description="known before or with their yes", examples=[True])


class RateList(Listed[RateView]):
    on: date
    due_after_days: int | None
    term_source: str


class Overview(BaseModel):
    """Of the caller's own opportunities. Choices of 1 to `threshold` − 1 people are hidden."""

    totals: TotalsView
    by_kind: dict[str, TotalsView]
    opportunities: list[OpportunityTotals]
    choices: dict[str, int | None] = Field(examples=[{"paid": 12, "expenses_only": None}])
    threshold: int


def view_of(model: type[Any], source: Any, **more: Any) -> Any:
    """The fields of a model as the source has them."""
    fields = {f: getattr(source, f) for f in model.model_fields if hasattr(source, f)}
    return model(**fields | more)
