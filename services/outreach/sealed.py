"""Personal data of outreach, sealed with the key of the person it is about."""

from __future__ import annotations

import json
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.outreach.models import Participant, PersonKey
from services.runtime.security.sealing import Sealer

CONTACT_FIELD = "contact"
"""The field name under which other services open the contact details of an event."""


def sealer(session: Session) -> Sealer:
    found = session.info["sealer"]
    assert isinstance(found, Sealer)
    return found


def key_of(session: Session, subject_id: UUID) -> str:
    """The wrapped data key of a person or contact, made at first use."""
    row = session.get(PersonKey, subject_id)
    if row is None:
        row = PersonKey(subject_id=subject_id, wrapped=sealer(session).new_key(subject_id))
        session.add(row)
    return row.wrapped


def seal_all(
    session: Session, subject_id: UUID, values: dict[str, str | None]
) -> dict[str, str | None]:
    """Several fields of one person or contact, with one look for their key."""
    sealed: dict[str, str | None] = dict.fromkeys(values)
    given = {field: value for field, value in values.items() if value}
    if given:
        key = key_of(session, subject_id)
        for field, value in given.items():
            sealed[field] = sealer(session).seal(subject_id, field, value, key)
    return sealed


def seal(session: Session, subject_id: UUID, field: str, value: str | None) -> str | None:
    if not value:
        return None
    return sealer(session).seal(subject_id, field, value, key_of(session, subject_id))


def unseal(session: Session, subject_id: UUID, field: str, envelope: str | None) -> str | None:
    return None if envelope is None else sealer(session).open(subject_id, field, envelope)


def name_of(session: Session, person: Participant) -> str:
    return unseal(session, person.id, "name", person.name) or ""


def contact_envelope(session: Session, person: Participant) -> str:
    """Name and addresses, an advocate's too, in one envelope, as notifications opens it."""
    details = {
        "name": name_of(session, person),
        "phone": unseal(session, person.id, "phone", person.phone),
        "email": unseal(session, person.id, "email", person.email),
        "postal_address": unseal(session, person.id, "postal_address", person.postal_address),
        "advocate_email": unseal(session, person.id, "advocate_email", person.advocate_email),
        "language": person.language,
    }
    text = json.dumps(details, ensure_ascii=False)
    return sealer(session).seal(person.id, CONTACT_FIELD, text, key_of(session, person.id))


def phone_index(session: Session, e164: str | None) -> str | None:
    return sealer(session).blind_index(e164) if e164 else None


def email_index(session: Session, address: str | None) -> str | None:
    """One for all spellings of an address that differ in capitals only."""
    return sealer(session).blind_index(address.casefold(), "email") if address else None


def body_index(session: Session, canonical: str) -> str:
    """Tells whether two bodies are the same, and nothing else about them."""
    return sealer(session).blind_index(canonical, "body")


def forget_key(session: Session, subject_id: UUID) -> None:
    session.execute(delete(PersonKey).where(PersonKey.subject_id == subject_id))
