"""What the API of draws takes and answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.matching.bodies import example
from services.matching.selection import Rule


class PrepareDraw(BaseModel):
    """A lottery for all open seats, prepared and committed to before anybody is drawn."""

    model_config = example({"rule": "leximin", "stand_ins": 4})

    rule: Rule = Rule.LEXIMIN
    stand_ins: int = Field(default=0, ge=0, le=200)


class RevealDraw(BaseModel):
    """`public_words` come from outside after the commitment, such as tomorrow's lottery numbers."""

    model_config = example({"public_words": "3 14 15 26 35 48", "reply_by": "2026-10-01"})

    public_words: str = Field(default="", max_length=200)
    reply_by: date | None = None


class DrawPrepared(BaseModel):
    draw_id: UUID
    commitment: str = Field(description="SHA-256; publish it before you reveal the draw")


class DrawRevealed(BaseModel):
    draw_id: UUID
    invited: list[UUID] = Field(description="matches approved by this draw")
    passed_over: int = Field(description="drawn people who may no longer be asked")


class DrawView(BaseModel):
    """`notice` is what everyone may read: no ids and nobody's categories."""

    draw_id: UUID
    opportunity_id: UUID
    state: str = Field(examples=["committed"], description="committed, revealed or erased")
    prepared_at: datetime
    revealed_at: datetime | None
    notice: dict[str, Any]


class DrawList(BaseModel):
    items: list[DrawView]


class CheckView(BaseModel):
    name: str
    holds: bool
    sentence: str


class Verification(BaseModel):
    holds: bool
    checks: list[CheckView]


class InvitationPlanView(BaseModel):
    """How many people to ask so that the open seats fill, from the answers so far."""

    seats: int
    people: int = Field(description="who could be asked")
    invite: int
    fills: float = Field(description="probability that every open seat fills")
    overfills: float = Field(description="probability that more say yes than there are seats")
    enough: bool
