"""How one message can reach one person: what we have, what we may use, what they need."""

from __future__ import annotations

from sqlalchemy.orm import Session

from schemas.communication import Need
from services.notifications import store, template_store
from services.notifications.addresses import AddressError, is_uk_mobile, parse_sms_number
from services.notifications.formats import Plan, TaskKind, Way, Ways, plan
from services.notifications.messages import Format, has_form
from services.notifications.models import BslVideo, Invitation, Recipient
from services.notifications.store import ContactDetails

_CALLS = frozenset(
    {TaskKind.CALL, TaskKind.CALL_THROUGH_RELAY, TaskKind.CALL_WITH_INTERPRETER},
)
_LETTERS = frozenset(
    {TaskKind.POST, TaskKind.POST_LARGE_PRINT, TaskKind.POST_EASY_READ, TaskKind.POST_BRAILLE}
)

SIGNED = frozenset({"invitation", "reminder"})
"""Kinds whose words are in the video of the invitation."""


def bsl_video_url(session: Session, recipient: Recipient, invitation: Invitation) -> str:
    """Where this person can watch the invitation; empty for who does not need it signed."""
    if Need.BSL_VIDEO not in recipient.formats:
        return ""
    video = session.get(BslVideo, invitation.opportunity_id)
    return video.url if video else ""


def plan_for(
    session: Session,
    recipient: Recipient,
    kind: str,
    invitation: Invitation,
    only: Way | None = None,
) -> Plan:
    """Deliveries to queue or tasks for the coordinator (see `formats.plan`).

    only: the one way a coordinator chose.
    """
    contact = store.open_contact(session, recipient)
    planned = _plan(session, recipient, contact, kind, invitation, Format.SMS, only)
    if any(delivery.way is Way.EMAIL for delivery in planned.deliveries):
        # A language may be ready for texts and not for letters.
        return _plan(session, recipient, contact, kind, invitation, Format.EMAIL, only)
    return planned


def _plan(
    session: Session,
    recipient: Recipient,
    contact: ContactDetails | None,
    kind: str,
    invitation: Invitation,
    form: Format,
    only: Way | None,
) -> Plan:
    language = recipient.language
    template = template_store.current(session, recipient.organisation_id, kind, language, form)
    readable = {"en"} | ({template.language} if template.reviewed else set())
    easy = template_store.current(
        session, recipient.organisation_id, kind, language, Format.EASY_READ
    )
    ways = Ways(
        sms=only is not Way.EMAIL and _may_text(session, recipient, contact),
        email=only is not Way.SMS
        and bool(contact and contact.email)
        and store.consent_given(session, recipient.participant_id, "email"),
        languages=frozenset(readable),
        advocate_email=bool(contact and contact.advocate_email),
        bsl_video=kind in SIGNED and bsl_video_url(session, recipient, invitation) != "",
    )
    return plan(
        recipient.formats,
        recipient.access_needs,
        ways,
        language,
        has_easy_read=has_form(easy, Format.EASY_READ),
    )


def _may_text(session: Session, recipient: Recipient, contact: ContactDetails | None) -> bool:
    return can_text(contact) and store.consent_given(session, recipient.participant_id, "sms")


def can_text(contact: ContactDetails | None) -> bool:
    """Whether there is a number that takes texts. A landline does not."""
    if contact is None or not contact.phone:
        return False
    if is_uk_mobile(contact.phone):
        return True
    try:
        parse_sms_number(contact.phone)
    except AddressError:
        return False
    return True


def why_no_way(session: Session, recipient: Recipient) -> str:
    """Why nothing of ours can reach this person, and what to do, in a sentence or two."""
    contact = store.open_contact(session, recipient)
    if can_text(contact):
        if not store.consent_given(session, recipient.participant_id, "sms"):
            return "No consent for texts. Nothing was sent. Ask their link worker."
        return "They asked for emails, and there is no address with consent. Ask for one."
    if contact is not None and contact.phone:
        return "This number cannot get texts. Ring instead, or ask for a mobile number."
    if contact is not None and contact.email:
        return "No consent for emails. Nothing was sent. Ask their link worker."
    return "No mobile number is known. Ring or write."


def caution(session: Session, recipient: Recipient, task: TaskKind) -> str:
    """What to heed before a call or a letter: a person may not have agreed to those either."""
    person = recipient.participant_id
    if task in _CALLS and not store.consent_given(session, person, "phone"):
        return " They have not agreed to calls yet: ask their link worker first."
    if task in _LETTERS and not store.consent_given(session, person, "post"):
        return " They have not agreed to letters yet: ask their link worker first."
    return ""
