"""Participants: registered with consent, corrected with the revision in hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.outreach import answers, consent, monitoring, sealed, state, store
from services.outreach.addressing import Addresses, read_addresses, read_advocate
from services.outreach.bodies import Stored
from services.outreach.commands.contacts import STALE
from services.outreach.commands.learning import require_induction
from services.outreach.models import ConsentEntry, MatchingAnswer, OutreachContact, Participant
from services.outreach.opening import insert_all, insert_at_once, opening, seal_new
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
from services.runtime.errors import Conflict, DomainError, PreconditionFailed
from services.runtime.security.permissions import reaches
from services.runtime.security.principal import Principal

KIND = "participant"
CHANGED_BODY = (
    "This person is here already with other answers. Look at both, then correct the one that "
    "is stored."
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
    met = opening(session, what.id, principal.organisation_id, Participant)
    index = sealed.body_index(session, _canonical(what.body))
    if met.known:
        known = store.participant(session, principal, what.id)
        if known.body_index != index:
            raise Conflict(CHANGED_BODY)
        return _stored(session, principal, known, created=False)
    require_induction(session, principal, met.induction_first)
    body, entries = what.body, _entries(what.body.consents, what.body.recorded_at, now)
    addresses = read_addresses(body.phone, body.email, body.postal_address)
    _check_agreement(entries, addresses)
    profile = _checked_profile(body.matching_profile, entries)
    person = _new(session, principal, what, addresses, index, now)
    told = _details(body, addresses)
    key, hidden = seal_new(session, person.id, met.key, told)
    for field, value in hidden.items():
        setattr(person, field, value)
    if person.advocate_email is not None:
        person.advocate_agreed_at = now
    insert_at_once(session, person)
    insert_all(session, ConsentEntry, _ledger(principal, what, entries, now))
    insert_all(session, MatchingAnswer, _profile_rows(person.id, profile))
    if body.monitoring is not None:
        keep_monitoring(session, person, body.monitoring, entries, now)
    state.publish_new(session, person, state.Known(entries, profile, met.seats), told, key, now)
    audit.record(session, principal, "participant:register", KIND, str(person.id), now)
    return _stored(session, principal, person, created=True)


def _details(body: ParticipantBody, addresses: Addresses) -> dict[str, str | None]:
    """What is sealed of a person, by the name of its column."""
    told = body.advocate
    return {
        "name": body.name,
        "phone": addresses.phone,
        "email": addresses.email,
        "postal_address": addresses.postal_address,
        "advocate_email": read_advocate(told.email, told.agreed) if told is not None else None,
    }


def _ledger(
    principal: Principal, what: Register, entries: list[consent.Entry], now: datetime
) -> list[dict[str, Any]]:
    body = what.body
    return [
        store.consent_values(
            what.id,
            entry,
            language=body.wording_language or asked.wording_language,
            evidence="registration",
            recorded_by=principal.account_id,
            now=now,
        )
        for entry, asked in zip(entries, body.consents, strict=True)
    ]


def _canonical(body: ParticipantBody) -> str:
    """What tells two bodies apart. A question that came later and was not answered is left out, so
    that what waited on a device since before stays the same record."""
    return body.model_dump_json(exclude={"advocate"} if body.advocate is None else None)


def _entries(said: list[ConsentBody], recorded_at: datetime, now: datetime) -> list[consent.Entry]:
    at = as_utc(consent.said_at(recorded_at, now))
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
    return Participant(
        id=what.id,
        organisation_id=principal.organisation_id,
        team_id=principal.team_id,
        registered_by=principal.account_id,
        contact_id=_contact(session, principal, body.contact_id),
        revision=1,
        phone_index=sealed.phone_index(session, addresses.phone),
        email_index=sealed.email_index(session, addresses.email),
        area_code=body.area_code,
        language=body.language,
        access_needs=answers.access_needs(body.access_needs),
        communication_formats=answers.communication_formats(body.communication_formats),
        availability=body.availability.model_dump(mode="json"),
        prior_seats_elsewhere=body.prior_seats,
        answered_by=body.answered_by,
        recorded_at=as_utc(body.recorded_at),
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
        raise DomainError("Log this contact. Then register the person.", "contact_id")
    return contact_id


def keep_matching_profile(
    session: Session, participant_id: UUID, profile: MatchingProfileBody
) -> None:
    """Replace the matching profile. Raises DomainError without consent to matching."""
    given = _checked_profile(profile, store.consents(session, participant_id))
    store.forget_matching_answers(session, participant_id)
    insert_all(session, MatchingAnswer, _profile_rows(participant_id, given))


def _checked_profile(
    profile: MatchingProfileBody | None, entries: Iterable[consent.Entry]
) -> dict[str, list[str]]:
    """Codes by list. Raises DomainError without consent to matching."""
    if profile is None:
        return {}
    given = answers.checked(profile.characteristics, "matching", "matching_profile")
    lived = {"lived_experience": profile.lived_experience}
    given |= answers.checked(lived, "matching", "matching_profile")
    if given and not consent.is_given(entries, "matching"):
        raise DomainError(
            "They have not agreed that we use this for matching. Ask first, or leave it out.",
            "matching_profile",
        )
    return given


def _profile_rows(participant_id: UUID, given: dict[str, list[str]]) -> list[dict[str, Any]]:
    return [
        {
            "participant_id": participant_id,
            "list_id": list_id,
            "code": code,
            "list_version": answers.list_version(list_id),
        }
        for list_id, codes in given.items()
        for code in codes
    ]


def keep_monitoring(
    session: Session,
    person: Participant,
    given: dict[str, list[str]],
    entries: Iterable[consent.Entry],
    now: datetime,
) -> None:
    """Replace the monitoring answers. Raises DomainError without consent to monitoring."""
    checked = answers.checked(given, "monitoring", "monitoring")
    if checked and not consent.is_given(entries, "monitoring"):
        raise DomainError(
            "They have not said yes to counting their answers. Ask first, or leave it out.",
            "monitoring",
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
    return store.with_same_phone(session, principal, person.id, person.phone_index)


def correct(session: Session, principal: Principal, what: Correct, now: datetime) -> Changed:
    """Change the given fields. Raises PreconditionFailed when another revision is stored."""
    person = store.participant(session, principal, what.id)
    if person.revision != what.revision:
        raise PreconditionFailed(STALE)
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
        entries = store.consents(session, person.id)
        keep_monitoring(session, person, what.body.monitoring, entries, now)
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
