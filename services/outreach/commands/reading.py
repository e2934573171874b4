"""Reads of personal data. They write to the audit trail, so they run as commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from schemas.events import Availability
from services.outreach import consent, sealed, state, store
from services.outreach.models import Participant
from services.outreach.participant_bodies import (
    ParticipantPage,
    ParticipantRow,
    ParticipantView,
)
from services.runtime import audit, lists
from services.runtime.clock import as_utc
from services.runtime.security.principal import Principal

KIND = "participant"
NEWEST = (
    lists.By(Participant.registered_at, descending=True),
    lists.By(Participant.id, descending=True),
)


def participant(
    session: Session, principal: Principal, participant_id: UUID, now: datetime
) -> ParticipantView:
    """One participant with name and addresses. Monitoring answers are never shown."""
    person = store.participant(session, principal, participant_id)
    audit.record(session, principal, "participant:read", KIND, str(person.id), now)
    return view(session, person)


def view(session: Session, person: Participant) -> ParticipantView:
    known = state.known_of(session, person)
    return ParticipantView(
        id=person.id,
        revision=person.revision,
        name=sealed.name_of(session, person),
        phone=sealed.unseal(session, person.id, "phone", person.phone),
        email=sealed.unseal(session, person.id, "email", person.email),
        postal_address=sealed.unseal(session, person.id, "postal_address", person.postal_address),
        advocate_email=sealed.unseal(session, person.id, "advocate_email", person.advocate_email),
        area_code=person.area_code,
        language=person.language,
        access_needs=person.access_needs,
        communication_formats=person.communication_formats,
        prior_seats=state.prior_seats(person, known),
        availability=Availability.model_validate(person.availability),
        consents=state.consents(known.entries),
        matching_profile=state.matching_profile(known),
        registered_by=person.registered_by,
        registered_at=as_utc(person.registered_at),
        clock_skewed=person.clock_skewed,
        contact_id=person.contact_id,
        merged_into=person.merged_into,
    )


@dataclass(frozen=True)
class Wanted:
    """Which participants to list; records merged into others are left out."""

    page: lists.Paging
    mine_only: bool = False


def list_page(
    session: Session, principal: Principal, want: Wanted, now: datetime
) -> ParticipantPage:
    query = store.reachable_participants(principal).where(Participant.merged_into.is_(None))
    if want.mine_only:
        query = query.where(Participant.registered_by == principal.account_id)
    query = lists.after(query, NEWEST, want.page)
    rows, following = lists.cut(session.scalars(query).all(), NEWEST, want.page)
    ledgers = store.consents_of(session, [person.id for person in rows])
    for person in rows:
        audit.record(session, principal, "participant:list", KIND, str(person.id), now)
    return ParticipantPage(
        items=[_row(session, person, ledgers[person.id]) for person in rows], next=following
    )


def _row(session: Session, person: Participant, ledger: list[consent.Entry]) -> ParticipantRow:
    holds = consent.current(ledger)
    ways = [key[1] for key, entry in holds.items() if entry.given and key[1] is not None]
    return ParticipantRow(
        id=person.id,
        name=sealed.name_of(session, person),
        area_code=person.area_code,
        language=person.language,
        registered_at=as_utc(person.registered_at),
        can_be_contacted=[way for way in consent.CHANNELS if way in ways],
        in_matching=consent.is_given(ledger, "matching"),
    )
