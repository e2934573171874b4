"""Reads and writes of outreach's own tables, a few lines each, and what may be reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, delete, func, select
from sqlalchemy.orm import Session

from services.outreach import consent
from services.outreach.models import (
    ConsentEntry,
    HeldSeat,
    MatchingAnswer,
    OutreachContact,
    Participant,
    Tombstone,
)
from services.runtime.clock import as_utc
from services.runtime.errors import Gone, NotFound
from services.runtime.idempotency import ERASED
from services.runtime.security.permissions import ROLE_REACH, Owned, Reach, reaches
from services.runtime.security.principal import Principal, Role

NO_SUCH_PARTICIPANT = "There is no participant with this id that you can see."
NO_SUCH_CONTACT = "There is no outreach contact with this id that you can see."


def refuse_if_erased(session: Session, record_id: UUID) -> None:
    """Raises Gone (410) for an id that was erased: a late sync recreates nothing."""
    if session.get(Tombstone, record_id) is not None:
        raise Gone(ERASED)


def is_erased(session: Session, record_id: UUID) -> bool:
    return session.get(Tombstone, record_id) is not None


def bury(session: Session, record_id: UUID, now: datetime) -> None:
    if not is_erased(session, record_id):
        session.add(Tombstone(id=record_id, erased_at=now))


def contact(session: Session, principal: Principal, contact_id: UUID) -> OutreachContact:
    """The contact, locked until commit. Raises NotFound unless the principal reaches it."""
    refuse_if_erased(session, contact_id)
    found = session.get(OutreachContact, contact_id, with_for_update=True)
    if found is None or not reaches(principal, owner_of_contact(found)):
        raise NotFound(NO_SUCH_CONTACT)
    return found


def participant(session: Session, principal: Principal, participant_id: UUID) -> Participant:
    """The participant, locked until commit. Raises NotFound unless the principal reaches them."""
    refuse_if_erased(session, participant_id)
    found = session.get(Participant, participant_id, with_for_update=True)
    if found is None or not (is_self(principal, found) or reaches(principal, owner_of(found))):
        raise NotFound(NO_SUCH_PARTICIPANT)
    return found


def is_self(principal: Principal, person: Participant) -> bool:
    """Whether a participant asks for their own record."""
    return principal.role is Role.PARTICIPANT and principal.account_id == person.id


def owner_of(person: Participant) -> Owned:
    return Owned(person.organisation_id, person.registered_by, person.team_id)


def owner_of_contact(contact: OutreachContact) -> Owned:
    return Owned(contact.organisation_id, contact.account_id, contact.team_id)


def reachable_participants(principal: Principal) -> Select[Participant]:
    """The same rule as `reaches`, as a query."""
    query = select(Participant).where(Participant.organisation_id == principal.organisation_id)
    match ROLE_REACH[principal.role]:
        case Reach.ORGANISATION:
            return query
        case Reach.OWN_AND_TEAM if principal.team_id is not None:
            mine = Participant.registered_by == principal.account_id
            return query.where(mine | (Participant.team_id == principal.team_id))
        case Reach.NOTHING:
            return query.where(Participant.id.is_(None))
        case _:
            return query.where(Participant.registered_by == principal.account_id)


def reachable_contacts(principal: Principal) -> Select[OutreachContact]:
    query = select(OutreachContact).where(
        OutreachContact.organisation_id == principal.organisation_id
    )
    match ROLE_REACH[principal.role]:
        case Reach.ORGANISATION:
            return query
        case Reach.OWN_AND_TEAM if principal.team_id is not None:
            mine = OutreachContact.account_id == principal.account_id
            return query.where(mine | (OutreachContact.team_id == principal.team_id))
        case Reach.NOTHING:
            return query.where(OutreachContact.id.is_(None))
        case _:
            return query.where(OutreachContact.account_id == principal.account_id)


_PEOPLE = Participant.__table__.c
_PHONE: BindParameter[Any] = bindparam("phone")
# By phone alone: without statistics a planner may take the index of a whole organisation instead.
_SAME_PHONE = select(
    _PEOPLE.id,
    _PEOPLE.organisation_id,
    _PEOPLE.registered_by,
    _PEOPLE.team_id,
    _PEOPLE.merged_into,
).where(_PEOPLE.phone_index == _PHONE)


def with_same_phone(
    session: Session, principal: Principal, person_id: UUID, phone_index: str
) -> list[UUID]:
    """Others with this phone whom the principal reaches, by id."""
    found = session.execute(_SAME_PHONE, {"phone": phone_index})
    return sorted(
        row.id
        for row in found
        if row.id != person_id
        and row.merged_into is None
        and reaches(principal, Owned(row.organisation_id, row.registered_by, row.team_id))
    )


def consents(session: Session, participant_id: UUID) -> list[consent.Entry]:
    rows = session.scalars(
        select(ConsentEntry)
        .where(ConsentEntry.participant_id == participant_id)
        .order_by(ConsentEntry.seq)
    )
    return [_entry(row) for row in rows]


def consents_of(
    session: Session, participant_ids: Sequence[UUID]
) -> dict[UUID, list[consent.Entry]]:
    """The ledgers of several people in one query."""
    rows = session.scalars(
        select(ConsentEntry).where(ConsentEntry.participant_id.in_(participant_ids))
    )
    found: dict[UUID, list[consent.Entry]] = {known: [] for known in participant_ids}
    for row in rows:
        found[row.participant_id].append(_entry(row))
    return found


def _entry(row: ConsentEntry) -> consent.Entry:
    return consent.Entry(
        row.purpose,  # type: ignore[arg-type]
        row.channel,  # type: ignore[arg-type]
        row.given,
        row.wording_version,
        as_utc(row.at),
    )


def add_consent(
    session: Session,
    participant_id: UUID,
    entry: consent.Entry,
    *,
    language: str = "en",
    evidence: str,
    recorded_by: UUID | None,
    now: datetime,
) -> None:
    values = consent_values(
        participant_id,
        entry,
        language=language,
        evidence=evidence,
        recorded_by=recorded_by,
        now=now,
    )
    session.add(ConsentEntry(**values))


def consent_values(
    participant_id: UUID,
    entry: consent.Entry,
    *,
    language: str,
    evidence: str,
    recorded_by: UUID | None,
    now: datetime,
) -> dict[str, Any]:
    return {
        "participant_id": participant_id,
        "purpose": entry.purpose,
        "channel": entry.channel,
        "given": entry.given,
        "wording_version": entry.wording_version,
        "wording_language": language,
        "at": entry.at,
        "evidence": evidence,
        "recorded_by": recorded_by,
        "received_at": now,
    }


def matching_answers(session: Session, participant_id: UUID) -> dict[str, list[str]]:
    """Codes by list, lived experience among them."""
    rows = session.execute(
        select(MatchingAnswer.list_id, MatchingAnswer.code)
        .where(MatchingAnswer.participant_id == participant_id)
        .order_by(MatchingAnswer.list_id, MatchingAnswer.code)
    )
    answers: dict[str, list[str]] = {}
    for list_id, code in rows:
        answers.setdefault(list_id, []).append(code)
    return answers


def forget_matching_answers(session: Session, participant_id: UUID) -> None:
    session.execute(delete(MatchingAnswer).where(MatchingAnswer.participant_id == participant_id))


def seats_held(session: Session, participant_ids: Iterable[UUID]) -> int:
    query = select(func.count()).select_from(HeldSeat)
    held = query.where(
        HeldSeat.participant_id.in_(list(participant_ids)), HeldSeat.released_at.is_(None)
    )
    return session.scalar(held) or 0


def merged_ids(session: Session, participant_id: UUID) -> list[UUID]:
    """Records that were merged into this one."""
    query = select(Participant.id).where(Participant.merged_into == participant_id)
    return list(session.scalars(query))


def met_at(session: Session, contact_id: UUID) -> list[UUID]:
    return list(session.scalars(select(Participant.id).where(Participant.contact_id == contact_id)))
