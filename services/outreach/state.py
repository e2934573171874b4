"""A participant as other services may know them, made from what outreach holds."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from schemas.events import (
    Availability,
    Consent,
    ContactDetailsSealed,
    MatchingProfile,
    ParticipantRegistered,
    ParticipantUpdated,
)
from services.outreach import consent, sealed, store
from services.outreach.models import Participant
from services.runtime import outbox

S = TypeVar("S", ParticipantRegistered, ParticipantUpdated)


def consents(session: Session, participant_id: UUID) -> list[Consent]:
    """What holds now, in the order of first mention."""
    return [
        Consent(
            purpose=entry.purpose,
            channel=entry.channel,
            given=entry.given,
            wording_version=entry.wording_version,
            at=entry.at,
        )
        for entry in consent.current(store.consents(session, participant_id)).values()
    ]


def matching_profile(session: Session, participant_id: UUID) -> MatchingProfile | None:
    """The profile if there is consent to matching; nothing else ever leaves for matching."""
    if not consent.is_given(store.consents(session, participant_id), "matching"):
        return None
    answers = store.matching_answers(session, participant_id)
    lived = answers.pop("lived_experience", [])
    return MatchingProfile(characteristics=answers, lived_experience=lived)


def prior_seats(session: Session, person: Participant) -> int:
    ids = [person.id, *store.merged_ids(session, person.id)]
    return person.prior_seats_elsewhere + store.seats_held(session, ids)


def publish_registered(session: Session, person: Participant, now: datetime) -> None:
    state = _state(session, person, ParticipantRegistered)
    outbox.publish_all(session, [state, contact_details(session, person)], now)


def publish_updated(
    session: Session, person: Participant, now: datetime, *, addresses: bool = False
) -> None:
    """Count the revision up and tell the others; `addresses` if name or addresses changed."""
    person.revision += 1
    session.flush()
    events: list[ParticipantUpdated | ContactDetailsSealed] = [
        _state(session, person, ParticipantUpdated)
    ]
    if addresses:
        events.append(contact_details(session, person))
    outbox.publish_all(session, list(events), now)


def contact_details(session: Session, person: Participant) -> ContactDetailsSealed:
    return ContactDetailsSealed(
        participant_id=person.id,
        revision=person.revision,
        sealed=sealed.contact_envelope(session, person),
    )


def _state(session: Session, person: Participant, kind: type[S]) -> S:
    # A record merged into another stays known, but agrees to nothing: only the kept one is matched.
    away = person.merged_into is not None
    return kind(
        participant_id=person.id,
        organisation_id=person.organisation_id,
        revision=person.revision,
        area_code=person.area_code,
        language=person.language,
        matching_profile=None if away else matching_profile(session, person.id),
        access_needs=[] if away else person.access_needs,
        communication_formats=person.communication_formats,
        availability=Availability.model_validate(person.availability),
        prior_seats=prior_seats(session, person),
        consents=[] if away else consents(session, person.id),
    )
