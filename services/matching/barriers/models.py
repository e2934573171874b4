"""Tables of reported barriers and of what was done about them. Nothing here points at a person."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.models import Base


class BarrierReportRow(Base):
    """One barrier in one conversation or one note of staff. Codes are those of the vocabulary.

    `reporter`: "participant" for what was said in an outreach contact, else a role of staff.
    """

    __tablename__ = "barrier_reports"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60))
    contact_id: Mapped[UUID | None] = mapped_column(index=True)
    reporter: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(40))
    reported_on: Mapped[date]
    recorded_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_barrier_reports_organisation_id_reported_on", "organisation_id", "reported_on"),
    )


class BarrierActionRow(Base):
    """What was done about a barrier: by whom (a role), whether it is gone, what it cost."""

    __tablename__ = "barrier_actions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60), index=True)
    code: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(String(200))
    done_by: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(8), comment="removed, eased or stays")
    cost_pence: Mapped[int]
    done_on: Mapped[date]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("cost_pence >= 0", name="cost_not_negative"),)
