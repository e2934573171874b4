"""Filling and freeing seats. Callers hold the opportunity's lock (`store.lock`)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from schemas.events import SeatFilled, SeatReleased
from services.matching import matches, store
from services.matching.models import MatchRow, MemberRow, OpportunityRow, SeatRow, TermRow
from services.runtime import outbox


def add_seats(session: Session, row: OpportunityRow, first: int, last: int) -> None:
    """Open seats with these numbers, both included."""
    session.add_all(
        SeatRow(id=new_id(), opportunity_id=row.id, number=number, state="open")
        for number in range(first, last + 1)
    )
    session.flush()


def take_open_seat(session: Session, opportunity_id: UUID, **holder: object) -> SeatRow | None:
    """Give the first open seat to a holder, or None when none is open.

    The condition on the state is checked by the database in the statement that fills the seat, so
    even a caller without the lock could not fill one twice.
    """
    first_open = (
        select(SeatRow.id)
        .where(SeatRow.opportunity_id == opportunity_id, SeatRow.state == "open")
        .order_by(SeatRow.number)
        .limit(1)
        .scalar_subquery()
    )
    seat_id = session.scalar(
        update(SeatRow)
        .where(SeatRow.id == first_open, SeatRow.state == "open")
        .values(state="filled", **holder)
        .returning(SeatRow.id)
        .execution_options(synchronize_session=False)
    )
    if seat_id is None:
        return None
    return session.get(SeatRow, seat_id, populate_existing=True)


def fill(session: Session, row: OpportunityRow, match: MatchRow, now: datetime) -> bool:
    """Give a seat to the person of a match and publish it; False when every seat is filled."""
    seat = take_open_seat(
        session,
        row.id,
        match_id=match.id,
        participant_id=match.participant_id,
        filled_at=now,
    )
    if seat is None:
        return False
    match.state, match.reason, match.updated_at = "accepted", "", now
    _begin_term(session, seat, match.participant_id, now, new_voice=match.new_voice)
    about = {
        "seat_id": seat.id,
        "match_id": match.id,
        "opportunity_id": row.id,
        "participant_id": match.participant_id,
    }
    outbox.publish(session, SeatFilled(**about), now)
    return True


def seat_member(session: Session, row: OpportunityRow, member: MemberRow, now: datetime) -> bool:
    """Give a seat to someone who sits here already; no event, for nobody was invited."""
    seat = take_open_seat(session, row.id, member_id=member.id, filled_at=now)
    if seat is None:
        return False
    _begin_term(session, seat, member.id, now, new_voice=not member.prior_seat, is_member=True)
    return True


def release(session: Session, seat: SeatRow, reason: str, now: datetime) -> MatchRow | None:
    """Open a seat again; returns the match that held it, if it was not a member's."""
    holder = seat.participant_id or seat.member_id
    match = session.get(MatchRow, seat.match_id) if seat.match_id else None
    session.execute(
        update(TermRow)
        .where(TermRow.seat_id == seat.id, TermRow.ended_at.is_(None), TermRow.holder_id == holder)
        .values(ended_at=now)
    )
    if match is not None:
        event = SeatReleased(
            seat_id=seat.id,
            match_id=match.id,
            opportunity_id=seat.opportunity_id,
            participant_id=match.participant_id,
            reason=reason,
        )
        outbox.publish(session, event, now)
        match.state, match.reason, match.updated_at = "released", reason, now
        store.person_changed(session, match.participant_id)
    seat.state, seat.match_id, seat.member_id = "open", None, None
    seat.participant_id, seat.filled_at = None, None
    session.flush()
    return match


def seat_of(session: Session, match: MatchRow) -> SeatRow | None:
    return session.scalar(select(SeatRow).where(SeatRow.match_id == match.id))


def to_alternates(session: Session, match: MatchRow, now: datetime) -> None:
    """They said yes after the last seat went: next in line, and told so."""
    match.state, match.reason, match.updated_at = "alternate", "seats_full", now
    matches.publish_withdrawn(session, match, "seats_full", now)


def _begin_term(
    session: Session,
    seat: SeatRow,
    holder_id: UUID,
    now: datetime,
    *,
    new_voice: bool,
    is_member: bool = False,
) -> None:
    session.add(
        TermRow(
            id=new_id(),
            opportunity_id=seat.opportunity_id,
            seat_id=seat.id,
            holder_id=holder_id,
            is_member=is_member,
            new_voice=new_voice,
            started_at=now,
        )
    )
    session.flush()
    if not is_member:
        store.person_changed(session, holder_id)
