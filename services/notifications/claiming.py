"""Marks what is due as `sending`, after a last look at consent, the invitation and the hour.

All in one transaction: a STOP that was answered before it stops the message, read or not yet, and
one that comes after finds it on its way.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.notifications import queries, store
from services.notifications.follow_up_times import UK
from services.notifications.holding import is_held
from services.notifications.models import Invitation, Message
from services.notifications.providers.base import OutgoingEmail, OutgoingSms
from services.notifications.queueing import settings_of
from services.notifications.settling import mark_failed
from services.notifications.timing import NoTimeLeft, Timing
from services.notifications.unread import people_who_wrote
from services.runtime.clock import as_utc
from services.runtime.security.sealing import SealError

BATCH = 32
OPEN = text("messages.state IN ('queued', 'sending')")
"""Spelled out, not bound: only so does SQLite see that the small index of open messages fits."""

# The person has just written to us: these answer that, and nothing else.
ANSWERS_TO_A_TEXT = frozenset({"help", "start_again"})
ASKING = ("invitation", "reminder")
UNREADABLE = "The message could not be opened. Check the master keys, then it goes out by itself."
UNREADABLE_PAUSE = timedelta(hours=1)
# What they wrote takes effect within a few hundredths of a second.
READ_FIRST = timedelta(seconds=0.1)
TOO_LATE = "The time to answer was over before this could be sent."


@dataclass(frozen=True)
class Claimed:
    """A message marked `sending`. `looking` means: ask the provider first, do not send.

    pages: HTML for print by file name, which goes along as PDF.
    """

    id: UUID
    channel: str
    attempts: int
    since: datetime
    looking: bool
    sms: OutgoingSms | None = field(default=None, repr=False)
    email: OutgoingEmail | None = field(default=None, repr=False)
    pages: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Batch:
    """seen: how many due messages were looked at; some may wait or be cancelled instead."""

    items: list[Claimed]
    seen: int


def is_due(session: Session, now: datetime) -> bool:
    """Whether there is anything to claim: a look that takes no write lock."""
    query = select(Message.id).where(OPEN, Message.due_at <= now).limit(1)
    return session.scalar(query) is not None and not is_held(session)


def claim(
    session: Session,
    now: datetime,
    lease: timedelta,
    most: int = BATCH,
    arrived: Collection[str] = (),
) -> Batch:
    """At most so many due messages marked `sending`; others are cancelled, or wait.

    arrived: blind indexes of the phones whose texts are not yet in the database.
    """
    if is_held(session):
        return Batch([], 0)
    due = session.scalars(
        select(Message)
        .where(OPEN, Message.due_at <= now)
        .order_by(Message.due_at, Message.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    # Before consents are read: a STOP taken into effect in between must be seen by one of the two.
    wrote = people_who_wrote(session, {one.participant_id for one in due}, arrived)
    known = _Known(session, due)
    timing = Timing(session, settings_of(session), due, now)
    claimed = []
    for message in due:
        try:
            content = queries.message_body(session, message)
        except SealError:
            # A wrong key ring must neither lose messages nor hold up the others.
            message.due_at, message.reason = now + UNREADABLE_PAUSE, UNREADABLE
            continue
        if message.state == "sending":
            claimed.append(_reclaim(message, content, now, lease))
        elif message.participant_id in wrote:
            message.due_at = now + READ_FIRST
        elif _ends(session, message, known, now) or _waits(session, message, timing, now):
            continue
        else:
            timing.leaves(message)
            claimed.append(_mark_sending(message, content, now, lease))
    return Batch(claimed, len(due))


class _Known:
    """Consents and invitations that a batch asks for: two queries, however large the batch."""

    def __init__(self, session: Session, messages: Sequence[Message]) -> None:
        people = {one.participant_id for one in messages}
        self._consents = store.consents(session, people) if people else frozenset()
        wanted = {one.invitation_id for one in messages if one.invitation_id is not None}
        found = store.invitations(session, wanted) if wanted else []
        self._invitations = {one.id: one for one in found}

    def consent_to(self, message: Message) -> bool:
        return (message.participant_id, message.channel) in self._consents

    def invitation_of(self, message: Message) -> Invitation | None:
        return self._invitations.get(message.invitation_id) if message.invitation_id else None


def _ends(session: Session, message: Message, known: _Known, now: datetime) -> bool:
    """Whether a queued message must not go out any more, now or later."""
    reason = _why_not(message, known)
    if reason is not None:
        message.state, message.reason, message.finished_at = "cancelled", reason, now
        return True
    if _too_late(message, known, now):
        mark_failed(session, message, TOO_LATE, now)
        return True
    return False


def _too_late(message: Message, known: _Known, now: datetime) -> bool:
    invitation = known.invitation_of(message)
    if message.kind not in ASKING or invitation is None:
        return False
    return now.astimezone(UK).date() > invitation.reply_by


def _waits(session: Session, message: Message, timing: Timing, now: datetime) -> bool:
    """Whether it waits for a better hour; then when and why is kept with it."""
    try:
        waiting = timing.wait(message)
    except NoTimeLeft as none:
        mark_failed(session, message, str(none), now)
        return True
    if waiting is None:
        return False
    message.due_at, message.reason = waiting
    return True


def _why_not(message: Message, known: _Known) -> str | None:
    """Why a queued message must not go out now; None when it may."""
    if message.kind not in ANSWERS_TO_A_TEXT and not known.consent_to(message):
        return "consent was withdrawn"
    if message.sealed is None:
        return "the person's details were erased"
    if message.kind in ASKING and message.invitation_id is not None:
        invitation = known.invitation_of(message)
        if invitation is None or invitation.state not in store.OPEN_STATES:
            return "the invitation is no longer open"
    return None


def _mark_sending(message: Message, content: str, now: datetime, lease: timedelta) -> Claimed:
    message.state, message.reason = "sending", ""
    message.attempts += 1
    message.first_tried_at = message.first_tried_at or now
    # Until then nobody else touches it; after that whoever finds it looks it up.
    message.due_at = message.lease_until = now + lease
    return _claimed(message, content, looking=False)


def _reclaim(message: Message, content: str, now: datetime, lease: timedelta) -> Claimed:
    message.due_at = message.lease_until = now + lease
    return _claimed(message, content, looking=True)


def _claimed(message: Message, content: str, looking: bool) -> Claimed:
    assert message.first_tried_at is not None
    since = as_utc(message.first_tried_at) - timedelta(seconds=5)
    sms = email = None
    pages: dict[str, str] = {}
    if content:
        raw = json.loads(content)
        if message.channel == "sms":
            sms = OutgoingSms(str(message.id), raw["to"], raw["body"])
        else:
            pages = raw.pop("pages")
            copies = tuple(raw.pop("cc"))
            email = OutgoingEmail(reference=str(message.id), cc=copies, **raw)
    tries = message.attempts
    return Claimed(message.id, message.channel, tries, since, looking, sms, email, pages)
