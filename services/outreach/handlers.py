"""What outreach does about the other services' events."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from schemas.events import ConsentChanged, SeatFact, SeatFilled, SeatReleased
from services.outreach import consent, state, store
from services.outreach.commands import consents, merging
from services.outreach.models import HeldSeat, Participant
from services.runtime.errors import NotFound


def on_consent_changed(event: ConsentChanged, session: Session, now: datetime) -> None:
    """A reply such as STOP: into the ledger, in effect at once, told on with a new revision."""
    person = _participant(session, event.participant_id)
    if person is None:
        return
    said = event.consent
    entry = consent.Entry(
        said.purpose,
        said.channel,
        said.given,
        said.wording_version,
        consent.said_at(said.at, now),
    )
    store.add_consent(session, person.id, entry, evidence=event.evidence, recorded_by=None, now=now)
    session.flush()
    consents.take_effect(session, person)
    state.publish_updated(session, person, now)
    if not entry.given and person.merged_into is not None:
        kept = session.get_one(Participant, person.merged_into, with_for_update=True)
        merging.follow_withdrawal(session, kept, entry, event.evidence, now)
        state.publish_updated(session, kept, now)


def on_seat_filled(event: SeatFilled, session: Session, now: datetime) -> None:
    """Whoever took a seat is from now on a more familiar voice."""
    person = _participant(session, event.participant_id)
    if person is None:
        return
    seat = session.get(HeldSeat, (event.seat_id, event.participant_id))
    if seat is None:
        session.add(_seat(event, now))
    else:
        seat.released_at = None
    _tell(session, person, now)


def on_seat_released(event: SeatReleased, session: Session, now: datetime) -> None:
    person = _participant(session, event.participant_id)
    seat = session.get(HeldSeat, (event.seat_id, event.participant_id))
    if person is None or seat is None:
        return
    seat.released_at = now
    _tell(session, person, now)


def _seat(event: SeatFact, now: datetime) -> HeldSeat:
    return HeldSeat(
        seat_id=event.seat_id,
        participant_id=event.participant_id,
        opportunity_id=event.opportunity_id,
        filled_at=now,
    )


def _tell(session: Session, person: Participant, now: datetime) -> None:
    session.flush()
    state.publish_updated(session, person, now)
    if person.merged_into is not None:
        kept = session.get_one(Participant, person.merged_into, with_for_update=True)
        state.publish_updated(session, kept, now)


def _participant(session: Session, participant_id: UUID) -> Participant | None:
    """The participant; None once erased. Raises NotFound for an id that was never ours."""
    if store.is_erased(session, participant_id):
        return None
    found = session.get(Participant, participant_id, with_for_update=True)
    if found is None:
        raise NotFound("This event is about a participant whom outreach does not know.")
    return found
