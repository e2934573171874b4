"""Erasure: the person's data and keys go at once, everywhere; the bare id stays as a tombstone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from schemas.events import ContactDetailsSealed, ParticipantErased
from services.outreach import monitoring, sealed, store
from services.outreach.models import (
    ConsentEntry,
    HeldSeat,
    Merge,
    OutreachContact,
    Participant,
)
from services.outreach.sign_in_models import OwnPageLink
from services.runtime import audit, idempotency, inbox, outbox
from services.runtime.security.principal import Principal, Role

RESTORING = Principal(UUID(int=0), Role.ADMINISTRATOR, "", None, "restore")


def erase(session: Session, principal: Principal, participant_id: UUID, now: datetime) -> None:
    """Erase a participant, with the records merged into theirs. Raises NotFound, Gone."""
    person = store.participant(session, principal, participant_id)
    for merged in store.merged_ids(session, person.id):
        other = session.get(Participant, merged, with_for_update=True)
        if other is not None:
            _erase_one(session, other, now)
            audit.record(session, principal, "participant:erase", "participant", str(merged), now)
    _erase_one(session, person, now)
    audit.record(session, principal, "participant:erase", "participant", str(participant_id), now)


def erase_again(session: Session, record_id: UUID, now: datetime) -> None:
    """After a restore: erase what was erased since the backup, be it a person or a contact."""
    store.bury(session, record_id, now)
    person = session.get(Participant, record_id, with_for_update=True)
    if person is not None:
        _erase_one(session, person, now)
    contact = session.get(OutreachContact, record_id, with_for_update=True)
    if contact is not None:
        met_here = update(Participant).where(Participant.contact_id == record_id)
        session.execute(met_here.values(contact_id=None))
        session.delete(contact)
        sealed.forget_key(session, record_id)
    audit.record(session, RESTORING, "record:erase-again", "record", str(record_id), now)


def erase_expired(session: Session, participant_id: UUID, now: datetime) -> None:
    """Erase somebody whose time is over, with the records merged into theirs."""
    for one in (*store.merged_ids(session, participant_id), participant_id):
        person = session.get(Participant, one, with_for_update=True)
        if person is not None:
            _erase_one(session, person, now)
            audit.record(session, RESTORING, "participant:expire", "participant", str(one), now)


def _erase_one(session: Session, person: Participant, now: datetime) -> None:
    erased = person.id
    _forget_notes(session, person)
    monitoring.forget(session, erased)
    store.forget_matching_answers(session, erased)
    session.execute(delete(ConsentEntry).where(ConsentEntry.participant_id == erased))
    session.execute(delete(HeldSeat).where(HeldSeat.participant_id == erased))
    session.execute(delete(Merge).where(or_(Merge.kept_id == erased, Merge.merged_id == erased)))
    session.execute(delete(OwnPageLink).where(OwnPageLink.participant_id == erased))
    session.delete(person)
    session.flush()
    sealed.forget_key(session, erased)
    store.bury(session, erased, now)
    # What was said before is emptied first: only the erasure itself remains to be read.
    outbox.erase(session, str(erased))
    inbox.erase(session, str(erased))
    idempotency.erase(session, erased)
    outbox.publish(session, ParticipantErased(participant_id=erased), now)
    outbox.tombstone(session, ContactDetailsSealed, str(erased), now)


def _forget_notes(session: Session, person: Participant) -> None:
    """Notes of the contact they were met at may speak of them, so they go too."""
    if person.contact_id is None:
        return
    session.execute(
        update(OutreachContact)
        .where(OutreachContact.id == person.contact_id)
        .values(asked=None, notes=None, revision=OutreachContact.revision + 1)
    )
    sealed.forget_key(session, person.contact_id)
