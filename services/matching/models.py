"""The tables of matching: opportunities and seats, what people let us match on, proposals."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    event,
    inspect,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from services.runtime.tables import NAMING, Sequence

LIVE = ("proposed", "blocked", "approved", "invited", "accepted", "alternate")
"""States of a match in which the same person is not proposed for the same opportunity again."""

_live = text("state IN ('proposed', 'blocked', 'approved', 'invited', 'accepted', 'alternate')")
_due = text("refill_due IS NOT NULL")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        date: Date,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        float: Float,
    }


class OpportunityRow(Base):
    """A panel or group to have a say in. `seats` are all seats, members' included.

    `filled`, `held`, `unstated` and `gap_index` are the tally of now, kept so that scoring a
    person against many opportunities reads one row each.
    """

    __tablename__ = "opportunities"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60))
    team_id: Mapped[str | None] = mapped_column(String(60))
    coordinator_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(8), default="open", comment="open or closed")
    title: Mapped[str] = mapped_column(String(120))
    host_name: Mapped[str] = mapped_column(String(120))
    host_kind: Mapped[str] = mapped_column(String(12))
    purpose: Mapped[str] = mapped_column(String(600), default="")
    place: Mapped[str] = mapped_column(String(200), default="")
    area_code: Mapped[str] = mapped_column(String(12))
    areas: Mapped[list[Any]] = mapped_column(default=list, comment="only for people from here")
    open_to: Mapped[list[Any]] = mapped_column(
        default=list, comment="groups it is only for, any of which will do"
    )
    travel_km: Mapped[int | None] = mapped_column(comment="how far away a person may live")
    adults_only: Mapped[bool] = mapped_column(default=True)
    sessions: Mapped[list[Any]] = mapped_column(default=list)
    payment_pence: Mapped[int] = mapped_column(default=0)
    payment_unit: Mapped[str] = mapped_column(String(20), default="session")
    expenses: Mapped[list[Any]] = mapped_column(default=list)
    offers: Mapped[list[Any]] = mapped_column(default=list, comment="access needs in place")
    can_arrange: Mapped[list[Any]] = mapped_column(default=list, comment="arranged when asked")
    contact_phone: Mapped[str] = mapped_column(String(20), default="")
    seats: Mapped[int]
    filled: Mapped[int] = mapped_column(default=0)
    held: Mapped[list[Any]] = mapped_column(default=list)
    unstated: Mapped[list[Any]] = mapped_column(default=list)
    gap_index: Mapped[float] = mapped_column(default=0.0)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    refill_due: Mapped[datetime | None] = mapped_column(
        comment="when to look through everyone for proposals again"
    )
    stamp: Mapped[int] = mapped_column(
        BigInteger, default=0, comment="another number after every change but of refill_due"
    )

    targets: Mapped[list[TargetRow]] = relationship(
        order_by="TargetRow.position", cascade="all, delete-orphan", lazy="selectin"
    )

    __table_args__ = (
        Index("ix_opportunities_organisation_id_state", "organisation_id", "state", "stamp"),
        Index(
            "ix_opportunities_refill_due", "refill_due", sqlite_where=_due, postgresql_where=_due
        ),
    )


def new_stamp() -> int:
    """A number that no earlier or later state has: what rolled back leaves no trace under it."""
    return secrets.randbits(40) + 1


@event.listens_for(OpportunityRow, "before_insert")
@event.listens_for(OpportunityRow, "before_update")
def _stamp(_mapper: object, _connection: object, row: OpportunityRow) -> None:
    changed = {each.key for each in inspect(row).attrs if each.history.has_changes()}
    if changed - {"refill_due"}:
        row.stamp = new_stamp()


class TargetRow(Base):
    """One target. `groups` are pairs (characteristic, category), all of which a person is in."""

    __tablename__ = "targets"

    opportunity_id: Mapped[UUID] = mapped_column(
        ForeignKey("opportunities.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    groups: Mapped[list[Any]]
    proportion: Mapped[float | None]
    least: Mapped[int | None]
    most: Mapped[int | None]
    weight: Mapped[float] = mapped_column(default=1.0)
    name: Mapped[str] = mapped_column(String(80), default="")
    reference: Mapped[dict[str, Any]] = mapped_column(default=dict)


class MemberRow(Base):
    """Someone who sat here before this opportunity was opened: no name, categories if told."""

    __tablename__ = "members"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    opportunity_id: Mapped[UUID] = mapped_column(
        ForeignKey("opportunities.id", ondelete="CASCADE"), index=True
    )
    prior_seat: Mapped[bool] = mapped_column(default=False)
    categories: Mapped[dict[str, Any]] = mapped_column(default=dict)
    added_at: Mapped[datetime]


class SeatRow(Base):
    """A numbered seat. There are never more holders than rows: that is what bounds them."""

    __tablename__ = "seats"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    opportunity_id: Mapped[UUID] = mapped_column(ForeignKey("opportunities.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(8), default="open", comment="open or filled")
    match_id: Mapped[UUID | None] = mapped_column(ForeignKey("matches.id"))
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    participant_id: Mapped[UUID | None] = mapped_column(index=True)
    filled_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("opportunity_id", "number"),
        UniqueConstraint("match_id"),
        UniqueConstraint("member_id"),
        CheckConstraint(
            "(state = 'filled') = (match_id IS NOT NULL OR member_id IS NOT NULL)",
            name="filled_by_someone",
        ),
    )


class TermRow(Base):
    """The time one person held one seat; what the measures of whose voice is heard count."""

    __tablename__ = "seat_terms"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    opportunity_id: Mapped[UUID] = mapped_column(
        ForeignKey("opportunities.id", ondelete="CASCADE"), index=True
    )
    seat_id: Mapped[UUID]
    holder_id: Mapped[UUID] = mapped_column(
        index=True, comment="participant or member; a fresh id after erasure"
    )
    is_member: Mapped[bool] = mapped_column(default=False)
    new_voice: Mapped[bool]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


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
