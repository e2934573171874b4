"""Follow-ups: planned when their cause happens, sent once when their time comes.

A row says that a message is planned; it is marked done in the transaction that queues the message.
So a kill leaves both or neither. Consent is looked at when it is written and again when it leaves.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from services.notifications import composing, facts, store, template_store
from services.notifications.follow_up_times import UK, Due, around_sessions, reminder
from services.notifications.messages import Format
from services.notifications.models import FollowUp, Invitation, Recipient
from services.notifications.queueing import settings_of
from services.runtime.node import Node
from services.runtime.processor import describe
from services.runtime.writer import undo

log = structlog.get_logger()

BATCH = 50
PAUSE_AFTER_ERROR = timedelta(hours=1)
EVERY = timedelta(seconds=10)
WAITING = text("follow_ups.state = 'waiting'")  # spelled out, so that its small index fits
_LAST = "followed_up_at"
AROUND_SESSIONS = ("session_reminder", "thanks_after")


def follow_up(node: Node, now: datetime) -> bool:
    """One batch; true while there is more. Looks once in ten seconds, not after each commit."""
    last = node.extras.get(_LAST)
    if last is not None and now - last < EVERY:
        return False
    count = node.writer.write(lambda session: send_due(session, now))
    if count == 0:
        node.extras[_LAST] = now
    return count > 0


def send_due(session: Session, now: datetime) -> int:
    rows = session.scalars(
        select(FollowUp)
        .where(WAITING, FollowUp.due_at <= now)
        .order_by(FollowUp.due_at, FollowUp.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        _send_alone(session, row, now)
    return len(rows)


def _send_alone(session: Session, row: FollowUp, now: datetime) -> None:
    """One that cannot be written must not hold up the others: it is tried again later."""
    savepoint = session.begin_nested()
    try:
        _send(session, row, now)
        savepoint.commit()
    except OperationalError:
        raise
    except Exception as error:
        undo(session, savepoint)
        log.error("a follow-up is tried again later", kind=row.kind, reason=describe(error))
        row.due_at = now + PAUSE_AFTER_ERROR
        session.flush()


def _send(session: Session, row: FollowUp, now: datetime) -> None:
    invitation = session.get_one(Invitation, row.invitation_id)
    row.state = "done" if _still_right(row, invitation, now) else "dropped"
    if row.state == "done":
        composing.tell(session, invitation, row.kind, now, **_about(session, row, invitation))


def _still_right(row: FollowUp, invitation: Invitation, now: datetime) -> bool:
    today = now.astimezone(UK).date()
    if row.kind == "reminder":
        return invitation.state == "sent" and today <= invitation.reply_by
    if row.kind == "session_reminder" and today > date.fromisoformat(row.about):
        return False
    return invitation.seat_id is not None


def _about(session: Session, row: FollowUp, invitation: Invitation) -> dict[str, str]:
    """The day a session reminder is for, in the words of the message."""
    known = store.opportunity(session, invitation.opportunity_id)
    recipient = session.get(Recipient, invitation.participant_id)
    if row.kind != "session_reminder" or known is None or recipient is None:
        return {}
    language = template_store.current(
        session, invitation.organisation_id, row.kind, recipient.language, Format.SMS
    ).language
    meeting = next((s for s in known.facts.get("sessions", []) if s["on"] == row.about), None)
    if meeting is None:
        return {}
    return {
        "date": facts.day(date.fromisoformat(row.about), language),
        "starts": facts.clock(time.fromisoformat(meeting["starts"]), language),
        "ends": facts.clock(time.fromisoformat(meeting["ends"]), language),
    }


def plan_reminder(session: Session, invitation: Invitation, now: datetime, first: bool) -> None:
    """first: whether it is sent for the first time, so that nothing can be planned yet."""
    due = reminder(now, invitation.reply_by, settings_of(session).remind_days)
    if due is not None:
        _plan(session, invitation.id, due, known=not first)


def plan_sessions(session: Session, invitation: Invitation, now: datetime) -> None:
    """Reminders and thanks as the sessions are now; what was planned for other days is dropped."""
    drop(session, invitation.id, AROUND_SESSIONS)
    known = store.opportunity(session, invitation.opportunity_id)
    days = [date.fromisoformat(s["on"]) for s in known.facts.get("sessions", [])] if known else []
    for due in around_sessions(days, now):
        _plan(session, invitation.id, due)


def drop(session: Session, invitation_id: UUID, kinds: tuple[str, ...]) -> None:
    session.execute(
        update(FollowUp)
        .where(
            FollowUp.invitation_id == invitation_id,
            FollowUp.kind.in_(kinds),
            FollowUp.state == "waiting",
        )
        .values(state="dropped")
    )


def note_done(session: Session, invitation_id: UUID, kind: str, about: str, now: datetime) -> bool:
    """Mark a message that a person asked for as sent; False if it was sent before."""
    if _find(session, invitation_id, kind, about) is not None:
        return False
    session.add(
        FollowUp(
            id=new_id(),
            invitation_id=invitation_id,
            kind=kind,
            about=about,
            due_at=now,
            state="done",
        )
    )
    return True


def _plan(session: Session, invitation_id: UUID, due: Due, known: bool = True) -> None:
    row = _find(session, invitation_id, due.kind, due.about) if known else None
    if row is None:
        session.add(
            FollowUp(
                id=new_id(),
                invitation_id=invitation_id,
                kind=due.kind,
                about=due.about,
                due_at=due.at,
                state="waiting",
            )
        )
    elif row.state == "dropped":
        row.state, row.due_at = "waiting", due.at


def _find(session: Session, invitation_id: UUID, kind: str, about: str) -> FollowUp | None:
    return session.scalar(
        select(FollowUp).where(
            FollowUp.invitation_id == invitation_id,
            FollowUp.kind == kind,
            FollowUp.about == about,
        )
    )
