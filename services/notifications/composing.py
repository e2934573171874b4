"""Writes the messages: chooses channel and format, fills the template, seals, queues."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from services.notifications import store
from services.notifications.answering import AskWhich
from services.notifications.facts import invitation_facts, organisation_facts
from services.notifications.messages import sms_text
from services.notifications.models import Invitation, Message, Recipient
from services.notifications.sms import estimate_cost, measure
from services.runtime.settings import Settings


def invite(session: Session, invitation: Invitation, recipient: Recipient, now: datetime) -> None:
    """Queue the invitation, or make a task where no message of ours can do."""
    contact = store.open_contact(session, recipient)
    if contact is None or not contact.phone:
        _hold(session, invitation, "no_mobile", "No mobile number is known. Ring or write.", now)
    elif not store.consent_given(session, invitation.participant_id, "sms"):
        _hold(session, invitation, "no_consent", "No consent for texts. Nothing was sent.", now)
    else:
        tell(session, invitation, "invitation", now)


def tell(session: Session, invitation: Invitation, kind: str, now: datetime, **more: str) -> None:
    """Queue one message about an invitation, if the person still wants texts."""
    recipient = session.get(Recipient, invitation.participant_id)
    if recipient is None or not store.consent_given(session, invitation.participant_id, "sms"):
        return
    facts = _facts(session, invitation, recipient) | more
    text, version = sms_text(kind, recipient.language, facts)
    queue_sms(session, recipient, kind, version, text, invitation.id, now)


def ask_which(session: Session, recipient: Recipient, question: AskWhich, now: datetime) -> None:
    """Ask which invitation the answer was for, by number."""
    options = [{"number": option.number, "text": option.text} for option in question.options]
    facts: dict[str, Any] = organisation_facts(_settings(session)) | {"options": options}
    text, version = sms_text("ask_which", recipient.language, facts)
    queue_sms(session, recipient, "ask_which", version, text, None, now)


def acknowledge(session: Session, recipient: Recipient, kind: str, now: datetime) -> None:
    """A short answer that is not about one invitation: help, or "a person will read this"."""
    text, version = sms_text(kind, recipient.language, organisation_facts(_settings(session)))
    queue_sms(session, recipient, kind, version, text, None, now)


def queue_sms(
    session: Session,
    recipient: Recipient,
    kind: str,
    version: str,
    text: str,
    invitation_id: UUID | None,
    now: datetime,
) -> Message:
    """Queue one text message: sealed with the person's own key, its parts and cost counted."""
    contact = store.open_contact(session, recipient)
    assert contact is not None
    assert contact.phone is not None
    assert recipient.sealed is not None
    pence = Decimal(str(_settings(session).sms_pence_per_part))
    message = Message(
        id=new_id(),
        invitation_id=invitation_id,
        participant_id=recipient.participant_id,
        kind=kind,
        template_version=version,
        channel="sms",
        state="queued",
        sealed=store.seal_message(
            session, recipient, json.dumps({"to": contact.phone, "body": text})
        ),
        parts=measure(text).parts,
        cost_millipence=int(estimate_cost(text, pence) * 1000),
        due_at=now,
        queued_at=now,
    )
    session.add(message)
    session.flush()
    return message


def invitation_of_match(session: Session, match_id: UUID) -> Invitation | None:
    return session.scalar(select(Invitation).where(Invitation.match_id == match_id))


def took_part(session: Session, opportunity_id: UUID) -> list[Invitation]:
    """Invitations whose person holds a seat."""
    query = select(Invitation).where(
        Invitation.opportunity_id == opportunity_id, Invitation.seat_id.is_not(None)
    )
    return list(session.scalars(query.order_by(Invitation.id)))


def label_of(session: Session, invitation: Invitation) -> str:
    """How a question names an invitation: its title, and the first day when there is one."""
    known = store.opportunity(session, invitation.opportunity_id)
    return str(known.facts["title"]) if known else "our invitation"


def _facts(session: Session, invitation: Invitation, recipient: Recipient) -> dict[str, Any]:
    known = store.opportunity(session, invitation.opportunity_id)
    contact = store.open_contact(session, recipient)
    return invitation_facts(
        _settings(session),
        known.facts if known else {},
        first_name=contact.first_name if contact else "",
        language=recipient.language,
        reply_by=invitation.reply_by,
        why=invitation.why,
    )


def _hold(session: Session, invitation: Invitation, kind: str, detail: str, now: datetime) -> None:
    invitation.state, invitation.reason = "held", detail
    store.add_task(
        session,
        organisation_id=invitation.organisation_id,
        participant_id=invitation.participant_id,
        invitation_id=invitation.id,
        kind=kind,
        detail=detail,
        now=now,
    )


def _settings(session: Session) -> Settings:
    found = session.info["settings"]
    assert isinstance(found, Settings)
    return found
