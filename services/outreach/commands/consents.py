"""Changes of consent: appended to the ledger, in effect at once, told to the other services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from schemas.events import Consent, ConsentChanged
from services.outreach import consent, monitoring, sealed, state, store
from services.outreach.addressing import read_addresses
from services.outreach.models import Participant
from services.outreach.participant_bodies import Changed, ConsentChange
from services.runtime import audit, outbox
from services.runtime.errors import DomainError
from services.runtime.security.principal import Principal


@dataclass(frozen=True)
class Change:
    id: UUID
    body: ConsentChange


def change(session: Session, principal: Principal, what: Change, now: datetime) -> Changed:
    """Record new answers. A new yes to contact needs an address that it can reach."""
    person = store.participant(session, principal, what.id)
    if person.merged_into is not None:
        raise DomainError("This record was merged into another. Change the consent there.")
    at = consent.said_at(what.body.recorded_at, now)
    entries = [
        consent.Entry(c.purpose, c.channel, c.given, c.wording_version, at)
        for c in what.body.consents
    ]
    _check_reach(session, person, entries)
    own = store.is_self(principal, person)
    evidence = "own_page" if own else "link_worker"
    for entry, asked in zip(entries, what.body.consents, strict=True):
        store.add_consent(
            session,
            person.id,
            entry,
            language=asked.wording_language,
            evidence=evidence,
            recorded_by=None if own else principal.account_id,
            now=now,
        )
    session.flush()
    tell(session, person, entries, evidence, now)
    take_effect(session, person)
    state.publish_updated(session, person, now)
    audit.record(session, principal, "consent:change", "participant", str(person.id), now)
    return Changed(id=person.id, revision=person.revision)


def _check_reach(session: Session, person: Participant, entries: list[consent.Entry]) -> None:
    addresses = read_addresses(
        sealed.unseal(session, person.id, "phone", person.phone),
        sealed.unseal(session, person.id, "email", person.email),
        sealed.unseal(session, person.id, "postal_address", person.postal_address),
    )
    reach = addresses.reach()
    for entry in entries:
        if entry.given and entry.channel and not reach[entry.channel]:
            raise DomainError(
                "There is no address for this way of contact yet. Add it first.", "consents"
            )


def tell(
    session: Session,
    person: Participant,
    entries: list[consent.Entry],
    evidence: str,
    now: datetime,
) -> None:
    """Publish consent.changed for each entry; readers let a withdrawal pass other events."""
    changes = [
        ConsentChanged(
            participant_id=person.id,
            consent=Consent(
                purpose=entry.purpose,
                channel=entry.channel,
                given=entry.given,
                wording_version=entry.wording_version,
                at=entry.at,
            ),
            evidence=evidence,
        )
        for entry in entries
    ]
    outbox.publish_all(session, list(changes), now)


def take_effect(session: Session, person: Participant) -> None:
    """Delete what was held on a consent that no longer holds (UK GDPR Article 17(1)(b))."""
    holds = store.consents(session, person.id)
    if not consent.is_given(holds, "matching"):
        store.forget_matching_answers(session, person.id)
    if not consent.is_given(holds, "monitoring"):
        monitoring.forget(session, person.id)
