"""What a person may do from a link in an email: stop emails, answer an invitation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from schemas.events import Answer, PaymentChoice
from services.notifications import answers, composing, store
from services.notifications.consent import withdraw
from services.notifications.messages import context_of, facts_for
from services.notifications.models import Invitation
from services.notifications.signed_links import LinkFor, read_token
from services.runtime.errors import NotFound

CAN_ANSWER = ("requested", "sent", "held")
GONE = "This link does not work any more. Ring us instead."


@dataclass(frozen=True)
class Asked:
    """An invitation as its answer page shows it. No name: an email may be read by others."""

    title: str
    date: str
    state: str
    payment: str = ""
    benefits_notice: str = ""
    expenses: str = ""


def opened(session: Session, purpose: LinkFor, token: str) -> UUID:
    """The id a link is about. Raises NotFound for one that we did not make."""
    about = read_token(store.sealer(session), purpose, token)
    if about is None:
        raise NotFound(GONE)
    return about


def stop_emails(session: Session, token: str, now: datetime) -> None:
    """Withdraw consent to emails. Doing it again changes nothing."""
    person = opened(session, LinkFor.STOP_EMAILS, token)
    if store.is_erased(session, person) or not store.consent_given(session, person, "email"):
        return
    withdraw(session, [person], "email", "email_link", now)


def asked(session: Session, token: str) -> Asked:
    invitation = _invitation(session, token)
    recipient = store.recipient_or_none(session, invitation.participant_id)
    if recipient is None:
        raise NotFound(GONE)
    facts = composing.facts_of(session, invitation, recipient, "en")
    said = context_of(facts_for("invitation", facts), "en")
    return Asked(
        facts["opportunity_title"],
        facts["date"],
        invitation.state,
        payment=str(said["payment"]),
        benefits_notice=str(said.get("benefits_notice") or ""),
        expenses=str(said["expenses"]),
    )


def answer(
    session: Session,
    token: str,
    said: Answer,
    now: datetime,
    payment_choice: PaymentChoice | None = None,
) -> str:
    """Take the answer down; returns the invitation's state. A second answer changes nothing."""
    invitation = _invitation(session, token)
    if invitation.state in CAN_ANSWER:
        answers.record(session, invitation, said, "email", now, now, payment_choice)
    return invitation.state


def _invitation(session: Session, token: str) -> Invitation:
    found = session.get(Invitation, opened(session, LinkFor.ANSWER, token))
    if found is None:
        raise NotFound(GONE)
    return found
