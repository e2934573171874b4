"""What the API of reciprocity takes, with examples."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from schemas.events import PaymentChoice
from services.matching.bodies import Code, Expense, example
from services.matching.reciprocity.domain import Kind

Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)]
Quantity = Annotated[Decimal, Field(gt=0, le=2000, max_digits=6, decimal_places=2)]
CancelReason = Literal["recorded_twice", "wrong_amount", "person_declined", "did_not_attend"]
_ID = "0198f2a0-0000-7000-8000-000000000001"


class RecordChoice(BaseModel):
    """How a person wants to be paid, asked after they were told about benefits."""

    model_config = example({"choice": "expenses_only", "told_about_benefits": True})

    choice: PaymentChoice
    told_about_benefits: bool = Field(
        description="the person was told first that pay may affect benefits, and where to ask"
    )


class RecordSession(BaseModel):
    """Who came to a meeting. Those who chose to be paid are owed what the opportunity offers,
    or so many of a rate."""

    model_config = example(
        {"on": "2026-10-06", "holder_ids": [_ID]},
        {"on": "2026-10-06", "holder_ids": [_ID], "rate_id": "nihr_hour", "quantity": "2"},
    )

    on: date
    holder_ids: list[UUID] = Field(min_length=1, max_length=500)
    rate_id: Code | None = None
    quantity: Quantity | None = Field(default=None, description="hours or days, for a rate")
    due_on: date | None = Field(default=None, description="none: as the payment terms say")


class RecordOwed(BaseModel):
    """One expense, benefit in kind, training or other payment: an amount, or so many of a rate."""

    model_config = example(
        {
            "holder_id": _ID,
            "kind": "expense",
            "expense": "travel",
            "rate_id": "mileage_car",
            "quantity": "12.5",
            "session_on": "2026-10-06",
        },
        {"holder_id": _ID, "kind": "training", "label": "Chairing a meeting", "pence": 0},
    )

    holder_id: UUID
    kind: Kind
    expense: Expense | None = None
    label: Label = Field(default="", description="which benefit or training; name no person")
    pence: int | None = Field(default=None, ge=0, le=1_000_000)
    rate_id: Code | None = None
    quantity: Quantity | None = None
    session_on: date | None = None
    due_on: date | None = None


class Settle(BaseModel):
    """Things that were paid or given on a day. People are told of money that was sent."""

    model_config = example({"owed_ids": [_ID], "paid_on": "2026-10-20"})

    owed_ids: list[UUID] = Field(min_length=1, max_length=500)
    paid_on: date


class Cancel(BaseModel):
    model_config = example({"reason": "recorded_twice"})

    reason: CancelReason
