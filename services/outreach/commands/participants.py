"""Participants: registered with consent, corrected with the revision in hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.outreach import answers, consent, monitoring, sealed, state, store
from services.outreach.addressing import Addresses, read_addresses, read_advocate
from services.outreach.bodies import Stored
from services.outreach.commands.contacts import STALE
from services.outreach.commands.learning import require_induction
from services.outreach.models import MatchingAnswer, OutreachContact, Participant
from services.outreach.participant_bodies import (
    AdvocateBody,
    Changed,
    ConsentBody,
    MatchingProfileBody,
    ParticipantBody,
    ParticipantCorrection,
)
from services.runtime import audit
from services.runtime.clock import as_utc
from services.runtime.errors import Conflict, DomainError
from services.runtime.security.permissions import reaches
from services.runtime.security.principal import Principal

KIND = "participant"
CHANGED_BODY = (
    "This participant is here already with other content. Look at both, then correct the record "
    "that is stored."
)
ADDRESS_FIELDS = ("name", "phone", "email", "postal_address")


@dataclass(frozen=True)
class Register:
    """A participant with the id that the client made, and the client's clock at sending."""

    id: UUID
    body: ParticipantBody
    device_time: datetime | None = None


@dataclass(frozen=True)
class Correct:
    id: UUID
    revision: int
    body: ParticipantCorrection


def register(session: Session, principal: Principal, what: Register, now: datetime) -> Stored:
    """Register a person who agreed. The same body again changes nothing; raises Conflict for
    another body, DomainError without a consent that every part needs, Gone for an erased id."""
    store.refuse_if_erased(session, what.id)
    index = sealed.body_index(session, _canonical(what.body))
    if session.get(Participant, what.id, with_for_update=True) is not None:
        known = store.participant(session, principal, what.id)
        if known.body_index != index:
            raise Conflict(CHANGED_BODY)
        return _stored(session, principal, known, created=False)
    require_induction(session, principal)
    body, entries = what.body, _entries(what.body.consents, what.body.recorded_at, now)
    addresses = read_addresses(body.phone, body.email, body.postal_address)
    _check_agreement(entries, addresses)
    person = _new(session, principal, what, addresses, index, now)
    if body.advocate is not None:
        _keep_advocate(session, person, body.advocate, now)
    session.add(person)
    session.flush()
    for entry, asked in zip(entries, body.consents, strict=True):
        store.add_consent(
            session,
            person.id,
            entry,
            language=body.wording_language or asked.wording_language,
            evidence="registration",
            recorded_by=principal.account_id,
            now=now,
        )
    session.flush()
    if body.matching_profile is not None:
        keep_matching_profile(session, person.id, body.matching_profile)
    if body.monitoring is not None:
        keep_monitoring(session, person, body.monitoring, now)
    state.publish_registered(session, person, now)
    audit.record(session, principal, "participant:register", KIND, str(person.id), now)
    return _stored(session, principal, person, created=True)


def _canonical(body: ParticipantBody) -> str:
    """What tells two bodies apart. A question that came later and was not answered is left out, so
    that what waited on a device since before stays the same record."""
    return body.model_dump_json(exclude={"advocate"} if body.advocate is None else None)


def _entries(said: list[ConsentBody], recorded_at: datetime, now: datetime) -> list[consent.Entry]:
    at = consent.said_at(recorded_at, now)
    return [consent.Entry(c.purpose, c.channel, c.given, c.wording_version, at) for c in said]


def _check_agreement(entries: list[consent.Entry], addresses: Addresses) -> None:
    problem = consent.why_not_register(entries, addresses.reach())
    if problem is not None:
        field, sentence = problem
        raise DomainError(sentence, field)


def _new(
    session: Session,
    principal: Principal,
    what: Register,
    addresses: Addresses,
    index: str,
    now: datetime,
) -> Participant:
    body = what.body
    hidden = sealed.seal_all(
        session,
        what.id,
        {
            "name": body.name,
            "phone": addresses.phone,
            "email": addresses.email,
            "postal_address": addresses.postal_address,
        },
    )
    return Participant(
        id=what.id,
        organisation_id=principal.organisation_id,
        team_id=principal.team_id,
        registered_by=principal.account_id,
        contact_id=_contact(session, principal, body.contact_id),
        revision=1,
        name=hidden["name"] or "",
        phone=hidden["phone"],
        email=hidden["email"],
        postal_address=hidden["postal_address"],
        phone_index=sealed.phone_index(session, addresses.phone),
        email_index=sealed.email_index(session, addresses.email),
        area_code=body.area_code,
        language=body.language,
        access_needs=answers.access_needs(body.access_needs),
        communication_formats=answers.communication_formats(body.communication_formats),
        availability=body.availability.model_dump(mode="json"),
        prior_seats_elsewhere=body.prior_seats,
        answered_by=body.answered_by,
        recorded_at=body.recorded_at,
        registered_at=now,
        clock_skewed=consent.is_skewed(body.recorded_at, now, what.device_time),
        body_index=index,
    )


def _keep_advocate(
    session: Session, person: Participant, given: AdvocateBody, now: datetime
) -> None:
    """Where an advocate gets a copy; without an address, nobody does."""
    address = read_advocate(given.email, given.agreed)
    person.advocate_email = sealed.seal(session, person.id, "advocate_email", address)
    person.advocate_agreed_at = now if address else None


