"""Puts a written message into the queue: sealed, its size and cost counted, its urgency settled."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from services.notifications import store
from services.notifications.messages import Written
from services.notifications.models import Inbound, Invitation, Message, Recipient
from services.notifications.pacing import REPLIES, urgency_of
from services.notifications.signed_links import LinkFor, link
from services.notifications.sms import estimate_cost, measure
from services.runtime.clock import as_utc
from services.runtime.settings import Settings


@dataclass(frozen=True)
class EmailParts:
    """An email with what goes along: pages for print by file name, plain texts by file name."""

    body: Written
    pages: dict[str, str] = field(default_factory=dict)
    copies: tuple[str, ...] = ()


def settings_of(session: Session) -> Settings:
    found = session.info["settings"]
    assert isinstance(found, Settings)
    return found


def queue_sms(
    session: Session,
    recipient: Recipient,
    kind: str,
    version: str,
    text: str,
    invitation: Invitation | None,
    now: datetime,
) -> Message:
    """Queue one text message: sealed with the person's own key, its parts and cost counted."""
    contact = store.open_contact(session, recipient)
    assert contact is not None
    assert contact.phone is not None
    pence = Decimal(str(settings_of(session).sms_pence_per_part))
    content = {"to": contact.phone, "body": text}
    message = _message(session, recipient, kind, version, content, invitation, now)
    message.channel = "sms"
    message.parts = measure(text).parts
    message.cost_millipence = int(estimate_cost(text, pence) * 1000)
    session.add(message)
    return message


def queue_email(
    session: Session,
    recipient: Recipient,
    kind: str,
    email: EmailParts,
    invitation: Invitation | None,
    now: datetime,
) -> Message:
    """Queue one email. Pages for print become PDFs when it is sent, outside any transaction."""
    contact = store.open_contact(session, recipient)
    assert contact is not None
    assert contact.email is not None
    content = {
        "to": contact.email,
        "subject": email.body.subject,
        "text": email.body.text,
        "html": email.body.html,
        "language": email.body.language,
        "unsubscribe_url": unsubscribe_url(session, recipient),
        "cc": list(email.copies),
        "pages": email.pages,
    }
    version = email.body.template_id
    message = _message(session, recipient, kind, version, content, invitation, now)
    message.channel = "email"
    session.add(message)
    return message


def unsubscribe_url(session: Session, recipient: Recipient) -> str:
    sealer = store.sealer(session)
    return link(settings_of(session), sealer, LinkFor.STOP_EMAILS, recipient.participant_id)


def _message(
    session: Session,
    recipient: Recipient,
    kind: str,
    version: str,
    content: dict[str, Any],
    invitation: Invitation | None,
    now: datetime,
) -> Message:
    last_word = _last_word(session, recipient, invitation) if kind in REPLIES else None
    return Message(
        id=new_id(),
        invitation_id=invitation.id if invitation else None,
        invitation=invitation,
        participant_id=recipient.participant_id,
        kind=kind,
        template_version=version,
        urgency=urgency_of(kind, last_word, now).value,
        state="queued",
        sealed=store.seal_message(session, recipient, json.dumps(content)),
        parts=1,
        cost_millipence=0,
        due_at=now,
        queued_at=now,
    )


def _last_word(
    session: Session, recipient: Recipient, invitation: Invitation | None
) -> datetime | None:
    """When the person last wrote to us, or answered this invitation in some other way."""
    words = []
    if recipient.phone_index:
        words.append(
            session.scalar(
                select(Inbound.received_at)
                .where(Inbound.phone_index == recipient.phone_index)
                .order_by(Inbound.received_at.desc())
                .limit(1)
            )
        )
    if invitation is not None:
        words.append(invitation.answered_at)
    return max((as_utc(word) for word in words if word is not None), default=None)
