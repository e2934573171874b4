"""Tables of what was said and how it was answered. The host's words; no person is named."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.models import Base


class SaidRow(Base):
    """Something people said that an answer is owed to; `feedback_id` is the answer."""

    __tablename__ = "said"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    opportunity_id: Mapped[UUID] = mapped_column(
        ForeignKey("opportunities.id", ondelete="CASCADE"), index=True
    )
    words: Mapped[str] = mapped_column(String(300))
    said_on: Mapped[date]
    feedback_id: Mapped[UUID | None] = mapped_column(ForeignKey("feedback.id"), index=True)
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[datetime]


class FeedbackOutcomeRow(Base):
    """Of one "you said, we did": what came of it, and how many people it went to."""

    __tablename__ = "feedback_outcomes"

    feedback_id: Mapped[UUID] = mapped_column(
        ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True
    )
    outcome: Mapped[str | None] = mapped_column(
        String(12), comment="changed, partly or not_changed; none: not said"
    )
    people_told: Mapped[int | None]
    told_at: Mapped[datetime | None]
