"""What is read of draws: notices, records, who was drawn, and how many to invite."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.matching import drawing, queries, selection
from services.matching.draw_bodies import (
    AimView,
    DrawAims,
    DrawList,
    DrawView,
    InvitationPlanView,
    Relaxed,
)
from services.matching.models import DrawRow, MatchRow, OpportunityRow
from services.matching.selection.pool import Request
from services.runtime import lists
from services.runtime.clock import as_utc
from services.runtime.errors import Gone, NotFound
from services.runtime.security.principal import Principal

NEWEST = (lists.By(DrawRow.id, descending=True),)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One person of a draw: their latest match here, or None if they were not asked."""

    match_id: UUID | None
    state: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who was drawn, and the stand-ins in the order to call them."""

    selected: list[Drawn]
    stand_ins: list[Drawn]


def snapshot(
    session: Session, principal: Principal, opportunity_id: UUID, now: datetime
) -> tuple[Request, int, int]:
    return drawing.snapshot(session, queries.reached(session, principal, opportunity_id), now)


def draws(
    session: Session,
    principal: Principal,
    opportunity_id: UUID,
    page: lists.Paging = lists.EVERYTHING,
) -> DrawList:
    """The draws of an opportunity, the newest first."""
    row = queries.readable(session, principal, opportunity_id)
    query = select(DrawRow).where(DrawRow.opportunity_id == row.id)
    found = session.scalars(lists.after(query, NEWEST, page)).all()
    rows, following = lists.cut(found, NEWEST, page)
    return DrawList(items=[_view(draw) for draw in rows], next=following)


def draw(session: Session, principal: Principal, draw_id: UUID) -> DrawView:
    """The public notice of a draw."""
    found = drawing.get(session, draw_id)
    queries.readable(session, principal, found.opportunity_id, "draw")
    return _view(found)


def own_draw(session: Session, principal: Principal, draw_id: UUID) -> DrawView:
    """The same, and NotFound for everyone but the coordinator whose it is."""
    found = drawing.get(session, draw_id)
    queries.reached(session, principal, found.opportunity_id, "draw")
    return _view(found)


def _view(draw: DrawRow) -> DrawView:
    return DrawView(
        draw_id=draw.id,
        opportunity_id=draw.opportunity_id,
        state=draw.state,
        prepared_at=as_utc(draw.prepared_at),
        revealed_at=as_utc(draw.revealed_at) if draw.revealed_at else None,
        notice=draw.notice,
    )


def record(session: Session, principal: Principal, draw_id: UUID) -> str:
    """The whole record as JSON, once the draw is revealed."""
    found = drawing.get(session, draw_id)
    queries.reached(session, principal, found.opportunity_id, "draw")
    if found.record is None:
        raise Gone(drawing.ERASED)
    if found.state != "revealed":
        raise NotFound("The record can be read once the draw is revealed.")
    return found.record


def aims(session: Session, principal: Principal, draw_id: UUID) -> DrawAims | None:
    """How a draw stands to its targets; None once the record is erased."""
    found = drawing.get(session, draw_id)
    queries.reached(session, principal, found.opportunity_id, "draw")
    if found.record is None:
        return None
    told = selection.read_record(found.record)
    derived = ("missed_by", "missed_by_at_most")
    return DrawAims(
        aims=[
            AimView(**asdict(aim), **{name: getattr(aim, name) for name in derived})
            for aim in selection.aims(told)
        ],
        without_a_chance=selection.without_a_chance(told),
        relaxed=Relaxed.model_validate(found.relaxed) if found.relaxed else None,
    )


def outcome(session: Session, principal: Principal, draw_id: UUID) -> Outcome | None:
    """Who was drawn; None before the draw, and once the record is erased."""
    found = drawing.get(session, draw_id)
    row = queries.reached(session, principal, found.opportunity_id, "draw")
    if found.state != "revealed" or found.record is None:
        return None
    told = selection.read_record(found.record)
    matches = _latest_matches(session, row, [*told.selected, *told.stand_ins])
    return Outcome(
        selected=[matches.get(UUID(p), Drawn(None, "")) for p in told.selected],
        stand_ins=[matches.get(UUID(p), Drawn(None, "")) for p in told.stand_ins],
    )


def _latest_matches(session: Session, row: OpportunityRow, ids: list[str]) -> dict[UUID, Drawn]:
    found = session.scalars(
        select(MatchRow)
        .where(
            MatchRow.opportunity_id == row.id,
            MatchRow.participant_id.in_([UUID(each) for each in ids]),
        )
        .order_by(MatchRow.created_at, MatchRow.id)
    )
    return {match.participant_id: Drawn(match.id, match.state) for match in found}


def plan(
    session: Session, principal: Principal, opportunity_id: UUID, level: float, now: datetime
) -> InvitationPlanView:
    """How many to ask so that every open seat fills with this probability."""
    row = queries.reached(session, principal, opportunity_id)
    seats, people = row.seats - row.filled, drawing.size_of_pool(session, row, now)
    history = {"all": drawing.answers_so_far(session, row.organisation_id)}
    found = selection.plan_invitations({"all": seats}, {"all": people}, history, level=level)
    group = found.groups["all"]
    return InvitationPlanView(
        seats=seats,
        people=people,
        invite=group.invite,
        fills=round(group.fills, 4),
        overfills=round(group.overfills, 4),
        enough=found.enough,
    )
