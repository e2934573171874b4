"""The states of a match and the events that go with each change of state.

proposed ─ approve ▶ approved ─ sent ▶ invited ─ yes ▶ accepted
   │ ▲                  └───── undo or failed ─▶ proposed
   │ └─ undo ─ declined ◀─ decline, or the person says no
   ├─▶ blocked (an access need is not met yet) ─▶ proposed
   └─▶ withdrawn        accepted ─ seat given up ▶ released
                        yes, but every seat is filled ─▶ alternate ─ approve ▶ approved
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from schemas.envelope import new_id
from schemas.events import (
    InvitationCancelled,
    InvitationRequested,
    MatchApproved,
    MatchDeclined,
    MatchWithdrawn,
)
from services.matching import store
from services.matching.models import MatchRow, OpportunityRow
from services.runtime import outbox
from services.runtime.security.principal import Principal

WAITING = ("proposed", "blocked")
DECIDED = ("approved", "invited", "accepted", "alternate")
ASKED = ("approved", "invited")


def decided(session: Session, opportunity_id: UUID) -> set[UUID]:
    """Participants of an opportunity on whom a coordinator decided: no proposals any more."""
    found = store.live_matches(session, opportunity_id, DECIDED)
    return {match.participant_id for match in found}


def approve(
    session: Session,
    row: OpportunityRow,
    match: MatchRow,
    principal: Principal,
    reply_by: date,
    now: datetime,
) -> None:
    """Approved by a person, so the invitation may go."""
    match.state, match.reason, match.updated_at = "approved", "", now
    match.invitation_id, match.reply_by, match.asked_at = new_id(), reply_by, now
    store.person_changed(session, match.participant_id)
    about = _about(match)
    outbox.publish(session, MatchApproved(**about, approved_by=principal.account_id), now)
    outbox.publish(
        session,
        InvitationRequested(
            **about,
            invitation_id=match.invitation_id,
            organisation_id=row.organisation_id,
            reply_by=reply_by,
            why=reasons_to_tell(match),
            asked_by=principal.account_id,
        ),
        now,
    )


def reasons_to_tell(match: MatchRow) -> list[str]:
    """Codes of reasons for the invitation. Never a group: that would tell what a person told us."""
    needs = match.explanation.get("needs", {})
    codes = ["new_voice"] if match.new_voice else []
    if needs.get("met") or needs.get("to_arrange"):
        codes.append("needs_met")
    return codes


def decline(session: Session, match: MatchRow, reason: str, now: datetime) -> None:
    match.state, match.reason, match.updated_at = "declined", reason, now
    outbox.publish(session, MatchDeclined(**_about(match), reason=reason), now)


def withdraw(session: Session, match: MatchRow, reason: str, now: datetime) -> None:
    """No longer proposed or invited; an invitation on its way is called back."""
    cancel_invitation(session, match, reason, now)
    was = match.state
    match.state, match.reason, match.updated_at = "withdrawn", reason, now
    match.sentence, match.explanation, match.blocks, match.pair_with = "", {}, [], None
    if was != "blocked":
        publish_withdrawn(session, match, reason, now)


def publish_withdrawn(session: Session, match: MatchRow, reason: str, now: datetime) -> None:
    outbox.publish(session, MatchWithdrawn(**_about(match), reason=reason), now)


def cancel_invitation(session: Session, match: MatchRow, reason: str, now: datetime) -> None:
    if match.state in ASKED and match.invitation_id is not None:
        event = InvitationCancelled(
            **_about(match), invitation_id=match.invitation_id, reason=reason
        )
        outbox.publish(session, event, now)


def back_to_coordinator(session: Session, match: MatchRow, reason: str, now: datetime) -> None:
    """An approved match waits for a decision again, with why."""
    match.state, match.reason, match.updated_at = "proposed", reason, now
    match.invitation_id, match.reply_by, match.asked_at = None, None, None
    store.person_changed(session, match.participant_id)
    session.flush()


def ask_again(match: MatchRow, invitation_id: UUID, reply_by: date, now: datetime) -> None:
    """Approved as it was before its invitation failed."""
    match.state, match.reason, match.failure, match.updated_at = "approved", "", "", now
    match.invitation_id, match.reply_by, match.asked_at = invitation_id, reply_by, now


def call_back(session: Session, match: MatchRow, invitation_id: UUID, now: datetime) -> None:
    """An invitation was sent again after something else was decided about its match."""
    event = InvitationCancelled(
        **_about(match), invitation_id=invitation_id, reason="decided_meanwhile"
    )
    outbox.publish(session, event, now)


def _about(match: MatchRow) -> dict[str, object]:
    return {
        "match_id": match.id,
        "opportunity_id": match.opportunity_id,
        "participant_id": match.participant_id,
    }
