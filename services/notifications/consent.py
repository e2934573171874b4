"""Withdrawal of consent to be texted: at once, here and in every other service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from schemas.events import Consent, ConsentChanged
from services.notifications import store
from services.runtime import outbox

STOP_WORDING = "reply-stop"


def withdraw_texts(
    session: Session, participant_ids: Iterable[UUID], evidence: str, now: datetime
) -> None:
    """Write the withdrawal into the ledger, cancel what is queued, tell the other services."""
    for participant_id in participant_ids:
        store.record_consent(session, participant_id, "sms", False, now, STOP_WORDING, evidence)
        store.cancel_queued(session, participant_id, "sms", now, "the person sent STOP")
        consent = Consent(
            purpose="contact", channel="sms", given=False, wording_version=STOP_WORDING, at=now
        )
        event = ConsentChanged(participant_id=participant_id, consent=consent, evidence=evidence)
        outbox.publish(session, event, now)
