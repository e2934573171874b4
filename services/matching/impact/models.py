"""The tables of programmes: theory of change, aims, costs, decisions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.matching.models import Base


class ProgrammeRow(Base):
    """A programme of outreach and co-production. `theory`: statements by level; `aims`: by code.

    Shares in aims are 0 to 1, times days, money pence.
    """

    __tablename__ = "programmes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60), index=True)
    team_id: Mapped[str | None] = mapped_column(String(60))
    coordinator_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(120))
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    theory: Mapped[dict[str, Any]] = mapped_column(default=dict)
    aims: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]

    opportunities: Mapped[list[ProgrammeOpportunityRow]] = relationship(
        cascade="all, delete-orphan", lazy="selectin"
    )


class ProgrammeOpportunityRow(Base):
    """An opportunity that belongs to a programme."""

    __tablename__ = "programme_opportunities"

    programme_id: Mapped[UUID] = mapped_column(
        ForeignKey("programmes.id", ondelete="CASCADE"), primary_key=True
    )
    opportunity_id: Mapped[UUID] = mapped_column(
        ForeignKey("opportunities.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class CostRow(Base):
    """One dated line of cost. For staff hours the minutes and the pay an hour are kept, too."""

    __tablename__ = "programme_costs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id", ondelete="CASCADE"))
    on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(12))
    minutes: Mapped[int | None]
    pence_an_hour: Mapped[int | None]
    pence: Mapped[int]
    note: Mapped[str] = mapped_column(String(200), default="")
    entered_by: Mapped[UUID]
    entered_at: Mapped[datetime]

    __table_args__ = (Index("ix_programme_costs_programme_id_on", "programme_id", "on"),)


class InfluenceRow(Base):
    """A decision that was brought to people: what came of it."""

    __tablename__ = "programme_decisions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id", ondelete="CASCADE"))
    on: Mapped[date]
    what: Mapped[str] = mapped_column(String(300))
    outcome: Mapped[str] = mapped_column(String(10), comment="changed, unchanged or open")
    why: Mapped[str] = mapped_column(String(300), default="")
    entered_by: Mapped[UUID]
    entered_at: Mapped[datetime]

    __table_args__ = (Index("ix_programme_decisions_programme_id_on", "programme_id", "on"),)


class AskedRow(Base):
    """A short question to somebody who took a seat, and the number that came back, 1 to 5."""

    __tablename__ = "programme_asked"

    match_id: Mapped[UUID] = mapped_column(
        ForeignKey("matches.id", ondelete="CASCADE"), primary_key=True
    )
    question: Mapped[str] = mapped_column(String(12), primary_key=True)
    programme_id: Mapped[UUID] = mapped_column(
        ForeignKey("programmes.id", ondelete="CASCADE"), index=True
    )
    participant_id: Mapped[UUID] = mapped_column(index=True)
    asked_at: Mapped[datetime]
    value: Mapped[int | None]
    answered_at: Mapped[datetime | None]
