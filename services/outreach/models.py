"""What outreach keeps of contacts and participants. Names, addresses and notes are sealed.

Monitoring answers have a module of their own (`monitoring_models`), and so do accounts
(`account_models`); all of them share `Base`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Date, DateTime, ForeignKey, Index, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.runtime.tables import NAMING, Sequence


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        date: Date,
        dict[str, Any]: JSON,
        list[str]: JSON,
    }


class PersonKey(Base):
    """The data key of a participant, or of a contact with notes; deleting it erases them."""

    __tablename__ = "person_keys"

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    wrapped: Mapped[str] = mapped_column(Text)


class Tombstone(Base):
    """An id that was erased, so that nothing late brings the record back. Nothing but the id."""

    __tablename__ = "tombstones"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]


class OutreachContact(Base):
    """A conversation at a place, with one person or a group. It needs no name."""

    __tablename__ = "contacts"
    __table_args__ = (Index("ix_contacts_mine", "account_id", "received_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60), index=True)
    team_id: Mapped[str | None] = mapped_column(String(60))
    account_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(default=1)
    contacted_on: Mapped[date]
    venue: Mapped[str] = mapped_column(String(120))
    venue_kind: Mapped[str] = mapped_column(String(40))
    area_code: Mapped[str] = mapped_column(String(12), index=True)
    latitude: Mapped[float | None] = mapped_column(comment="degrees, two decimals")
    longitude: Mapped[float | None] = mapped_column(comment="degrees, two decimals")
    kind: Mapped[str] = mapped_column(String(12), comment="one_to_one or group")
    people: Mapped[int]
    language: Mapped[str] = mapped_column(String(35))
    barriers: Mapped[list[str]] = mapped_column(default=list)
    familiarity: Mapped[str | None] = mapped_column(String(30))
    asked: Mapped[str | None] = mapped_column(Text, comment="what was asked, sealed")
    notes: Mapped[str | None] = mapped_column(Text, comment="sealed")
    follow_up_on: Mapped[date | None] = mapped_column(index=True)
    follow_up_done_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime] = mapped_column(comment="by the device's clock")
    received_at: Mapped[datetime] = mapped_column(comment="by ours")
    clock_skewed: Mapped[bool] = mapped_column(default=False)
    body_index: Mapped[str] = mapped_column(String(64), comment="keyed hash of the first body")


class Participant(Base):
    __tablename__ = "participants"
    __table_args__ = (Index("ix_participants_mine", "registered_by", "registered_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60), index=True)
    team_id: Mapped[str | None] = mapped_column(String(60))
    registered_by: Mapped[UUID]
    contact_id: Mapped[UUID | None] = mapped_column(comment="the contact they were met at")
    revision: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(Text, comment="sealed")
    phone: Mapped[str | None] = mapped_column(Text, comment="E.164, sealed")
    email: Mapped[str | None] = mapped_column(Text, comment="sealed")
    postal_address: Mapped[str | None] = mapped_column(Text, comment="sealed")
    advocate_email: Mapped[str | None] = mapped_column(Text, comment="sealed")
    advocate_agreed_at: Mapped[datetime | None] = mapped_column(
        comment="when we were told that the advocate agreed"
    )
    phone_index: Mapped[str | None] = mapped_column(String(64), index=True)
    email_index: Mapped[str | None] = mapped_column(String(64), index=True)
    area_code: Mapped[str] = mapped_column(String(12), index=True)
    language: Mapped[str] = mapped_column(String(35))
    access_needs: Mapped[list[str]] = mapped_column(default=list)
    communication_formats: Mapped[list[str]] = mapped_column(default=list)
    availability: Mapped[dict[str, Any]] = mapped_column(default=dict)
    prior_seats_elsewhere: Mapped[int] = mapped_column(default=0, comment="as the person told us")
    answered_by: Mapped[str] = mapped_column(String(12), comment="self, supported or proxy")
    recorded_at: Mapped[datetime]
    registered_at: Mapped[datetime]
    clock_skewed: Mapped[bool] = mapped_column(default=False)
    body_index: Mapped[str] = mapped_column(String(64), comment="keyed hash of the first body")
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("participants.id"), index=True)


class ConsentEntry(Base):
    """The ledger of consent: added to, never changed, gone only with the person."""

    __tablename__ = "consents"

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participants.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str | None] = mapped_column(String(10))
    given: Mapped[bool]
    wording_version: Mapped[str] = mapped_column(String(40))
    wording_language: Mapped[str] = mapped_column(String(35), default="en")
    at: Mapped[datetime]
    evidence: Mapped[str] = mapped_column(String(40))
    recorded_by: Mapped[UUID | None] = mapped_column(comment="none: the person, by a reply")
    received_at: Mapped[datetime]


class MatchingAnswer(Base):
    """Matching profile: kept under explicit consent (UK GDPR Article 9(2)(a)), gone without it."""

    __tablename__ = "matching_profile"

    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participants.id"), primary_key=True)
    list_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    list_version: Mapped[str] = mapped_column(String(20))


class HeldSeat(Base):
    """A seat that a participant took; released seats stay with their time."""

    __tablename__ = "held_seats"

    seat_id: Mapped[UUID] = mapped_column(primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    opportunity_id: Mapped[UUID]
    filled_at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class Merge(Base):
    """Two records that a person said are one human; undoing leaves a trace."""

    __tablename__ = "merges"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kept_id: Mapped[UUID] = mapped_column(index=True)
    merged_id: Mapped[UUID] = mapped_column(index=True)
    merged_by: Mapped[UUID]
    merged_at: Mapped[datetime]
    undone_by: Mapped[UUID | None]
    undone_at: Mapped[datetime | None]
