"""Sends what is queued, each message once: mark, send, and look up before any second try.

1. One transaction checks consent and the invitation again and marks messages `sending`, with a
   lease. 2. The provider is called, outside any transaction. 3. The outcome is marked.
A process that dies between 1 and 3 leaves a message whose lease runs out: whoever finds it asks
the provider before anything else. Only a message the provider has never seen goes back to the
queue; where the provider cannot tell, a person decides.
"""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.events import InvitationFailed, InvitationSent
from services.notifications import store
from services.notifications.consent import withdraw_texts
from services.notifications.models import Invitation, Message
from services.notifications.providers.base import (
    Accepted,
    DeliveryFailure,
    OutgoingEmail,
    OutgoingSms,
    PermanentFailure,
    TemporaryFailure,
)
from services.notifications.providers.ports import Providers
from services.notifications.providers.twilio_errors import OPTED_OUT
from services.runtime import outbox
from services.runtime.clock import as_utc
from services.runtime.failpoints import failpoint
from services.runtime.node import Node

log = structlog.get_logger()

BATCH = 32
MAX_ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)

# The person has just written to us: these answer that, and nothing else.
ANSWERS_TO_A_TEXT = frozenset({"help", "start_again"})

Outcome = Accepted | DeliveryFailure | None


@dataclass(frozen=True)
class Claimed:
    """A message marked `sending`. `looking` means: ask the provider first, do not send."""

    id: UUID
    channel: str
    attempts: int
    since: datetime
    looking: bool
    sms: OutgoingSms | None = field(default=None, repr=False)
    email: OutgoingEmail | None = field(default=None, repr=False)


def dispatch(node: Node, now: datetime) -> bool:
    """One batch: claim, call the provider side by side, mark each outcome as it comes."""
    lease = node.settings.send_lease
    claimed = node.writer.write(lambda session: claim(session, now, lease))
    failpoint("sending.claimed")
    if not claimed:
        return False
    pool = _pool(node)
    marks = [pool.submit(_deliver, node, item) for item in claimed]
    for mark in marks:
        mark.result().result()
    return True


