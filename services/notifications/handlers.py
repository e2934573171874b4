"""What notifications does about the other services' events."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy.orm import Session

from schemas.events import (
    ConsentChanged,
    ContactDetailsSealed,
    FeedbackShared,
    FeedbackTold,
    InvitationCancelled,
    InvitationRequested,
    MatchWithdrawn,
    OpportunityClosed,
    OpportunityState,
    OwnPageLinkAsked,
    ParticipantErased,
    ParticipantState,
    PaymentRecorded,
    SeatFilled,
    SeatReleased,
    SurveyRequested,
)
from services.notifications import actions, composing, erasing, following_up, store, surveys
from services.notifications.models import Invitation, OpportunityFacts
from services.notifications.queueing import settings_of
from services.runtime import outbox
from services.runtime.errors import DomainError
from services.runtime.security import own_links


def on_participant(event: ParticipantState, session: Session, _now: datetime) -> None:
    if store.is_erased(session, event.participant_id):
        return
    recipient = store.recipient(session, event.participant_id)
    if event.revision <= recipient.revision:
        return
    recipient.revision = event.revision
    recipient.organisation_id = event.organisation_id
    recipient.language = event.language
    recipient.formats = list(event.communication_formats)
    recipient.access_needs = list(event.access_needs)
    recipient.area_code = event.area_code
    first = recipient.revision == event.revision and event.revision == 1
    for consent in event.consents:
        if consent.purpose == "contact" and consent.channel:
            store.record_consent(
                session,
                event.participant_id,
                consent.channel,
                consent.given,
                consent.at,
                consent.wording_version,
                "registration" if first else "update",
            )


def on_contact_details(event: ContactDetailsSealed, session: Session, _now: datetime) -> None:
    if store.is_erased(session, event.participant_id) or event.sealed is None:
        return
    recipient = store.recipient(session, event.participant_id)
    if event.revision <= recipient.contact_revision:
        return
    recipient.contact_revision = event.revision
    recipient.sealed = event.sealed
    raw = json.loads(
        store.sealer(session).open(event.participant_id, store.CONTACT_FIELD, event.sealed)
    )
    phone = raw.get("phone")
    recipient.phone_index = store.sealer(session).blind_index(phone) if phone else None


def on_consent_changed(event: ConsentChanged, session: Session, now: datetime) -> None:
    consent = event.consent
    if consent.purpose != "contact" or consent.channel is None:
        return
    if store.is_erased(session, event.participant_id):
        return
    store.record_consent(
        session,
        event.participant_id,
        consent.channel,
        consent.given,
        consent.at,
        consent.wording_version,
        event.evidence,
    )
    session.flush()
    if not store.consent_given(session, event.participant_id, consent.channel):
        store.cancel_queued(
            session, event.participant_id, consent.channel, now, "consent was withdrawn"
        )


def on_erased(event: ParticipantErased, session: Session, now: datetime) -> None:
    erasing.erase(session, event.participant_id, now)


def on_own_page_link_asked(event: OwnPageLinkAsked, session: Session, now: datetime) -> None:
    """Write the message with the link, unless it would come too late to be of use."""
    if store.is_erased(session, event.participant_id) or now >= event.expires_at:
        return
    recipient = store.recipient(session, event.participant_id)
    secret = own_links.secret_of(store.sealer(session), event.link_id)
    base = settings_of(session).security.public_base_url
    address = own_links.address_of(base, secret)
    composing.own_page_link(session, recipient, address, event.asked_by, now)


def on_opportunity(event: OpportunityState, session: Session, now: datetime) -> None:
    known = store.opportunity(session, event.opportunity_id)
    facts = event.model_dump(mode="json")
    if known is None:
        session.add(
            OpportunityFacts(
                opportunity_id=event.opportunity_id, revision=event.revision, facts=facts
            )
        )
    elif event.revision > known.revision:
        known.revision, known.facts = event.revision, facts
        for invitation in composing.took_part(session, event.opportunity_id):
            following_up.plan_sessions(session, invitation, now)


def on_opportunity_closed(event: OpportunityClosed, session: Session, _now: datetime) -> None:
    known = store.opportunity(session, event.opportunity_id)
    if known is not None:
        known.facts = {**known.facts, "closed": True}


def on_invitation_requested(event: InvitationRequested, session: Session, now: datetime) -> None:
    if store.invitation(session, event.invitation_id) is not None:
        return
    if store.is_erased(session, event.participant_id):
        return
    if store.opportunity(session, event.opportunity_id) is None:
        raise DomainError("The facts of this opportunity have not arrived yet.")
    recipient = store.recipient(session, event.participant_id)
    if recipient.revision == 0 or recipient.contact_revision == 0:
        raise DomainError("The contact details for this invitation have not arrived yet.")
    invitation = Invitation(
        id=event.invitation_id,
        match_id=event.match_id,
        opportunity_id=event.opportunity_id,
        participant_id=event.participant_id,
        organisation_id=event.organisation_id,
        asked_by=event.asked_by,
        why=list(event.why),
        reply_by=event.reply_by,
        state="requested",
        requested_at=now,
    )
    store.add_invitation(session, invitation)
    composing.invite(session, invitation, recipient, now)


def on_invitation_cancelled(event: InvitationCancelled, session: Session, now: datetime) -> None:
    invitation = store.invitation(session, event.invitation_id)
    if invitation is None or invitation.state not in store.OPEN_STATES:
        return
    was_sent = invitation.state == "sent"
    invitation.state, invitation.reason = "cancelled", event.reason
    store.cancel_invitation_messages(session, invitation.id, now, "the invitation was taken back")
    if was_sent:
        composing.tell(session, invitation, "invitation_withdrawn", now)


def on_match_withdrawn(event: MatchWithdrawn, session: Session, now: datetime) -> None:
    """Somebody said yes after the last seat went: say so, kindly and at once."""
    if event.reason != "seats_full":
        return
    invitation = composing.invitation_of_match(session, event.match_id)
    if invitation is not None:
        composing.tell(session, invitation, "seats_full", now)


def on_seat_filled(event: SeatFilled, session: Session, now: datetime) -> None:
    invitation = composing.invitation_of_match(session, event.match_id)
    if invitation is None or invitation.seat_id is not None:
        return
    invitation.seat_id = event.seat_id
    composing.tell(session, invitation, "confirmation", now)
    following_up.plan_sessions(session, invitation, now)


def on_seat_released(event: SeatReleased, session: Session, _now: datetime) -> None:
    invitation = composing.invitation_of_match(session, event.match_id)
    if invitation is not None:
        invitation.seat_id = None
        following_up.drop(session, invitation.id, following_up.AROUND_SESSIONS)


def on_survey_requested(event: SurveyRequested, session: Session, now: datetime) -> None:
    """One short question to somebody who has a seat; never twice."""
    invitation = composing.invitation_of_match(session, event.match_id)
    if invitation is not None and invitation.seat_id is not None:
        surveys.ask(session, invitation, event.question, now)


def on_payment_recorded(event: PaymentRecorded, session: Session, now: datetime) -> None:
    """Tell a person that their money is on its way, once for each payment."""
    invitation = composing.invitation_of_match(session, event.match_id)
    if invitation is None or invitation.state != "accepted":
        return
    actions.tell_of_payment(
        session,
        invitation,
        actions.PaymentBody(amount_pence=event.amount_pence, paid_on=event.paid_on),
        event.payment_id.hex[-12:],
        now,
    )


def on_feedback_shared(event: FeedbackShared, session: Session, now: datetime) -> None:
    """Close the loop with everybody who took part, and say how many heard."""
    told = [
        composing.tell(
            session,
            invitation,
            "you_said_we_did",
            now,
            you_said=event.you_said,
            we_did=event.we_did,
        )
        for invitation in composing.took_part(session, event.opportunity_id)
    ]
    heard = FeedbackTold(
        feedback_id=event.feedback_id, opportunity_id=event.opportunity_id, people=sum(told)
    )
    outbox.publish(session, heard, now)
