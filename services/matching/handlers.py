"""What matching does about events of the other services.

Each handler may be called again after a crash before its commit, never after; and each leaves
things as they are when the event is older than what is known.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from schemas.events import (
    ConsentChanged,
    InvitationAnswered,
    InvitationFact,
    InvitationFailed,
    InvitationResent,
    InvitationSent,
    MatchingProfile,
    ParticipantErased,
    ParticipantState,
)
from services.matching import intake, matches, proposing, searching, seating, store
from services.matching.models import MatchRow, OpportunityRow, ProfileRow
from services.matching.reciprocity.commands import keep_choice

_NOTHING = MatchingProfile()


def on_participant(event: ParticipantState, session: Session, now: datetime) -> None:
    """Registered or updated: keep what matching may use, and propose."""
    if intake.is_unknown(session, event.participant_id):
        _first_heard_of(event, session, now)
        return
    if intake.is_erased(session, event.participant_id):
        return
    if not intake.is_newer(session, event):
        return
    for consent in event.consents:
        intake.note_consent(session, event.participant_id, consent)
    _take_in(event, session, now)


def _first_heard_of(event: ParticipantState, session: Session, now: datetime) -> None:
    """Somebody new, as most are: there is nothing to compare with and nothing to take back."""
    if intake.keep_first(session, event) is None:
        profile = intake.keep_profile(session, event, first=True)
        searching.consider_first(session, profile, now)


def _take_in(event: ParticipantState, session: Session, now: datetime) -> None:
    reason = intake.may_match(session, event.participant_id)
    if reason is not None:
        intake.drop_profile(session, event.participant_id, reason, now)
        return
    before = session.get(ProfileRow, event.participant_id)
    counted = dict(before.categories) if before else None
    intake.keep_profile(session, event)
    if counted is not None and counted != intake.categories_of(event.matching_profile or _NOTHING):
        _recount_seats_of(event, session, now)
    searching.consider(session, event.participant_id, now)


def _recount_seats_of(event: ParticipantState, session: Session, now: datetime) -> None:
    accepted = store.matches_of_person(session, event.participant_id, ("accepted",))
    for match in accepted:
        row = store.lock(session, match.opportunity_id)
        if row is not None:
            proposing.settle(session, row, now)


def on_consent_changed(event: ConsentChanged, session: Session, now: datetime) -> None:
    """A no takes effect at once. A yes waits for the profile that comes with the next update."""
    if intake.is_erased(session, event.participant_id):
        return
    intake.note_consent(session, event.participant_id, event.consent)
    reason = intake.may_match(session, event.participant_id)
    if reason is not None:
        intake.drop_profile(session, event.participant_id, reason, now)


def on_participant_erased(event: ParticipantErased, session: Session, now: datetime) -> None:
    intake.erase(session, event.participant_id, now)


def on_invitation_sent(event: InvitationSent, session: Session, now: datetime) -> None:
    found = _asked(event, session)
    if found is not None and found[1].state == "approved":
        match = found[1]
        match.state, match.updated_at = "invited", now


def on_invitation_failed(event: InvitationFailed, session: Session, now: datetime) -> None:
    """It could not be delivered: the coordinator decides again and reads why."""
    found = _asked(event, session)
    if found is None or not event.permanent:
        return
    row, match = found
    matches.back_to_coordinator(session, match, "invitation_failed", now)
    match.failure = event.reason[:120]
    proposing.refresh(session, row, now)


def on_invitation_resent(event: InvitationResent, session: Session, now: datetime) -> None:
    """Once more, another way: the approval holds again, unless something was decided since."""
    row = store.lock(session, event.opportunity_id)
    match = session.get(MatchRow, event.match_id)
    if row is None or match is None or match.opportunity_id != row.id:
        return
    if row.state == "open" and (match.state, match.reason) == ("proposed", "invitation_failed"):
        matches.ask_again(match, event.invitation_id, event.reply_by, now)
        proposing.refresh(session, row, now)
    elif match.invitation_id != event.invitation_id:
        matches.call_back(session, match, event.invitation_id, now)


def on_invitation_answered(event: InvitationAnswered, session: Session, now: datetime) -> None:
    """Yes fills a seat while one is open; no frees the place for somebody else."""
    row = store.lock(session, event.opportunity_id)
    match = store.match_by_invitation(session, event.invitation_id)
    if row is None or match is None or match.opportunity_id != row.id:
        return
    if event.payment_choice is not None and match.state in matches.ASKED:
        keep_choice(session, row.id, match.id, event.payment_choice, now, True, None)
    if event.answer == "yes":
        _yes(row, match, session, now)
    else:
        _no(row, match, session, now)


def _yes(row: OpportunityRow, match: MatchRow, session: Session, now: datetime) -> None:
    if match.state not in matches.ASKED:
        return
    if row.state == "open" and seating.fill(session, row, match, now):
        proposing.settle(session, row, now)
    else:
        seating.to_alternates(session, match, now)


def _no(row: OpportunityRow, match: MatchRow, session: Session, now: datetime) -> None:
    if match.state in (*matches.ASKED, "alternate"):
        matches.decline(session, match, "said_no", now)
        row.refill_due = now
    elif match.state == "accepted":
        seat = seating.seat_of(session, match)
        if seat is not None:
            seating.release(session, seat, "said_no", now)
            proposing.settle(session, row, now)
            row.refill_due = now


def _asked(event: InvitationFact, session: Session) -> tuple[OpportunityRow, MatchRow] | None:
    """The match of an invitation that still counts, with its opportunity locked."""
    row = store.lock(session, event.opportunity_id)
    match = store.match_by_invitation(session, event.invitation_id)
    if row is None or match is None or match.state not in matches.ASKED:
        return None
    return row, match
