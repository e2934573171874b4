"""An invitation that could not arrive goes out once more: another way, or to a mended number.

The coordinator's approval holds: matching is told, and takes the person out of the proposals again.
If something else was decided there meanwhile, it calls the invitation back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.events import InvitationResent
from services.notifications import composing, following_up, queries, store
from services.notifications.commands import Settled
from services.notifications.follow_up_times import UK
from services.notifications.formats import Way
from services.notifications.models import Invitation, Recipient
from services.notifications.settling import fact_of
from services.runtime import audit, outbox
from services.runtime.errors import Conflict
from services.runtime.security.principal import Principal

ONCE_ONLY = "It was sent again before and did not arrive. Ring or write instead."
DECIDED_SINCE = "This person was approved again meanwhile. Look at their newer invitation."


class AgainBody(BaseModel):
    """How to send it; without a channel, as the person's needs and consents say."""

    channel: Literal["sms", "email"] | None = Field(default=None, examples=["email"])


def invite_again(
    session: Session, principal: Principal, body: tuple[UUID, AgainBody], now: datetime
) -> Settled:
    """Send a failed invitation once more. Raises Conflict with what to do instead."""
    invitation_id, again = body
    invitation = queries.own_invitation(session, principal, invitation_id)
    recipient = session.get(Recipient, invitation.participant_id)
    _check(session, invitation, now)
    if recipient is None or recipient.sealed is None:
        raise Conflict("Nothing is known any more of how to reach this person.")
    if not following_up.note_done(session, invitation.id, "invited_again", "", now):
        raise Conflict(ONCE_ONLY)
    way = Way(again.channel) if again.channel else None
    why_not = composing.invite_again(session, invitation, recipient, way, now)
    if why_not:
        raise Conflict(why_not)
    store.finish_tasks(session, invitation.id, "invitation", now)
    event = InvitationResent(**fact_of(invitation), reply_by=invitation.reply_by)
    outbox.publish(session, event, now)
    audit.record(session, principal, "invitation:resend", "invitation", str(invitation.id), now)
    return Settled(id=str(invitation.id))


def _check(session: Session, invitation: Invitation, now: datetime) -> None:
    if invitation.state != "failed":
        raise Conflict("Only an invitation that did not arrive can be sent again.")
    if now.astimezone(UK).date() > invitation.reply_by:
        raise Conflict("The time to answer is over. Approve the proposal again in Matching.")
    known = store.opportunity(session, invitation.opportunity_id)
    if known is None or known.facts.get("closed"):
        raise Conflict("This opportunity is closed.")
    newer = select(Invitation.id).where(
        Invitation.match_id == invitation.match_id,
        Invitation.id != invitation.id,
        Invitation.requested_at > invitation.requested_at,
    )
    if session.scalar(newer.limit(1)) is not None:
        raise Conflict(DECIDED_SINCE)
