"""Changes to opportunities: open, change, close, members, feedback, release of a seat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from schemas import vocabulary
from schemas.envelope import new_id
from schemas.events import (
    FeedbackShared,
    OpportunityChanged,
    OpportunityClosed,
    OpportunityOpened,
    OpportunityState,
)
from services.matching import matches, proposing, reference, seating, store, targets
from services.matching.bodies import (
    AddMembers,
    ChangeOpportunity,
    MemberBody,
    On,
    OpenOpportunity,
    ReleaseSeat,
    ShareFeedback,
    TargetBody,
)
from services.matching.characteristics import group
from services.matching.errors import plain_faults
from services.matching.feedback_loop import commands as feedback_loop
from services.matching.models import FeedbackRow, MemberRow, OpportunityRow, SeatRow, TargetRow
from services.matching.views import Changed, Opened, Shared
from services.runtime import audit, outbox
from services.runtime.conditions import STALE
from services.runtime.errors import Conflict, DomainError, NotFound, PreconditionFailed
from services.runtime.security.permissions import Owned, reaches
from services.runtime.security.principal import Principal

_MAY_BE_NONE = frozenset({"travel_km"})
"""Facts for which none is an answer: no limit."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change to one revision of an opportunity."""

    id: UUID
    revision: int
    body: ChangeOpportunity


def owned(row: OpportunityRow) -> Owned:
    return Owned(row.organisation_id, row.coordinator_id, row.team_id)


def locked_for(
    session: Session, principal: Principal, opportunity_id: UUID, what: str = "opportunity"
) -> OpportunityRow:
    """The opportunity, locked, for who may change it; NotFound for everyone else.

    `what` the caller asked for: a stranger reads the same words as for an id that nothing has.
    """
    row = store.locked(session, opportunity_id)
    if not reaches(principal, owned(row)):
        raise NotFound(f"There is no {what} with this id.")
    return row


def open_opportunity(
    session: Session, principal: Principal, body: OpenOpportunity, now: datetime
) -> Opened:
    """Open it with its seats, members and targets; proposals follow."""
    if len(body.members) > body.seats:
        raise DomainError("There are more members than seats. Give the number of all seats.")
    row = OpportunityRow(
        id=new_id(),
        organisation_id=principal.organisation_id,
        team_id=principal.team_id,
        coordinator_id=principal.account_id,
        opened_at=now,
        revision=1,
        state="open",
        **_facts(body),
    )
    row.targets = make_targets(session, body.targets, body.seats)
    session.add(row)
    session.flush()
    seating.add_seats(session, row, 1, body.seats)
    _seat_members(session, row, body.members, now)
    store.recount(session, row)
    row.refill_due = now
    outbox.publish(session, OpportunityOpened(**_state(row)), now)
    return Opened(opportunity_id=row.id, revision=row.revision)


def _facts(body: OpenOpportunity | ChangeOpportunity) -> dict[str, Any]:
    """The plain columns that a body gives."""
    given = body.model_dump(exclude_unset=isinstance(body, ChangeOpportunity), mode="json")
    for field in ("targets", "members"):
        given.pop(field, None)
    given = {k: v for k, v in given.items() if v is not None or k in _MAY_BE_NONE}
    for field in ("offers", "can_arrange"):
        if field in given:
            given[field] = _needs(field, given[field])
    if "open_to" in given:
        with plain_faults("open_to"):
            of = sorted({group(*each.items()) for each in given["open_to"]})
        given["open_to"] = [dict(pairs) for pairs in of]
    if "sessions" in given:
        given["sessions"] = sorted(given["sessions"], key=lambda m: (m["on"], m["starts"]))
    return given


def _needs(field: str, codes: list[str]) -> list[str]:
    for code in codes:
        with plain_faults(field):
            vocabulary.ACCESS_NEEDS.get(code)
    return sorted(set(codes))


def make_targets(session: Session, bodies: list[TargetBody], seats: int) -> list[TargetRow]:
    """Target rows, checked; raises DomainError with one plain sentence for each fault."""
    rows = []
    with plain_faults("targets"):
        for position, body in enumerate(bodies):
            proportion, source = reference.of(session, body)
            rows.append(
                TargetRow(
                    position=position,
                    groups=[list(pair) for pair in group(*body.group.items())],
                    proportion=proportion,
                    least=body.least,
                    most=body.most,
                    weight=body.weight,
                    name=body.name,
                    reference=source,
                )
            )
        targets.check([store.as_target(row) for row in rows], seats)
    return rows


def change_opportunity(
    session: Session, principal: Principal, change: Change, now: datetime
) -> Changed:
    """Change what is given; refused when the opportunity has another revision by now."""
    row = locked_for(session, principal, change.id)
    if row.revision != change.revision:
        raise PreconditionFailed(STALE)
    _refuse_closed(row)
    body = change.body
    seats = body.seats if body.seats is not None else row.seats
    if body.targets is not None:
        rows = make_targets(session, body.targets, seats)
        row.targets = []
        session.flush()
        row.targets = rows
    elif seats != row.seats:
        with plain_faults("seats"):
            targets.check([store.as_target(each) for each in row.targets], seats)
    _resize(session, row, seats)
    for field, value in _facts(body).items():
        setattr(row, field, value)
    row.revision += 1
    proposing.settle(session, row, now)
    row.refill_due = now
    outbox.publish(session, OpportunityChanged(**_state(row)), now)
    return Changed(opportunity_id=row.id, revision=row.revision)


