"""A participant as other services may know them, made from what outreach holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

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


@dataclass(frozen=True, slots=True)
class Known:
    """What the store says of a person, or will once they are written. Codes by list; `seats` that
    they hold now."""

    entries: Sequence[consent.Entry]
    answers: Mapping[str, Sequence[str]]
    seats: int


def consents(entries: Sequence[consent.Entry]) -> list[Consent]:
    """What holds now, in the order of first mention."""
    return [
        Consent(
            purpose=entry.purpose,
            channel=entry.channel,
            given=entry.given,
            wording_version=entry.wording_version,
            at=entry.at,
        )
        for entry in consent.current(entries).values()
    ]


def matching_profile(known: Known) -> MatchingProfile | None:
    """The profile if there is consent to matching; nothing else ever leaves for matching."""
    if not consent.is_given(known.entries, "matching"):
        return None
    answers = {list_id: sorted(known.answers[list_id]) for list_id in sorted(known.answers)}
    lived = answers.pop("lived_experience", [])
    return MatchingProfile(characteristics=answers, lived_experience=lived)


def known_of(session: Session, person: Participant) -> Known:
    ids = [person.id, *store.merged_ids(session, person.id)]
    return Known(
        store.consents(session, person.id),
        store.matching_answers(session, person.id),
        store.seats_held(session, ids),
    )


def prior_seats(person: Participant, known: Known) -> int:
    return person.prior_seats_elsewhere + known.seats


def publish_new(
    session: Session,
    person: Participant,
    known: Known,
    told: Mapping[str, str | None],
    key: str | None,
    now: datetime,
) -> None:
    """Tell of somebody just written, from what was written; `told` is what is sealed of them."""
    details = ContactDetailsSealed(
        participant_id=person.id,
        revision=person.revision,
        sealed=sealed.details_envelope(session, person, told, key),
    )
    state = state_of(person, known, ParticipantRegistered)
    outbox.publish_all(session, [state, details], now)


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
    return state_of(person, known_of(session, person), kind)


def state_of(person: Participant, known: Known, kind: type[S]) -> S:
    # A record merged into another stays known, but agrees to nothing: only the kept one is matched.
    away = person.merged_into is not None
    return kind(
        participant_id=person.id,
        organisation_id=person.organisation_id,
        revision=person.revision,
        area_code=person.area_code,
        language=person.language,
        matching_profile=None if away else matching_profile(known),
        access_needs=[] if away else person.access_needs,
        communication_formats=person.communication_formats,
        availability=Availability.model_validate(person.availability),
        prior_seats=prior_seats(person, known),
        consents=[] if away else consents(known.entries),
    )
