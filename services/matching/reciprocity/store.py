"""Reads and writes of what is owed, and the way from rows to what the domain works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from schemas.events import PaymentChoice
from services.matching.models import MatchRow, MemberRow, OpportunityRow, SeatRow
from services.matching.reciprocity.domain import VALUED, Kind, Owed, Totals
from services.matching.reciprocity.models import OwedRow, PaymentChoiceRow
from services.matching.reciprocity.rates import Rates, load
from services.runtime.errors import NotFound
from services.runtime.security.principal import Principal

HELD = ("accepted", "released", "left")
ASKED = ("approved", "invited", "accepted", "alternate", "released")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who can be owed something in an opportunity: a match from its approval on, or a member."""

    holder_id: UUID
    is_member: bool
    seat_number: int | None
    state: str


def rates_of(session: Session) -> Rates:
    return load(session.info["settings"].data_dir)


def holders(session: Session, opportunity_id: UUID) -> list[Holder]:
    """Seats first, in their order, then who was asked and who gave up a seat."""
    seats = dict(
        session.execute(
            select(func.coalesce(SeatRow.match_id, SeatRow.member_id), SeatRow.number).where(
                SeatRow.opportunity_id == opportunity_id, SeatRow.state == "filled"
            )
        ).all()
    )
    found = [
        Holder(match_id, False, seats.get(match_id), state)
        for match_id, state in session.execute(
            select(MatchRow.id, MatchRow.state).where(
                MatchRow.opportunity_id == opportunity_id, MatchRow.state.in_(ASKED)
            )
        )
    ]
    members = select(MemberRow.id).where(MemberRow.opportunity_id == opportunity_id)
    found += [
        Holder(member_id, True, seats.get(member_id), "accepted" if member_id in seats else "left")
        for member_id in session.scalars(members)
    ]
    return sorted(found, key=lambda h: (h.seat_number is None, h.seat_number, h.holder_id))


def holder(session: Session, opportunity_id: UUID, holder_id: UUID) -> Holder:
    found = {each.holder_id: each for each in holders(session, opportunity_id)}
    if holder_id not in found:
        raise NotFound("Nobody with this id was asked or has a seat here.")
    return found[holder_id]


def choices(session: Session, opportunity_id: UUID) -> dict[UUID, PaymentChoiceRow]:
    """The newest choice of each holder."""
    rows = session.scalars(
        select(PaymentChoiceRow)
        .where(PaymentChoiceRow.opportunity_id == opportunity_id)
        .order_by(PaymentChoiceRow.id)
    )
    return {row.holder_id: row for row in rows}


def choice_of(row: PaymentChoiceRow | None) -> PaymentChoice | None:
    return cast(PaymentChoice, row.choice) if row is not None else None


def unpaid(session: Session, holder_id: UUID) -> list[OwedRow]:
    query = select(OwedRow).where(
        OwedRow.holder_id == holder_id, OwedRow.paid_on.is_(None), OwedRow.cancelled_at.is_(None)
    )
    return list(session.scalars(query))


def items(session: Session, opportunity_id: UUID) -> list[OwedRow]:
    """What is unpaid, soonest due first, then what was paid. Nothing that is cancelled."""
    query = (
        select(OwedRow)
        .where(OwedRow.opportunity_id == opportunity_id, OwedRow.cancelled_at.is_(None))
        .order_by(OwedRow.paid_on.desc().nulls_first(), OwedRow.due_on, OwedRow.id)
    )
    return list(session.scalars(query))


def as_owed(row: OwedRow) -> Owed:
    return Owed(
        kind=cast(Kind, row.kind),
        pence=row.pence,
        due_on=row.due_on,
        paid_on=row.paid_on,
        cancelled=row.cancelled_at is not None,
    )


def own(principal: Principal) -> ColumnElement[bool]:
    """The opportunities whose payments this account may see: those it runs."""
    return and_(
        OpportunityRow.organisation_id == principal.organisation_id,
        OpportunityRow.coordinator_id == principal.account_id,
    )


def totals_by(
    session: Session, principal: Principal, today: date, *columns: Any
) -> list[tuple[tuple[Any, ...], Totals]]:
    """Totals of the caller's opportunities, one for each value of the columns."""
    late = and_(OwedRow.paid_on.is_(None), OwedRow.due_on < today)
    settled = OwedRow.paid_on.is_not(None)

    def pence(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, OwedRow.pence), else_=0)), 0)

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        valued = and_(condition, OwedRow.kind.in_(sorted(VALUED)))
        return func.coalesce(func.sum(case((valued, 1), else_=0)), 0)

    figures = (
        pence(OwedRow.paid_on.is_(None)),
        pence(late),
        count(late),
        pence(settled),
        count(settled) + count(late),
        count(and_(settled, OwedRow.paid_on <= OwedRow.due_on)),
    )
    query = (
        select(*columns, *figures)
        .join(OpportunityRow, OpportunityRow.id == OwedRow.opportunity_id)
        .where(own(principal), OwedRow.cancelled_at.is_(None))
        .group_by(*columns)
    )
    wide = len(columns)
    return [
        (tuple(row[:wide]), Totals(*(int(v) for v in row[wide:]))) for row in session.execute(query)
    ]


def added(found: Sequence[Totals]) -> Totals:
    """The sum of some totals."""
    return Totals(
        *(sum(getattr(each, field) for each in found) for field in Totals.__dataclass_fields__)
    )