def _contact(session: Session, principal: Principal, contact_id: UUID | None) -> UUID | None:
    """The contact they were met at; one that was erased meanwhile is left out."""
    if contact_id is None or store.is_erased(session, contact_id):
        return None
    contact = session.get(OutreachContact, contact_id)
    if contact is None or not reaches(principal, store.owner_of_contact(contact)):
        raise DomainError("Log this contact first, then register the person.", "contact_id")
    return contact_id


def keep_matching_profile(
    session: Session, participant_id: UUID, profile: MatchingProfileBody
) -> None:
    """Replace the matching profile. Raises DomainError without consent to matching."""
    given = answers.checked(profile.characteristics, "matching", "matching_profile")
    lived = {"lived_experience": profile.lived_experience}
    given |= answers.checked(lived, "matching", "matching_profile")
    if given and not consent.is_given(store.consents(session, participant_id), "matching"):
        raise DomainError(
            "They have not agreed that we use this for matching. Ask first, or leave it out.",
            "matching_profile",
        )
    store.forget_matching_answers(session, participant_id)
    for list_id, codes in given.items():
        version = answers.list_version(list_id)
        for code in codes:
            session.add(
                MatchingAnswer(
                    participant_id=participant_id, list_id=list_id, code=code, list_version=version
                )
            )
    session.flush()


def keep_monitoring(
    session: Session, person: Participant, given: dict[str, list[str]], now: datetime
) -> None:
    """Replace the monitoring answers. Raises DomainError without consent to monitoring."""
    checked = answers.checked(given, "monitoring", "monitoring")
    if checked and not consent.is_given(store.consents(session, person.id), "monitoring"):
        raise DomainError(
            "They have not agreed to equality monitoring. Ask first, or leave it out.", "monitoring"
        )
    monitoring.keep(session, person.id, person.organisation_id, checked, now)


def _stored(session: Session, principal: Principal, person: Participant, created: bool) -> Stored:
    return Stored(
        id=person.id,
        revision=person.revision,
        created=created,
        received_at=as_utc(person.registered_at),
        clock_skewed=person.clock_skewed,
        possible_duplicates=_same_phone(session, principal, person),
    )


def _same_phone(session: Session, principal: Principal, person: Participant) -> list[UUID]:
    if person.phone_index is None:
        return []
    same = store.reachable_participants(principal).where(
        Participant.phone_index == person.phone_index,
        Participant.id != person.id,
        Participant.merged_into.is_(None),
    )
    return list(session.scalars(same.with_only_columns(Participant.id).order_by(Participant.id)))


def correct(session: Session, principal: Principal, what: Correct, now: datetime) -> Changed:
    """Change the given fields. Raises Conflict when another revision is stored."""
    person = store.participant(session, principal, what.id)
    if person.revision != what.revision:
        raise Conflict(STALE)
    given = what.body.model_fields_set
    _correct_plain(person, what.body)
    moved = bool(given & set(ADDRESS_FIELDS))
    if moved:
        _correct_addresses(session, person, what.body)
    if what.body.advocate is not None:
        _keep_advocate(session, person, what.body.advocate, now)
    if what.body.matching_profile is not None:
        keep_matching_profile(session, person.id, what.body.matching_profile)
    if what.body.monitoring is not None:
        keep_monitoring(session, person, what.body.monitoring, now)
    if given - {"monitoring"}:
        sealed_too = moved or bool(given & {"advocate", "language"})
        state.publish_updated(session, person, now, addresses=sealed_too)
    audit.record(session, principal, "participant:correct", KIND, str(person.id), now)
    return Changed(id=person.id, revision=person.revision)


def _correct_plain(person: Participant, body: ParticipantCorrection) -> None:
    person.area_code = body.area_code or person.area_code
    person.language = body.language or person.language
    if body.access_needs is not None:
        person.access_needs = answers.access_needs(body.access_needs)
    if body.communication_formats is not None:
        person.communication_formats = answers.communication_formats(body.communication_formats)
    if body.availability is not None:
        person.availability = body.availability.model_dump(mode="json")
    if body.prior_seats is not None:
        person.prior_seats_elsewhere = body.prior_seats


def _correct_addresses(session: Session, person: Participant, body: ParticipantCorrection) -> None:
    """A given null takes an address away, unless a consent needs it."""
    known = {field: sealed.unseal(session, person.id, field, getattr(person, field))
             for field in ADDRESS_FIELDS}  # fmt: skip
    known |= body.model_dump(include=body.model_fields_set & set(ADDRESS_FIELDS))
    if not known["name"]:
        raise DomainError("Enter a name.", "name")
    addresses = read_addresses(known["phone"], known["email"], known["postal_address"])
    entries = store.consents(session, person.id)
    if any(e.given for e in consent.current(entries).values() if e.purpose == "contact"):
        _check_agreement(entries, addresses)
    person.name = sealed.seal(session, person.id, "name", known["name"]) or ""
    person.phone = sealed.seal(session, person.id, "phone", addresses.phone)
    person.email = sealed.seal(session, person.id, "email", addresses.email)
    person.postal_address = sealed.seal(
        session, person.id, "postal_address", addresses.postal_address
    )
    person.phone_index = sealed.phone_index(session, addresses.phone)
    person.email_index = sealed.email_index(session, addresses.email)


def same_phone_elsewhere(session: Session, principal: Principal, person: Participant) -> bool:
    """Whether a colleague out of this principal's reach registered the same phone."""
    if person.phone_index is None:
        return False
    rows = session.scalars(
        select(Participant).where(
            Participant.organisation_id == person.organisation_id,
            Participant.phone_index == person.phone_index,
            Participant.id != person.id,
        )
    )
    return any(not reaches(principal, store.owner_of(row)) for row in rows)