def _resize(session: Session, row: OpportunityRow, seats: int) -> None:
    if seats < row.filled:
        raise Conflict(f"{row.filled} seats are filled. Release some before you lower the number.")
    if seats > row.seats:
        last = session.scalar(
            select(func.max(SeatRow.number)).where(SeatRow.opportunity_id == row.id)
        )
        seating.add_seats(session, row, (last or 0) + 1, (last or 0) + seats - row.seats)
    elif seats < row.seats:
        surplus = session.scalars(
            select(SeatRow.id)
            .where(SeatRow.opportunity_id == row.id, SeatRow.state == "open")
            .order_by(SeatRow.number.desc())
            .limit(row.seats - seats)
        ).all()
        session.execute(delete(SeatRow).where(SeatRow.id.in_(surplus)))
    row.seats = seats


def close_opportunity(
    session: Session, principal: Principal, body: On[None], now: datetime
) -> None:
    """Close it: what waits is withdrawn and invitations on their way are called back."""
    row = locked_for(session, principal, body.id)
    if row.state == "closed":
        return
    row.state, row.closed_at, row.refill_due = "closed", now, None
    row.revision += 1
    proposing.refresh(session, row, now)
    for match in store.live_matches(session, row.id, (*matches.ASKED, "alternate")):
        matches.withdraw(session, match, "opportunity_closed", now)
    outbox.publish(session, OpportunityClosed(opportunity_id=row.id), now)


def add_members(
    session: Session, principal: Principal, body: On[AddMembers], now: datetime
) -> Changed:
    """Seat people who sit here already; raises Conflict when there are not enough open seats."""
    row = locked_for(session, principal, body.id)
    _refuse_closed(row)
    _seat_members(session, row, body.body.members, now)
    audit.record(session, principal, "seat:members", "opportunity", str(row.id), now)
    row.revision += 1
    proposing.settle(session, row, now)
    return Changed(opportunity_id=row.id, revision=row.revision)


def _seat_members(
    session: Session, row: OpportunityRow, members: list[MemberBody], now: datetime
) -> None:
    for body in members:
        member = MemberRow(
            id=new_id(),
            opportunity_id=row.id,
            prior_seat=body.prior_seat,
            categories=_member_categories(body),
            added_at=now,
        )
        session.add(member)
        session.flush()
        if not seating.seat_member(session, row, member, now):
            raise Conflict("There are fewer open seats than members. Raise the number of seats.")


def _member_categories(body: MemberBody) -> dict[str, list[str]]:
    with plain_faults("members"):
        answers = {
            list_id: vocabulary.check_answers(list_id, codes)
            for list_id, codes in body.categories.items()
        }
    return {list_id: sorted(codes) for list_id, codes in vocabulary.expand(answers).items()}


def release_seat(
    session: Session, principal: Principal, body: On[ReleaseSeat], now: datetime
) -> None:
    """Open a seat again, whoever held it."""
    seat = session.get(SeatRow, body.id)
    if seat is None:
        raise NotFound("There is no seat with this id.")
    row = locked_for(session, principal, seat.opportunity_id, "seat")
    session.refresh(seat)
    if seat.state == "open":
        raise Conflict("This seat is open already.")
    seating.release(session, seat, body.body.reason, now)
    proposing.settle(session, row, now)
    row.refill_due = now
    audit.record(session, principal, "seat:release", "seat", str(seat.id), now, body.body.reason)


def share_feedback(
    session: Session, principal: Principal, body: On[ShareFeedback], now: datetime
) -> Shared:
    """ "You said, we did" for everyone who was part of it."""
    row = locked_for(session, principal, body.id)
    words = body.body
    feedback = FeedbackRow(
        id=new_id(),
        opportunity_id=row.id,
        you_said=words.you_said,
        we_did=words.we_did,
        shared_by=principal.account_id,
        shared_at=now,
    )
    session.add(feedback)
    feedback_loop.tie(session, feedback, words.answers, words.outcome)
    event = FeedbackShared(
        feedback_id=feedback.id,
        opportunity_id=row.id,
        you_said=words.you_said,
        we_did=words.we_did,
    )
    outbox.publish(session, event, now)
    return Shared(feedback_id=feedback.id)


def _refuse_closed(row: OpportunityRow) -> None:
    if row.state == "closed":
        raise Conflict("This opportunity is closed. Open a new one.")


def _state(row: OpportunityRow) -> dict[str, Any]:
    facts = {
        field: getattr(row, field) for field in OpportunityState.model_fields if hasattr(row, field)
    }
    return facts | {
        "opportunity_id": row.id,
        "sessions": store.meetings(row),
        "support": sorted({*row.offers, *row.can_arrange}),
    }
