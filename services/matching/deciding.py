"""What a coordinator decides about proposals. Nobody is invited without such a decision."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.matching import intake, matches, proposing, store
from services.matching.bodies import Approve, ApproveMany, Decline, On
from services.matching.commands import locked_for
from services.matching.models import DecisionRow, MatchRow, OpportunityRow
from services.matching.views import Decided, DecidedMany
from services.runtime import audit
from services.runtime.errors import Conflict, DomainError, NotFound
from services.runtime.security.principal import Principal

REPLY_WITHIN = timedelta(days=7)


def approve(session: Session, principal: Principal, body: On[Approve], now: datetime) -> Decided:
    """Approve a proposal, or invite an alternate once a seat is open again."""
    row, match = _locked_match(session, principal, body.id)
    return approve_locked(session, principal, row, match, reply_by(body.body.reply_by, now), now)


def approve_many(
    session: Session, principal: Principal, body: On[ApproveMany], now: datetime
) -> DecidedMany:
    """Approve several proposals of one opportunity, all or none."""
    row = locked_for(session, principal, body.id)
    until = reply_by(body.body.reply_by, now)
    decided = []
    for match_id in dict.fromkeys(body.body.match_ids):
        match = session.get(MatchRow, match_id)
        if match is None or match.opportunity_id != row.id:
            raise NotFound("One of these proposals is not of this opportunity.")
        decided.append(approve_locked(session, principal, row, match, until, now))
    return DecidedMany(decided=decided)


def decline(session: Session, principal: Principal, body: On[Decline], now: datetime) -> Decided:
    """Decline a proposal; the person is not proposed for this opportunity again."""
    row, match = _locked_match(session, principal, body.id)
    if match.state not in (*matches.WAITING, "alternate"):
        raise Conflict(_state_sentence(match.state))
    matches.decline(session, match, body.body.reason, now)
    _note(session, principal, match, "decline", body.body.reason, now)
    row.refill_due = now
    return Decided(match_id=match.id, state=match.state)


def undo(session: Session, principal: Principal, body: On[None], now: datetime) -> Decided:
    """Take the last decision back: an approval while its invitation has not gone, or a decline."""
    row, match = _locked_match(session, principal, body.id)
    decision = session.scalar(
        select(DecisionRow)
        .where(DecisionRow.match_id == match.id, DecisionRow.undone_at.is_(None))
        .order_by(DecisionRow.id.desc())
        .limit(1)
    )
    if decision is None:
        raise Conflict("There is no decision to take back.")
    if decision.kind == "approve":
        if match.state != "approved":
            raise Conflict("The invitation has gone. It cannot be taken back.")
        matches.cancel_invitation(session, match, "undone", now)
    elif match.state != "declined" or match.reason == "said_no":
        raise Conflict("There is no decision to take back.")
    elif intake.may_match(session, match.participant_id) is not None or row.state != "open":
        raise Conflict("This person can no longer be proposed here.")
    else:
        _refuse_another_live(session, match)
    decision.undone_at = now
    matches.back_to_coordinator(session, match, "", now)
    proposing.refresh(session, row, now)
    audit.record(session, principal, "proposal:undo", "match", str(match.id), now)
    return Decided(match_id=match.id, state=match.state)


def approve_locked(
    session: Session,
    principal: Principal,
    row: OpportunityRow,
    match: MatchRow,
    until: date,
    now: datetime,
) -> Decided:
    """Approve a match of an opportunity that the caller holds the lock of."""
    if match.state not in ("proposed", "alternate"):
        raise Conflict(_state_sentence(match.state))
    if row.state != "open":
        raise Conflict("This opportunity is closed.")
    if row.filled >= row.seats:
        raise Conflict("Every seat is filled. Release one first, or add seats.")
    if intake.may_match(session, match.participant_id) is not None:
        raise Conflict("This person no longer agrees to be asked.")
    matches.approve(session, row, match, principal, until, now)
    _note(session, principal, match, "approve", "", now)
    return Decided(
        match_id=match.id,
        state=match.state,
        invitation_id=match.invitation_id,
        reply_by=match.reply_by,
    )


def _locked_match(
    session: Session, principal: Principal, match_id: UUID
) -> tuple[OpportunityRow, MatchRow]:
    match = session.get(MatchRow, match_id)
    if match is None:
        raise NotFound("There is no proposal with this id.")
    row = store.lock(session, match.opportunity_id)
    if row is None:
        raise NotFound("There is no proposal with this id.")
    locked_for(session, principal, row.id, "proposal")
    session.refresh(match)
    return row, match


def reply_by(wanted: date | None, now: datetime) -> date:
    if wanted is None:
        return (now + REPLY_WITHIN).date()
    if wanted <= now.date():
        raise DomainError("Give a date after today, so that people have time.", "reply_by")
    return wanted


def _note(
    session: Session, principal: Principal, match: MatchRow, kind: str, reason: str, now: datetime
) -> None:
    session.add(
        DecisionRow(
            match_id=match.id,
            kind=kind,
            reason=reason,
            decided_by=principal.account_id,
            decided_at=now,
        )
    )
    audit.record(session, principal, f"proposal:{kind}", "match", str(match.id), now, reason)


def _refuse_another_live(session: Session, match: MatchRow) -> None:
    others = store.matches_of_person(session, match.participant_id)
    if any(m.opportunity_id == match.opportunity_id for m in others):
        raise Conflict("This person is proposed here again already.")


def _state_sentence(state: str) -> str:
    return {
        "approved": "This proposal was approved already.",
        "invited": "This person was invited already.",
        "accepted": "This person has a seat already.",
        "blocked": "An access need is not met yet. Change what is offered first.",
        "declined": "This proposal was declined. Undo that first.",
    }.get(state, "This proposal is no longer open.")
