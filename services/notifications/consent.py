"""Withdrawal of consent to be written to: at once, here and in every other service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from schemas.events import Consent, ConsentChanged
from services.notifications import store
from services.runtime import outbox

WORDING = {"sms": "reply-stop", "email": "email-link"}


def withdraw(
    session: Session,
    participant_ids: Iterable[UUID],
    channel: Literal["sms", "email"],
    evidence: str,
    now: datetime,
) -> None:
    """Write the withdrawal into the ledger, cancel what is queued, tell the other services.

    evidence: how we know: reply_stop, provider_stop, email_link.
    """
    for participant_id in participant_ids:
        wording = WORDING[channel]
        store.record_consent(session, participant_id, channel, False, now, wording, evidence)
        store.cancel_queued(session, participant_id, channel, now, "the person told us to stop")
        consent = Consent(
            purpose="contact", channel=channel, given=False, wording_version=wording, at=now
        )
        event = ConsentChanged(participant_id=participant_id, consent=consent, evidence=evidence)
        outbox.publish(session, event, now)
