"""An invitation's answer taken down, however it reached us: by text, on a page, by phone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from schemas.events import Answer, Channel, InvitationAnswered, PaymentChoice
from services.notifications import composing
from services.notifications.models import Invitation
from services.notifications.settling import fact_of
from services.runtime import outbox


def record(
    session: Session,
    invitation: Invitation,
    answer: Answer,
    channel: Channel,
    answered_at: datetime,
    now: datetime,
    payment_choice: PaymentChoice | None = None,
) -> None:
    """Tell the other services; thank for a no (a yes is confirmed once the seat is filled)."""
    invitation.state = "accepted" if answer == "yes" else "declined"
    invitation.answered_at = now
    answered = InvitationAnswered(
        **fact_of(invitation),
        answer=answer,
        channel=channel,
        answered_at=answered_at,
        payment_choice=payment_choice if answer == "yes" else None,
    )
    outbox.publish(session, answered, now)
    if answer == "no":
        composing.tell(session, invitation, "thanks_no", now)
