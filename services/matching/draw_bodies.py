"""What the API of draws takes and answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.matching.bodies import example
from services.matching.selection import Rule
from services.runtime.lists import Listed


class PrepareDraw(BaseModel):
    """A lottery for all open seats, prepared and committed to before anybody is drawn."""

    model_config = example({"rule": "leximin", "stand_ins": 4})

    rule: Rule = Rule.LEXIMIN
    stand_ins: int = Field(default=0, ge=0, le=200)
    soft_allowance: int = Field(
        default=0,
        ge=0,
        le=20,
        description="seats by which shares may be missed beyond the least, so that more people "
        "have a chance",
    )
    relax: bool = Field(
        default=False,
        description="if the targets cannot all be met, change them by as little as works",
    )


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


class AimView(BaseModel):
    """A target of a draw and the seats that its group holds, members included."""

    group: str
    at_least: int | None
    at_most: int | None
    wanted: int | None = Field(description="a share in whole seats, which may be missed")
    fewest: int = Field(description="in the results that can come out")
    most: int
    expected: float
    drawn: int | None = Field(description="in the result; none before the draw")
    missed_by: int | None = Field(description="seats by which the result misses what is wanted")
    missed_by_at_most: int


class Relaxed(BaseModel):
    """How the targets were changed for a draw, since they could not all be met."""

    reason: str
    changes: list[str] = Field(examples=[["lower the target for women from at least 3 to 2"]])
    seats: int = Field(description="seats that this draw fills")


class DrawAims(BaseModel):
    """For the coordinator: how the draw stands to its targets, and what was changed and why."""

    aims: list[AimView]
    without_a_chance: int = Field(description="people whom no result can hold")
    relaxed: Relaxed | None


class DrawList(Listed[DrawView]):
    """Newest first."""


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