def claim(session: Session, now: datetime, lease: timedelta) -> list[Claimed]:
    """Due messages marked `sending`; those that may no longer go out are cancelled instead."""
    due = session.scalars(
        select(Message)
        .where(Message.state.in_(["queued", "sending"]), Message.due_at <= now)
        .order_by(Message.due_at, Message.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    claimed = []
    for message in due:
        if message.state == "sending":
            claimed.append(_reclaim(session, message, now, lease))
        elif (reason := _why_not(session, message)) is not None:
            message.state, message.reason, message.finished_at = "cancelled", reason, now
        else:
            claimed.append(_mark_sending(session, message, now, lease))
    return claimed


def _why_not(session: Session, message: Message) -> str | None:
    """Why a queued message must not go out now; None when it may."""
    if message.kind not in ANSWERS_TO_A_TEXT and not store.consent_given(
        session, message.participant_id, message.channel
    ):
        return "consent was withdrawn"
    if message.sealed is None:
        return "the person's details were erased"
    if message.kind in ("invitation", "reminder") and message.invitation_id is not None:
        invitation = session.get(Invitation, message.invitation_id)
        if invitation is None or invitation.state not in store.OPEN_STATES:
            return "the invitation is no longer open"
    return None


def _mark_sending(session: Session, message: Message, now: datetime, lease: timedelta) -> Claimed:
    message.state = "sending"
    message.attempts += 1
    message.first_tried_at = message.first_tried_at or now
    # Until then nobody else touches it; after that whoever finds it looks it up.
    message.due_at = message.lease_until = now + lease
    return _claimed(session, message, looking=False)


def _reclaim(session: Session, message: Message, now: datetime, lease: timedelta) -> Claimed:
    message.due_at = message.lease_until = now + lease
    return _claimed(session, message, looking=True)


def _claimed(session: Session, message: Message, looking: bool) -> Claimed:
    assert message.first_tried_at is not None
    since = as_utc(message.first_tried_at) - timedelta(seconds=5)
    sms = email = None
    if message.sealed is not None:
        raw = json.loads(
            store.sealer(session).open(message.participant_id, store.MESSAGE_FIELD, message.sealed)
        )
        if message.channel == "sms":
            sms = OutgoingSms(str(message.id), raw["to"], raw["body"])
        else:
            email = OutgoingEmail(reference=str(message.id), **raw)
    return Claimed(message.id, message.channel, message.attempts, since, looking, sms, email)


def _deliver(node: Node, item: Claimed) -> Future[None]:
    """Call the provider and hand the outcome to the writer. Never raises for one message."""
    providers: Providers = node.extras["providers"]
    try:
        outcome: Outcome = _call(node, providers, item)
    except DeliveryFailure as failure:
        outcome = failure
    failpoint("sending.accepted")
    now = node.now()
    return node.writer.submit(lambda session: settle(session, item, outcome, now, providers))


def _call(node: Node, providers: Providers, item: Claimed) -> Accepted | None:
    if item.sms is not None:
        if item.looking:
            known = node.database.read(_known_provider_ids)
            return providers.sms.find(item.sms, item.since, known)
        return providers.sms.send(item.sms)
    if item.email is not None and not item.looking:
        return providers.email.send(item.email)
    return None


def _known_provider_ids(session: Session) -> list[str]:
    recent = select(Message.provider_id).where(Message.provider_id.is_not(None))
    return [str(one) for one in session.scalars(recent.order_by(Message.sent_at.desc()).limit(500))]


def settle(
    session: Session, item: Claimed, outcome: Outcome, now: datetime, providers: Providers
) -> None:
    """Mark what became of a message. A receipt may have told us more meanwhile; then it stands."""
    message = session.get(Message, item.id)
    if message is None or message.state != "sending":
        return
    match outcome:
        case Accepted():
            mark_sent(session, message, outcome.provider_id, outcome.parts, now)
        case PermanentFailure():
            if outcome.code == str(OPTED_OUT):
                # A STOP that reached the provider and, by some mishap, not us.
                withdraw_texts(session, [message.participant_id], "provider_stop", now)
            mark_failed(session, message, outcome.plain_reason, now)
        case TemporaryFailure() if outcome.surely_not_sent:
            _try_again(session, message, outcome.retry_after, outcome.plain_reason, now)
        case None if item.looking and _can_look_up(providers, item):
            _try_again(session, message, timedelta(0), "the provider had not got it", now)
        case _:
            _unclear(session, message, item, outcome, providers, now)


def _can_look_up(providers: Providers, item: Claimed) -> bool:
    return providers.sms.can_look_up if item.sms else providers.email.can_look_up


def mark_sent(
    session: Session, message: Message, provider_id: str, parts: int | None, now: datetime
) -> None:
    message.state, message.provider_id, message.sent_at = "sent", provider_id, now
    message.parts = parts or message.parts
    if message.kind != "invitation" or message.invitation_id is None:
        return
    invitation = session.get_one(Invitation, message.invitation_id)
    if invitation.state == "requested":
        invitation.state, invitation.sent_at = "sent", now
    fact = fact_of(invitation)
    sent = InvitationSent(
        **fact,
        channel="email" if message.channel == "email" else "sms",
        parts=message.parts,
        cost_millipence=message.cost_millipence,
    )
    outbox.publish(session, sent, now)


def mark_failed(session: Session, message: Message, reason: str, now: datetime) -> None:
    """The end for this message; an invitation that cannot arrive goes back to the coordinator."""
    message.state, message.reason, message.finished_at = "failed", reason, now
    if message.kind != "invitation" or message.invitation_id is None:
        return
    invitation = session.get_one(Invitation, message.invitation_id)
    if invitation.state in store.OPEN_STATES:
        invitation.state, invitation.reason = "failed", reason
        outbox.publish(session, InvitationFailed(**fact_of(invitation), reason=reason), now)


def _try_again(
    session: Session,
    message: Message,
    after: timedelta | None,
    reason: str,
    now: datetime,
) -> None:
    if message.attempts >= MAX_ATTEMPTS:
        mark_failed(session, message, reason, now)
        return
    message.state, message.reason, message.lease_until = "queued", reason, None
    message.due_at = now + (after if after is not None else pause(message.attempts))


def _unclear(
    session: Session,
    message: Message,
    item: Claimed,
    outcome: Outcome,
    providers: Providers,
    now: datetime,
) -> None:
    """The provider may have it. Where it can be asked, ask when the lease ends; else a person."""
    message.reason = getattr(outcome, "plain_reason", "it is not known whether it was sent")
    if _can_look_up(providers, item):
        return
    message.state, message.finished_at = "unknown", now
    invitation = session.get(Invitation, message.invitation_id) if message.invitation_id else None
    store.add_task(
        session,
        organisation_id=invitation.organisation_id if invitation else "",
        participant_id=message.participant_id,
        invitation_id=message.invitation_id,
        kind="unclear_delivery",
        detail="We cannot tell whether this message arrived. Ask the person before sending again.",
        now=now,
    )


def fact_of(invitation: Invitation) -> dict[str, UUID]:
    return {
        "invitation_id": invitation.id,
        "match_id": invitation.match_id,
        "opportunity_id": invitation.opportunity_id,
        "participant_id": invitation.participant_id,
    }


def pause(attempts: int) -> timedelta:
    """Doubling from two seconds, ten minutes at most."""
    return min(FIRST_PAUSE * float(2 ** (attempts - 1)), LONGEST_PAUSE)


def _pool(node: Node) -> ThreadPoolExecutor:
    pool = node.extras.get("send_pool")
    if not isinstance(pool, ThreadPoolExecutor):
        pool = ThreadPoolExecutor(node.settings.send_threads, thread_name_prefix="send")
        node.extras["send_pool"] = pool
    return pool
