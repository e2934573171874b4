"""What is kept beside matching itself: census profiles, sharing, fair draws and feedback."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.models.base import Base


class AreaProfileRow(Base):
    """Residents of an area by category of one characteristic, from a census table."""

    __tablename__ = "area_profiles"

    area_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    list_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    area_name: Mapped[str] = mapped_column(String(120))
    source_table: Mapped[str] = mapped_column(String(12))
    population: Mapped[str] = mapped_column(String(120))
    counts: Mapped[dict[str, Any]]
    stated: Mapped[int]
    not_answered: Mapped[int]
    caveats: Mapped[list[Any]]
    file_hash: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the file it came from")
    imported_at: Mapped[datetime]


class SharingRow(Base):
    """An agreement by which another organisation reads an opportunity, until it ends."""

    __tablename__ = "sharing"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    opportunity_id: Mapped[UUID] = mapped_column(
        ForeignKey("opportunities.id", ondelete="CASCADE"), index=True
    )
    organisation_id: Mapped[str] = mapped_column(String(60), index=True, comment="who may read it")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None] = mapped_column(comment="the last day")
    why: Mapped[str] = mapped_column(String(200))
    agreed_by: Mapped[UUID]
    agreed_at: Mapped[datetime]
    ended_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]


class DrawRow(Base):
    """A fair draw. The seed is secret until the draw; the record holds ids and groups.

    Both are gone once somebody in the pool asked to be forgotten; the public notice stays.
    """

    __tablename__ = "draws"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    opportunity_id: Mapped[UUID] = mapped_column(
        ForeignKey("opportunities.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[str] = mapped_column(String(10), comment="committed, revealed or erased")
    commitment: Mapped[str] = mapped_column(String(64))
    notice: Mapped[dict[str, Any]]
    relaxed: Mapped[dict[str, Any] | None] = mapped_column(
        comment="how the targets were changed for it, and why"
    )
    record: Mapped[str | None] = mapped_column(Text)
    seed: Mapped[str | None] = mapped_column(String(64))
    prepared_by: Mapped[UUID]
    prepared_at: Mapped[datetime]
    revealed_at: Mapped[datetime | None]


class FeedbackRow(Base):
    """ "You said, we did", in the host's own published words."""

    __tablename__ = "feedback"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    opportunity_id: Mapped[UUID] = mapped_column(
        ForeignKey("opportunities.id", ondelete="CASCADE"), index=True
    )
    you_said: Mapped[str] = mapped_column(String(300))
    we_did: Mapped[str] = mapped_column(String(300))
    shared_by: Mapped[UUID]
    shared_at: Mapped[datetime]
