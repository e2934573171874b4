"""Proposals of people for opportunities, and what coordinators decided about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.models.base import Base
from services.runtime.tables import Sequence

LIVE = ("proposed", "blocked", "approved", "invited", "accepted", "alternate")
"""States of a match in which the same person is not proposed for the same opportunity again."""

_live = text("state IN ('proposed', 'blocked', 'approved', 'invited', 'accepted', 'alternate')")


class MatchRow(Base):
    """One person for one opportunity, from the proposal to the seat.

    `gain`: millionths that the gap index falls. `rank`, higher first, then `tie`, lower first,
    order the proposals. `explanation`: the numbers behind `sentence`. `blocks`: what stops it.
    `groups`: bit i if the person is in the group of target i. `profile_stamp`: that of the profile
    when it was assessed; with another one the assessment no longer counts.
    """

    __tablename__ = "matches"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    opportunity_id: Mapped[UUID] = mapped_column(ForeignKey("opportunities.id"))
    participant_id: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(40), default="", comment="why it is in this state")
    failure: Mapped[str] = mapped_column(String(120), default="", comment="why it did not arrive")
    gain: Mapped[int]
    new_voice: Mapped[bool]
    rank: Mapped[int] = mapped_column(BigInteger)
    tie: Mapped[str] = mapped_column(String(16))
    groups: Mapped[int] = mapped_column(BigInteger, default=0)
    profile_stamp: Mapped[int] = mapped_column(BigInteger, default=-1)
    pair_with: Mapped[UUID | None] = mapped_column(index=True)
    sentence: Mapped[str] = mapped_column(Text, default="")
    explanation: Mapped[dict[str, Any]] = mapped_column(default=dict)
    blocks: Mapped[list[Any]] = mapped_column(default=list)
    invitation_id: Mapped[UUID | None] = mapped_column(unique=True)
    reply_by: Mapped[date | None]
    asked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (
        Index(
            "uq_matches_live",
            "opportunity_id",
            "participant_id",
            unique=True,
            sqlite_where=_live,
            postgresql_where=_live,
        ),
        Index("ix_matches_queue", "opportunity_id", "state", "rank", "tie"),
    )


class DecisionRow(Base):
    """What a coordinator decided about a match, and whether they took it back."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    match_id: Mapped[UUID] = mapped_column(ForeignKey("matches.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8), comment="approve or decline")
    reason: Mapped[str] = mapped_column(String(40), default="")
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
