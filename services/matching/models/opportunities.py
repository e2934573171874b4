"""Opportunities with their targets, seats, members, and who held which seat when."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    event,
    inspect,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.matching.models.base import Base, new_stamp

_due = text("refill_due IS NOT NULL")


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
