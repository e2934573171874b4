"""Participants as matching knows them: consents, and what they let us match on."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.models.base import Base


class ParticipantRow(Base):
    """Which revision of a participant we have. What they let us match on is in `profiles`."""

    __tablename__ = "participants"

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60))
    revision: Mapped[int]


class ConsentRow(Base):
    """The latest word of a participant on one purpose and channel ("" for no channel)."""

    __tablename__ = "consents"

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(12), primary_key=True)
    channel: Mapped[str] = mapped_column(String(8), primary_key=True)
    given: Mapped[bool]
    wording_version: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]


class ProfileRow(Base):
    """What matching may use, only while its consent holds. Codes and categories, no answers.

    `categories`: what the person counts in, which is less than what they told.
    `slots`: times of the week they can come, 0 to 20.
    """

    __tablename__ = "profiles"

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60))
    area_code: Mapped[str] = mapped_column(String(12))
    categories: Mapped[dict[str, Any]]
    needs: Mapped[list[Any]]
    slots: Mapped[list[Any]]
    modes: Mapped[list[Any]]
    travel_km: Mapped[int | None]
    prior_seats: Mapped[int] = mapped_column(default=0)
    stamp: Mapped[int] = mapped_column(
        BigInteger, default=0, comment="another number after every change that proposals rest on"
    )

    __table_args__ = (Index("ix_profiles_organisation_id", "organisation_id", "stamp"),)


class ErasedRow(Base):
    """Ids of people who asked to be forgotten, so that nothing late brings them back."""

    __tablename__ = "erased_participants"

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]
