"""People as matching works on them: their profile, earlier asking, answers and seats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Row, bindparam, select
from sqlalchemy.orm import Session

from services.matching import store
from services.matching.characteristics import Categories
from services.matching.model import Participant
from services.matching.models import MatchRow, OpportunityRow, ProfileRow, TermRow
from services.matching.places import place_of
from services.runtime.clock import as_utc

_ANSWERED = ("declined", "released")
"""States after which a person is not proposed for the same opportunity again."""
CONFLICT = "conflict_of_interest"
"""Why a coordinator declined a person whom the same host's other groups are closed to as well."""


def people(session: Session, profiles: Iterable[ProfileRow]) -> list[Participant]:
    """Profiles with what this service knows of earlier asking, declining and sitting."""
    found = list(profiles)
    ids = [p.participant_id for p in found] if len(found) <= 500 else None
    matches = _by_person(session, ids)
    terms = _terms(session, ids)
    return [_person(p, matches[p.participant_id], terms[p.participant_id]) for p in found]


def new_person(profile: ProfileRow) -> Participant:
    """Somebody of whom nothing else is known than their profile."""
    return _person(profile, (), ())


MatchFacts = Row[UUID, UUID, str, datetime | None, str | None]


def _by_person(session: Session, ids: list[UUID] | None) -> dict[UUID, list[MatchFacts]]:
    """Earlier asking and answers; the host where a coordinator saw a conflict of interest."""
    by_person: dict[UUID, list[MatchFacts]] = defaultdict(list)
    query = _FACTS if ids is None else _FACTS_OF
    for row in session.execute(query, {"ids": ids} if ids is not None else {}):
        by_person[row.participant_id].append(row)
    return by_person


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_IN_CONFLICT = (MatchRow.state == "declined") & (MatchRow.reason == CONFLICT)
_FACTS = (
    select(
        MatchRow.participant_id,
        MatchRow.opportunity_id,
        MatchRow.state,
        MatchRow.asked_at,
        OpportunityRow.host_name,
    )
    .outerjoin(OpportunityRow, _IN_CONFLICT & (OpportunityRow.id == MatchRow.opportunity_id))
    .where(MatchRow.asked_at.is_not(None) | MatchRow.state.in_(_ANSWERED))
)
_FACTS_OF = _FACTS.where(MatchRow.participant_id.in_(_IDS))
_TERMS = select(TermRow.holder_id, TermRow.ended_at).where(TermRow.is_member.is_(False))
_TERMS_OF = _TERMS.where(TermRow.holder_id.in_(_IDS))


def _terms(session: Session, ids: list[UUID] | None) -> dict[UUID, list[datetime | None]]:
    ends: dict[UUID, list[datetime | None]] = defaultdict(list)
    query = _TERMS if ids is None else _TERMS_OF
    for holder, ended in session.execute(query, {"ids": ids} if ids is not None else {}):
        ends[holder].append(as_utc(ended) if ended else None)
    return ends


def _person(
    profile: ProfileRow, matches: Sequence[MatchFacts], ends: Sequence[datetime | None]
) -> Participant:
    return Participant(
        participant_id=str(profile.participant_id),
        categories=store.as_categories(profile.categories),
        area=profile.area_code,
        place=place_of(profile.area_code),
        travel_km=profile.travel_km,
        needs=frozenset(profile.needs),
        times=frozenset(profile.slots),
        modes=frozenset(profile.modes),
        asked=tuple(as_utc(m.asked_at) for m in matches if m.asked_at is not None),
        proposed=frozenset(str(m.opportunity_id) for m in matches if m.state in _ANSWERED),
        conflicts=frozenset(store.host_of(m.host_name) for m in matches if m.host_name),
        # When seats elsewhere ended is not known, so they count as held.
        seat_ends=(*ends, *([None] * profile.prior_seats)),
    )


def categories_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, Categories]:
    """What these people count in, however many they are, in the order given."""
    found: dict[UUID, Categories] = {}
    for at in range(0, len(ids), store.AT_ONCE):
        query = select(ProfileRow.participant_id, ProfileRow.categories)
        some = session.execute(
            query.where(ProfileRow.participant_id.in_(ids[at : at + store.AT_ONCE]))
        )
        found |= {row.participant_id: store.as_categories(row.categories) for row in some}
    return {i: found[i] for i in ids if i in found}
