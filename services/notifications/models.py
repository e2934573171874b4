"""Whom we may write to, what was asked of us, what went out and what came back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Date,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

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
    area_code: Mapped[str] = mapped_column(String(12), default="", server_default="")
    zone: Mapped[str] = mapped_column(
        String(40), default="Europe/London", server_default="Europe/London"
    )
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
    asked_by: Mapped[UUID | None] = mapped_column(comment="the coordinator who approved")
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
    # Only so that both can be added at once: the invitation is then written first.
    invitation: Mapped[Invitation | None] = relationship(lazy="raise")
    participant_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(30))
    template_version: Mapped[str] = mapped_column(String(40))
    urgency: Mapped[str] = mapped_column(
        String(10),
        default="limited",
        server_default="limited",
        comment="at_once, daytime or limited",
    )
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


class SendingHold(Base):
    """While this row is there nothing goes out; see `holding.py`."""

    __tablename__ = "sending_holds"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="always 1")
    since: Mapped[datetime] = mapped_column(comment="moment of the backup")
    held_at: Mapped[datetime]


class Inbound(Base):
    """One message that came back, once per provider id."""

    __tablename__ = "inbound"
    __table_args__ = (Index("ix_inbound_state", "state", "received_at"),)

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
    __table_args__ = (Index("ix_receipts_handled", "handled", "received_at"),)

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
    about: Mapped[str] = mapped_column(
        String(30), default="", server_default="", comment="kind of message it stands for"
    )
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    detail: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class QuietDates(Base):
    """Days on which one person, or with no person everybody, is left in peace."""

    __tablename__ = "quiet_dates"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60), index=True)
    participant_id: Mapped[UUID | None] = mapped_column(index=True)
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)


class BslVideo(Base):
    """Where an opportunity's invitation can be watched in British Sign Language."""

    __tablename__ = "bsl_videos"

    opportunity_id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(300))
    added_at: Mapped[datetime]


class FollowUp(Base):
    """A message that time makes due, once for each invitation, kind and day."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        UniqueConstraint("invitation_id", "kind", "about", name="uq_follow_ups_invitation_id"),
        Index(
            "ix_follow_ups_waiting",
            "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    invitation_id: Mapped[UUID] = mapped_column(ForeignKey("invitations.id"))
    kind: Mapped[str] = mapped_column(String(30))
    about: Mapped[str] = mapped_column(String(20), default="", comment="the day it is about")
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), comment="waiting, done or dropped")


class TemplateVersion(Base):
    """A version that an organisation wrote of a message; never changed once approved."""

    __tablename__ = "template_versions"
    __table_args__ = (
        UniqueConstraint(
            "organisation_id", "kind", "language", "version", name="uq_template_versions_version"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(30))
    language: Mapped[str] = mapped_column(String(10))
    version: Mapped[int]
    sms: Mapped[str] = mapped_column(Text, default="")
    subject: Mapped[str] = mapped_column(Text, default="")
    letter: Mapped[str] = mapped_column(Text, default="")
    easy_read: Mapped[str] = mapped_column(Text, default="")
    reviewed: Mapped[bool] = mapped_column(comment="by a first-language speaker")
    state: Mapped[str] = mapped_column(String(10), comment="draft, checked or approved")
    score: Mapped[int | None]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    reason: Mapped[str] = mapped_column(Text, default="", comment="why warnings were accepted")
    written_by: Mapped[UUID]
    written_at: Mapped[datetime]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None]
