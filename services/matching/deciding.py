"""What a coordinator decides about proposals. Nobody is invited without such a decision."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.matching import intake, matches, participants, proposing, store
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
    if body.body.reason == participants.CONFLICT:
        _look_again_at_the_host(session, row, match.participant_id, now)
    return Decided(match_id=match.id, state=match.state)


def _look_again_at_the_host(
    session: Session, row: OpportunityRow, participant_id: UUID, now: datetime
) -> None:
    """The person leaves the queues of the same host's other opportunities at the next look."""
    states = store.states_of_person(session, participant_id)
    waiting = [i for i, state in states.items() if state in matches.WAITING]
    others = select(OpportunityRow.id, OpportunityRow.host_name).where(
        OpportunityRow.id.in_(waiting), OpportunityRow.organisation_id == row.organisation_id
    )
    host = store.host_of(row.host_name)
    same = [each.id for each in session.execute(others) if store.host_of(each.host_name) == host]
    session.execute(
        update(OpportunityRow).where(OpportunityRow.id.in_(same)).values(refill_due=now)
    )


def undo(session: Session, principal: Principal, body: On[None], now: datetime) -> Decided:
    """Take the last decision back, as far as that can be.

    A decline, or an approval whose invitation has not gone: the proposal waits again. An
    invitation that has gone: it is withdrawn and the person is told. Raises Conflict with why not.
    """
    row, match = _locked_match(session, principal, body.id)
    decision = session.scalar(
        select(DecisionRow)
        .where(DecisionRow.match_id == match.id, DecisionRow.undone_at.is_(None))
        .order_by(DecisionRow.id.desc())
        .limit(1)
    )
    why_not = _why_not_undone(session, row, match, decision)
    if decision is None or why_not:
        raise Conflict(why_not)
    decision.undone_at = now
    if match.state == "invited":
        matches.withdraw(session, match, "taken_back", now)
        row.refill_due = now
    else:
        matches.cancel_invitation(session, match, "undone", now)
        matches.back_to_coordinator(session, match, "", now)
        proposing.refresh(session, row, now)
    audit.record(session, principal, "proposal:undo", "match", str(match.id), now)
    return Decided(match_id=match.id, state=match.state)


def _why_not_undone(
    session: Session, row: OpportunityRow, match: MatchRow, decision: DecisionRow | None
) -> str:
    """Why the last decision cannot be taken back, in a sentence that says what to do; or ""."""
    if decision is None:
        return "There is no decision to take back."
    if decision.kind == "approve":
        if match.state == "declined":
            return "This person said no already, so there is nothing to take back."
        return {
            "approved": "",
            "invited": "",
            "accepted": "This person said yes and has the seat. Release the seat instead.",
            "alternate": "This person said yes and is next in line. Decline them instead.",
            "released": "This person gave up the seat already.",
        }.get(match.state, "The invitation was taken back already.")
    if match.state != "declined" or match.reason == "said_no":
        return "There is no decision to take back."
    if row.state != "open":
        return "This opportunity is closed, so nobody can be proposed."
    if intake.may_match(session, match.participant_id) is not None:
        return "This person no longer agrees to be asked, so they cannot be proposed again."
    others = store.matches_of_person(session, match.participant_id)
    if any(m.opportunity_id == match.opportunity_id for m in others):
        return "This person is proposed here again already."
    return ""


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


def _state_sentence(state: str) -> str:
    return {
        "approved": "This proposal was approved already.",
        "invited": "This person was invited already.",
        "accepted": "This person has a seat already.",
        "blocked": "An access need is not met yet. Change what is offered first.",
        "declined": "This proposal was declined. Undo that first.",
    }.get(state, "This proposal is no longer open.")
