"""Personal data of outreach, sealed with the key of the person it is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
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


def seal(session: Session, subject_id: UUID, field: str, value: str | None) -> str | None:
    if not value:
        return None
    return sealer(session).seal(subject_id, field, value, key_of(session, subject_id))


def unseal(session: Session, subject_id: UUID, field: str, envelope: str | None) -> str | None:
    return None if envelope is None else sealer(session).open(subject_id, field, envelope)


def name_of(session: Session, person: Participant) -> str:
    return unseal(session, person.id, "name", person.name) or ""


DETAILS = ("name", "phone", "email", "postal_address", "advocate_email")


def contact_envelope(session: Session, person: Participant) -> str:
    """Name and addresses, an advocate's too, in one envelope, as notifications opens it."""
    told = {field: unseal(session, person.id, field, getattr(person, field)) for field in DETAILS}
    return details_envelope(session, person, told, None)


def details_envelope(
    session: Session, person: Participant, told: Mapping[str, str | None], key: str | None
) -> str:
    """The same of what was told in plain words; `key` if it is known already."""
    details = {field: told[field] for field in DETAILS} | {"language": person.language}
    details["name"] = details["name"] or ""
    text = json.dumps(details, ensure_ascii=False)
    key = key or key_of(session, person.id)
    return sealer(session).seal(person.id, CONTACT_FIELD, text, key)


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
