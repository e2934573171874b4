"""What became of a message that was handed to a provider."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from schemas.events import InvitationFailed, InvitationSent
from services.notifications import following_up, store
from services.notifications.consent import withdraw
from services.notifications.models import Invitation, Message, Recipient
from services.notifications.providers.base import (
    Accepted,
    Blame,
    DeliveryFailure,
    PermanentFailure,
    TemporaryFailure,
)
from services.notifications.providers.pace import backoff
from services.notifications.providers.ports import Providers
from services.notifications.providers.twilio_errors import OPTED_OUT
from services.runtime import outbox
from services.runtime.apart import each_apart
from services.runtime.processor import describe

if TYPE_CHECKING:
    from services.notifications.claiming import Claimed

log = structlog.get_logger()

MAX_ATTEMPTS = 8

Outcome = Accepted | DeliveryFailure | None


@dataclass(frozen=True)
class Mark:
    """What a provider answered for one message, and when."""

    item: Claimed
    outcome: Outcome
    at: datetime


def settle_all(session: Session, marks: Sequence[Mark], providers: Providers) -> None:
    """Mark what became of many messages. One that cannot be marked keeps its lease: look it up."""
    messages = store.locked_messages(session, [mark.item.id for mark in marks])
    asked = {one.invitation_id for one in messages if one.invitation_id is not None}
    # Held here, they are found without a query each.
    invitations = store.invitations(session, asked)
    each_apart(
        session,
        marks,
        lambda mark: settle(session, mark.item, mark.outcome, mark.at, providers),
        lambda mark, error: log.error(
            "an outcome could not be marked", channel=mark.item.channel, reason=describe(error)
        ),
    )
    del messages, invitations


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
                withdraw(session, [message.participant_id], "sms", "provider_stop", now)
            mark_failed(session, message, outcome.plain_reason, now)
        case TemporaryFailure() if outcome.surely_not_sent:
            if outcome.blame is Blame.SETUP:
                # Ours to mend, and no message is to blame: it costs none of its tries.
                message.attempts -= 1
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
        first = invitation.sent_at is None
        invitation.state, invitation.sent_at = "sent", now
        following_up.plan_reminder(session, invitation, now, first=first)
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
    pause = backoff(max(1, message.attempts), luck()) if after is None else after
    message.due_at = now + pause


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
    ask_a_person(session, message, now)


def ask_a_person(session: Session, message: Message, now: datetime) -> None:
    """A task for the coordinator: what became of this message cannot be told from here."""
    recipient = session.get(Recipient, message.participant_id)
    store.add_task(
        session,
        organisation_id=recipient.organisation_id if recipient else "",
        participant_id=message.participant_id,
        invitation_id=message.invitation_id,
        kind="unclear_delivery",
        detail="We cannot tell whether this message arrived. Ask the person before sending again.",
        now=now,
        about=message.kind,
    )


def luck() -> float:
    """From 0 to 1 by chance, so that many messages do not come back all at once."""
    return secrets.randbelow(1001) / 1000


def fact_of(invitation: Invitation) -> dict[str, UUID]:
    return {
        "invitation_id": invitation.id,
        "match_id": invitation.match_id,
        "opportunity_id": invitation.opportunity_id,
        "participant_id": invitation.participant_id,
    }
