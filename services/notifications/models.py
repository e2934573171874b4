"""Whom we may write to, what was asked of us, what went out and what came back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Date, DateTime, ForeignKey, Index, MetaData, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.runtime.tables import NAMING, Sequence


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: DateTime(timezone=True), dict[str, Any]: JSON, list[str]: JSON}


class Recipient(Base):
    """A participant as far as writing to them goes. `sealed` opens with their key only."""

    __tablename__ = "recipients"

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60), default="")
    revision: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = mapped_column(String(10), default="en")
    formats: Mapped[list[str]] = mapped_column(default=list)
    access_needs: Mapped[list[str]] = mapped_column(default=list)
    contact_revision: Mapped[int] = mapped_column(default=0)
    sealed: Mapped[str | None] = mapped_column(Text)
    phone_index: Mapped[str | None] = mapped_column(String(64), index=True)


class ErasedRecipient(Base):
    """Ids of people who asked to be forgotten, so that nothing late brings them back."""

    __tablename__ = "erased_recipients"

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]


class ConsentEntry(Base):
    """The ledger of consent to be contacted: added to, never changed."""

    __tablename__ = "consent_ledger"

    id: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    participant_id: Mapped[UUID] = mapped_column(index=True)
    channel: Mapped[str] = mapped_column(String(10))
    given: Mapped[bool]
    at: Mapped[datetime]
    wording_version: Mapped[str] = mapped_column(String(40))
    evidence: Mapped[str] = mapped_column(String(40))


class OpportunityFacts(Base):
    """What an invitation says of an opportunity, as matching last told it."""

    __tablename__ = "opportunity_facts"

    opportunity_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int]
    facts: Mapped[dict[str, Any]]


class Invitation(Base):
    __tablename__ = "invitations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    match_id: Mapped[UUID]
    opportunity_id: Mapped[UUID] = mapped_column(index=True)
    participant_id: Mapped[UUID] = mapped_column(index=True)
    organisation_id: Mapped[str] = mapped_column(String(60), index=True)
    why: Mapped[list[str]] = mapped_column(default=list)
    reply_by: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(
        String(12), comment="requested, sent, accepted, declined, cancelled, failed or held"
    )
    reason: Mapped[str] = mapped_column(Text, default="")
    number: Mapped[int | None] = mapped_column(comment="by which a shared phone was asked")
    seat_id: Mapped[UUID | None]
    requested_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]


class Message(Base):
    """One message out. Its id is the reference that the provider's receipts carry."""

    __tablename__ = "messages"
    __table_args__ = (
        Index(
            "ix_messages_open",
            "due_at",
            sqlite_where=text("state IN ('queued', 'sending')"),
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    invitation_id: Mapped[UUID | None] = mapped_column(ForeignKey("invitations.id"), index=True)
    participant_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(30))
    template_version: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(
        String(12), comment="queued, sending, sent, delivered, unknown, failed or cancelled"
    )
    sealed: Mapped[str | None] = mapped_column(Text, comment="address and body, sealed")
    parts: Mapped[int] = mapped_column(default=1)
    cost_millipence: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    first_tried_at: Mapped[datetime | None]
    provider_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Inbound(Base):
    """One message that came back, once per provider id."""

    __tablename__ = "inbound"

    provider_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    phone_index: Mapped[str] = mapped_column(String(64), index=True)
    participant_id: Mapped[UUID | None] = mapped_column(index=True)
    organisation_id: Mapped[str] = mapped_column(String(60), default="", index=True)
    sealed: Mapped[str | None] = mapped_column(Text, comment="what was said, sealed")
    seal_id: Mapped[UUID]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), comment="new, done, waiting (for a person)")
    meaning: Mapped[str] = mapped_column(String(20), default="")
    handled_at: Mapped[datetime | None]


class Receipt(Base):
    """A provider's status report, once per message and status."""

    __tablename__ = "receipts"

    provider_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    status: Mapped[str] = mapped_column(String(30), primary_key=True)
    message_id: Mapped[UUID | None] = mapped_column(index=True)
    error_code: Mapped[str] = mapped_column(String(10), default="")
    received_at: Mapped[datetime]
    handled: Mapped[bool] = mapped_column(default=False)


class Task(Base):
    """Something only a person can do: a call, an interpreter, a message whose fate is unclear."""

    __tablename__ = "tasks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60), index=True)
    invitation_id: Mapped[UUID | None] = mapped_column(index=True)
    participant_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
