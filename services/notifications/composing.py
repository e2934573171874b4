"""Writes the messages: chooses channel and format, fills the template, seals, queues."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notifications import reaching, store, template_store
from services.notifications.answering import AskWhich
from services.notifications.facts import invitation_facts, organisation_facts
from services.notifications.formats import TASK_WORDS, Delivery, Plan, TaskKind, Way
from services.notifications.messages import Format, Written, write
from services.notifications.models import Invitation, Recipient
from services.notifications.queueing import (
    EmailParts,
    queue_email,
    queue_sms,
    settings_of,
    unsubscribe_url,
)
from services.notifications.signed_links import LinkFor, link

KIND_WORDS = {
    "invitation": "Invitation",
    "reminder": "Reminder to answer",
    "confirmation": "Their place is confirmed",
    "seats_full": "The last place has gone",
    "invitation_withdrawn": "The invitation is taken back",
    "session_reminder": "Reminder of the day",
    "thanks_no": "Thanks for the answer",
    "thanks_after": "Thanks for coming",
    "survey_listened": "Question: were you listened to?",
    "survey_again": "Question: would you do it again?",
    "payment_sent": "Their payment is sent",
    "you_said_we_did": "You said, we did",
    "answer": "Our answer",
}
# A person is owed these: where no message of ours will do, a colleague tells them.
OWED = frozenset({"confirmation", "seats_full", "invitation_withdrawn", "session_reminder"})
NOT_WORTH_A_CALL = frozenset({"thanks_no", "thanks_after", "survey_listened", "survey_again"})
ONLY_WORDS = {Way.SMS: "text message", Way.EMAIL: "email"}
FILE_NAMES = {Format.LARGE_PRINT: "large-print.pdf", Format.EASY_READ: "easy-read.pdf"}


def invite(session: Session, invitation: Invitation, recipient: Recipient, now: datetime) -> None:
    """Queue the invitation, or make a task where no message of ours can do."""
    plan = reaching.plan_for(session, recipient, "invitation", invitation)
    if plan.tasks:
        details = _add_tasks(session, invitation, recipient, "invitation", plan, {}, now)
        invitation.state, invitation.reason = "held", details[0]
    for delivery in plan.deliveries:
        _deliver(session, invitation, recipient, "invitation", delivery, {}, now)


def invite_again(
    session: Session, invitation: Invitation, recipient: Recipient, only: Way | None, now: datetime
) -> str:
    """Queue the invitation once more; or say why not in a sentence, and queue nothing."""
    plan = reaching.plan_for(session, recipient, "invitation", invitation, only)
    if TaskKind.NO_WAY in plan.tasks:
        if only is None:
            return reaching.why_no_way(session, recipient)
        return f"We cannot write to this person by {ONLY_WORDS[only]}. Choose another way."
    if plan.tasks:
        return TASK_WORDS[plan.tasks[0]]
    invitation.state, invitation.reason = "requested", ""
    for delivery in plan.deliveries:
        _deliver(session, invitation, recipient, "invitation", delivery, {}, now)
    return ""


def tell(session: Session, invitation: Invitation, kind: str, now: datetime, **more: str) -> bool:
    """Queue one message about an invitation in the form the person needs, or make a task of it.

    False when the person is told nothing: no way that they agreed to, and not worth a call.
    """
    recipient = session.get(Recipient, invitation.participant_id)
    if recipient is None or recipient.sealed is None:
        return False
    plan = reaching.plan_for(session, recipient, kind, invitation)
    by_colleague = bool(plan.tasks) and _worth_a_task(kind, plan)
    if by_colleague:
        _add_tasks(session, invitation, recipient, kind, plan, more, now)
    for delivery in plan.deliveries:
        _deliver(session, invitation, recipient, kind, delivery, more, now)
    return by_colleague or bool(plan.deliveries)


def _worth_a_task(kind: str, plan: Plan) -> bool:
    if plan.tasks == (TaskKind.NO_WAY,):
        return kind in OWED
    return kind not in NOT_WORTH_A_CALL


def _add_tasks(
    session: Session,
    invitation: Invitation,
    recipient: Recipient,
    kind: str,
    plan: Plan,
    more: dict[str, str],
    now: datetime,
) -> list[str]:
    """One task for each thing to do; returns what the tasks say."""
    details = []
    for task in plan.tasks:
        if task is TaskKind.NO_WAY:
            words = reaching.why_no_way(session, recipient)
        else:
            words = TASK_WORDS[task] + reaching.caution(session, recipient, task)
        details.append(words if kind == "invitation" else f"{KIND_WORDS[kind]}. {words}")
        store.add_task(
            session,
            organisation_id=invitation.organisation_id,
            participant_id=invitation.participant_id,
            invitation_id=invitation.id,
            kind=task.value,
            detail=details[-1],
            now=now,
            about=kind,
            facts=more,
        )
    return details


def _deliver(
    session: Session,
    invitation: Invitation,
    recipient: Recipient,
    kind: str,
    delivery: Delivery,
    more: dict[str, str],
    now: datetime,
) -> None:
    written = written_for(session, invitation, recipient, kind, delivery.body, more)
    if delivery.way is Way.SMS:
        version = written.template_id
        queue_sms(session, recipient, kind, version, written.text, invitation, now)
        return
    pages = {
        FILE_NAMES[form]: written_for(session, invitation, recipient, kind, form, more).html
        for form in delivery.attach
    }
    contact = store.open_contact(session, recipient)
    advocate = contact.advocate_email if contact and delivery.copy_advocate else None
    copies = (advocate,) if advocate else ()
    email = EmailParts(written, pages, copies)
    queue_email(session, recipient, kind, email, invitation, now)


def written_for(
    session: Session,
    invitation: Invitation,
    recipient: Recipient,
    kind: str,
    form: Format,
    more: dict[str, str],
) -> Written:
    """A message about an invitation, in one format. Raises TemplateProblem."""
    organisation = invitation.organisation_id
    template = template_store.current(session, organisation, kind, recipient.language, form)
    linked = form is not Format.SMS
    facts = facts_of(session, invitation, recipient, template.language, linked=linked) | more
    stop = unsubscribe_url(session, recipient) if linked else ""
    return write(template, facts, form, unsubscribe_url=stop)


def facts_of(
    session: Session,
    invitation: Invitation,
    recipient: Recipient,
    language: str,
    *,
    linked: bool = True,
) -> dict[str, Any]:
    """Placeholders of an invitation's messages, with dates and money in `language`.

    linked: with the address to answer at, which a text message has no use for.
    """
    known = store.opportunity(session, invitation.opportunity_id)
    contact = store.open_contact(session, recipient)
    settings = settings_of(session)
    return invitation_facts(
        settings,
        known.facts if known else {},
        first_name=contact.first_name if contact else "",
        language=language,
        reply_by=invitation.reply_by,
        why=invitation.why,
    ) | {
        "answer_url": link(settings, store.sealer(session), LinkFor.ANSWER, invitation.id)
        if linked
        else "",
        "bsl_video_url": reaching.bsl_video_url(session, recipient, invitation),
    }


def tells_of_pay(session: Session, invitation: Invitation) -> bool:
    """Whether the invitation offers pay; then it says what pay may do to benefits, too."""
    recipient = session.get_one(Recipient, invitation.participant_id)
    return bool(facts_of(session, invitation, recipient, "en")["payment"])


def ask_which(session: Session, recipient: Recipient, question: AskWhich, now: datetime) -> None:
    """Ask which invitation the answer was for, by number."""
    options = [{"number": option.number, "text": option.text} for option in question.options]
    _answer_a_text(session, recipient, "ask_which", {"options": options}, now)


def acknowledge(session: Session, recipient: Recipient, kind: str, now: datetime) -> None:
    """A short answer that is not about one invitation: help, or "a person will read this"."""
    _answer_a_text(session, recipient, kind, {}, now)


def _answer_a_text(
    session: Session, recipient: Recipient, kind: str, more: dict[str, Any], now: datetime
) -> None:
    facts = organisation_facts(settings_of(session)) | more
    organisation = recipient.organisation_id
    template = template_store.current(session, organisation, kind, recipient.language, Format.SMS)
    written = write(template, facts, Format.SMS)
    queue_sms(session, recipient, kind, written.template_id, written.text, None, now)


def own_page_link(
    session: Session,
    recipient: Recipient,
    address: str,
    asked_by: Literal["phone", "email"],
    now: datetime,
) -> None:
    """The link that a person asked for, by text or email, whichever they said yes to.

    Who said yes to both gets it the way they asked: their phone may be lost.
    """
    contact = store.open_contact(session, recipient)
    if contact is None:
        return
    kind, organisation = "own_page_link", recipient.organisation_id
    facts = organisation_facts(settings_of(session)) | {
        "own_page_url": address,
        "first_name": contact.first_name,
    }
    by_email = bool(contact.email) and store.consent_given(
        session, recipient.participant_id, "email"
    )
    by_text = bool(contact.phone) and store.consent_given(session, recipient.participant_id, "sms")
    if by_text and not (by_email and asked_by == "email"):
        template = template_store.current(
            session, organisation, kind, recipient.language, Format.SMS
        )
        text = write(template, facts, Format.SMS)
        queue_sms(session, recipient, kind, text.template_id, text.text, None, now)
    elif by_email:
        template = template_store.current(
            session, organisation, kind, recipient.language, Format.EMAIL
        )
        stop = unsubscribe_url(session, recipient)
        letter = write(template, facts, Format.EMAIL, unsubscribe_url=stop)
        queue_email(session, recipient, kind, EmailParts(letter), None, now)


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
