"""What matching keeps of a participant: a profile while its consent holds, and nothing after."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from schemas import vocabulary
from schemas.envelope import new_id
from schemas.events import Availability, Consent, MatchingProfile, ParticipantState
from services.matching import matches, proposing, seating, store
from services.matching.impact.models import AskedRow
from services.matching.models import (
    ConsentRow,
    DrawRow,
    ErasedRow,
    MatchRow,
    ParticipantRow,
    ProfileRow,
    SeatRow,
    TermRow,
    new_stamp,
)
from services.runtime.clock import as_utc

_PARTS = {"morning": 0, "afternoon": 1, "evening": 2}
_OPEN_STATES = (*matches.WAITING, *matches.ASKED, "alternate")


def is_erased(session: Session, participant_id: UUID) -> bool:
    return session.get(ErasedRow, participant_id) is not None


_WHO: BindParameter[Any] = bindparam("who")
_KNOWN = select(
    or_(
        *(
            exists().where(kind.__table__.c.participant_id == _WHO)
            for kind in (ErasedRow, ParticipantRow, ConsentRow, ProfileRow)
        )
    )
)


def is_unknown(session: Session, participant_id: UUID) -> bool:
    """Whether nothing was ever heard of this participant."""
    session.flush()
    return not session.execute(_KNOWN, {"who": participant_id}).scalar_one()


def keep_first(session: Session, state: ParticipantState) -> str | None:
    """Keep what is first heard of somebody, with one statement a table; why they may not be
    matched, or None if they may."""
    who = state.participant_id
    session.execute(
        insert(ParticipantRow.__table__),  # type: ignore[arg-type]
        [
            {
                "participant_id": who,
                "organisation_id": state.organisation_id,
                "revision": state.revision,
            }
        ],
    )
    latest: dict[tuple[str, str], Consent] = {}
    for consent in state.consents:
        key = (consent.purpose, consent.channel or "")
        known = latest.get(key)
        if known is None or (known.at, consent.given) <= (consent.at, known.given):
            latest[key] = consent
    rows = [
        {
            "participant_id": who,
            "purpose": purpose,
            "channel": channel,
            "given": consent.given,
            "wording_version": consent.wording_version,
            "at": consent.at,
        }
        for (purpose, channel), consent in latest.items()
    ]
    if rows:
        session.execute(insert(ConsentRow.__table__), rows)  # type: ignore[arg-type]
    return _why_not({key for key, consent in latest.items() if consent.given})


def is_newer(session: Session, state: ParticipantState) -> bool:
    """Note this revision of a participant; False for one that is known already or older."""
    row = session.get(ParticipantRow, state.participant_id)
    if row is None:
        row = ParticipantRow(participant_id=state.participant_id, revision=0)
        session.add(row)
    elif row.revision >= state.revision:
        return False
    row.organisation_id, row.revision = state.organisation_id, state.revision
    return True


def note_consent(session: Session, participant_id: UUID, consent: Consent) -> None:
    """Keep the latest word on a purpose and channel; of two at the same moment, the no."""
    key = (participant_id, consent.purpose, consent.channel or "")
    row = session.get(ConsentRow, key)
    if row is None:
        row = ConsentRow(participant_id=key[0], purpose=key[1], channel=key[2])
        session.add(row)
    elif as_utc(row.at) > consent.at or (as_utc(row.at) == consent.at and consent.given):
        return
    row.given, row.at, row.wording_version = consent.given, consent.at, consent.wording_version


def may_match(session: Session, participant_id: UUID) -> str | None:
    """None if the person may be matched and asked, otherwise the reason why not."""
    session.flush()
    given = session.execute(
        select(ConsentRow.purpose, ConsentRow.channel).where(
            ConsentRow.participant_id == participant_id, ConsentRow.given.is_(True)
        )
    )
    return _why_not({(row.purpose, row.channel) for row in given})


def _why_not(given: set[tuple[str, str]]) -> str | None:
    """given: purposes and channels ("" for no channel) that the person agreed to."""
    if not any(purpose == "matching" for purpose, _ in given):
        return "consent_withdrawn"
    if not any(purpose == "contact" and channel for purpose, channel in given):
        return "no_way_to_ask"
    return None


def keep_profile(session: Session, state: ParticipantState, first: bool = False) -> ProfileRow:
    """Store what matching may use: categories the person counts in, needs met or not, times.

    first: there is none of this person yet.
    """
    told = state.matching_profile or MatchingProfile()
    row = None if first else session.get(ProfileRow, state.participant_id)
    if row is None:
        row = ProfileRow(participant_id=state.participant_id)
        session.add(row)
    row.organisation_id, row.area_code = state.organisation_id, state.area_code
    row.categories = categories_of(told)
    row.needs = sorted(set(state.access_needs))
    row.slots = slots_of(state.availability)
    row.modes = sorted(set(state.availability.modes))
    row.travel_km = state.availability.travel_km
    row.prior_seats, row.stamp = state.prior_seats, new_stamp()
    session.flush()
    return row


def categories_of(told: MatchingProfile) -> dict[str, list[str]]:
    """Categories as stored. "Prefer not to say" leaves no trace here: it is in no category."""
    answers = {list_id: frozenset(codes) for list_id, codes in told.characteristics.items()}
    if told.lived_experience:
        answers[vocabulary.LIVED_EXPERIENCE.list_id] = frozenset(told.lived_experience)
    return {list_id: sorted(codes) for list_id, codes in vocabulary.expand(answers).items()}


def slots_of(availability: Availability) -> list[int]:
    return sorted(
        day * 3 + _PARTS[part]
        for day in set(availability.weekdays)
        for part in set(availability.parts_of_day)
        if 0 <= day <= 6
    )


def drop_profile(session: Session, participant_id: UUID, reason: str, now: datetime) -> None:
    """Forget the profile and take the person out of everything that waits.

    A seat they hold stays theirs; from now on they count in no group there.
    """
    session.execute(delete(ProfileRow).where(ProfileRow.participant_id == participant_id))
    touched = _withdraw_all(session, participant_id, reason, now)
    held = session.scalars(
        select(SeatRow.opportunity_id).where(SeatRow.participant_id == participant_id)
    )
    for opportunity_id in sorted(touched | set(held)):
        row = store.lock(session, opportunity_id)
        if row is not None:
            proposing.settle(session, row, now)
            row.refill_due = now


def _withdraw_all(session: Session, participant_id: UUID, reason: str, now: datetime) -> set[UUID]:
    found = store.matches_of_person(session, participant_id, _OPEN_STATES)
    for opportunity_id in sorted({m.opportunity_id for m in found}):
        store.lock(session, opportunity_id)
    # Read again under the locks: a coordinator may have decided meanwhile.
    found = store.matches_of_person(session, participant_id, _OPEN_STATES)
    touched = {m.opportunity_id for m in found}
    for match in found:
        if match.state == "blocked":
            session.delete(match)
        else:
            matches.withdraw(session, match, reason, now)
    session.flush()
    return touched


def erase(session: Session, participant_id: UUID, now: datetime) -> None:
    """Forget a participant for good; only a tombstone with the id stays.

    Their seats open again. Past terms and matches stay as counts, under an id that is nobody's.
    """
    if is_erased(session, participant_id):
        return
    session.add(ErasedRow(participant_id=participant_id, erased_at=now))
    drop_profile(session, participant_id, "erased", now)
    seats = session.scalars(select(SeatRow).where(SeatRow.participant_id == participant_id)).all()
    for seat in sorted(seats, key=lambda s: s.opportunity_id):
        row = store.lock(session, seat.opportunity_id)
        if row is not None:
            seating.release(session, seat, "erased", now)
            proposing.settle(session, row, now)
            row.refill_due = now
    nobody = new_id()
    session.execute(
        update(TermRow).where(TermRow.holder_id == participant_id).values(holder_id=nobody)
    )
    session.execute(
        update(MatchRow)
        .where(MatchRow.participant_id == participant_id)
        .values(participant_id=nobody, sentence="", explanation={}, blocks=[], pair_with=None)
    )
    session.execute(
        update(MatchRow).where(MatchRow.pair_with == participant_id).values(pair_with=None)
    )
    session.execute(
        update(DrawRow)
        .where(DrawRow.record.contains(str(participant_id)))
        .values(record=None, seed=None, relaxed=None, state="erased")
    )
    session.execute(
        update(AskedRow)
        .where(AskedRow.participant_id == participant_id)
        .values(participant_id=nobody)
    )
    session.execute(delete(ConsentRow).where(ConsentRow.participant_id == participant_id))
    session.execute(delete(ParticipantRow).where(ParticipantRow.participant_id == participant_id))
    session.expire_all()
