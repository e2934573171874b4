"""Reads and writes of matching's tables, and the way from rows to what the domain works on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session, lazyload

from schemas.events import Session as Meeting
from services.matching import gaps
from services.matching.characteristics import Categories, Group
from services.matching.gaps import Tally
from services.matching.model import Format, Opportunity, Participant, slot_of
from services.matching.models import (
    LIVE,
    MatchRow,
    MemberRow,
    OpportunityRow,
    ProfileRow,
    SeatRow,
    TargetRow,
    TermRow,
    new_stamp,
)
from services.matching.places import place_of
from services.matching.targets import COORDINATOR, Reference, Target
from services.runtime.clock import as_utc
from services.runtime.errors import NotFound

_ANSWERED = ("declined", "released")
"""States after which a person is not proposed for the same opportunity again."""
CONFLICT = "conflict_of_interest"
"""Why a coordinator declined a person whom the same host's other groups are closed to as well."""
_SEEN: dict[tuple[UUID, int, int], Opportunity] = {}
_COUNTED: dict[tuple[object, ...], Tally] = {}
_MOST_SEEN = 4_000
AT_ONCE = 400
"""Rows read in one query that names each of them."""


def get(session: Session, opportunity_id: UUID) -> OpportunityRow:
    row = session.get(OpportunityRow, opportunity_id)
    if row is None:
        raise NotFound("There is no opportunity with this id.")
    return row


def lock(session: Session, opportunity_id: UUID) -> OpportunityRow | None:
    """The opportunity, held until commit: whoever changes its seats or proposals waits here."""
    query = select(OpportunityRow).where(OpportunityRow.id == opportunity_id)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def locked(session: Session, opportunity_id: UUID) -> OpportunityRow:
    row = lock(session, opportunity_id)
    if row is None:
        raise NotFound("There is no opportunity with this id.")
    return row


def lock_all(session: Session, ids: Iterable[UUID]) -> Sequence[OpportunityRow]:
    """Several opportunities, held until commit, in the order of their ids."""
    return session.scalars(
        select(OpportunityRow)
        .where(OpportunityRow.id.in_(list(ids)))
        .order_by(OpportunityRow.id)
        .options(lazyload(OpportunityRow.targets))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def person_changed(session: Session, participant_id: UUID) -> None:
    """Something that proposals of this person rest on changed: they are assessed again."""
    session.execute(
        update(ProfileRow)
        .where(ProfileRow.participant_id == participant_id)
        .values(stamp=new_stamp())
    )


def target_id(group: Group) -> str:
    """A target's id within its opportunity: its group, of which there is one target only."""
    return "+".join(f"{characteristic}:{code}" for characteristic, code in group)


def as_target(row: TargetRow) -> Target:
    group = tuple((str(a), str(b)) for a, b in row.groups)
    return Target(
        target_id=target_id(group),
        group=group,
        proportion=row.proportion,
        least=row.least,
        most=row.most,
        weight=row.weight,
        reference=Reference(**row.reference) if row.reference else COORDINATOR,
        name=row.name,
    )


def meetings(row: OpportunityRow) -> list[Meeting]:
    return [Meeting.model_validate(each) for each in row.sessions]


def host_of(name: str) -> str:
    """The host of an opportunity as conflicts of interest name it, however it is spelt."""
    return " ".join(name.casefold().split())


def as_opportunity(row: OpportunityRow) -> Opportunity:
    """What the domain works on; kept, as every change has a stamp of its own."""
    key = (row.id, row.revision, row.stamp)
    found = _SEEN.get(key)
    if found is None:
        if len(_SEEN) >= _MOST_SEEN:
            _SEEN.clear()
        found = _SEEN[key] = _make_opportunity(row)
    return found


def _make_opportunity(row: OpportunityRow) -> Opportunity:
    held = meetings(row)
    times = frozenset(slot_of(datetime.combine(m.on, m.starts)) for m in held)
    formats: frozenset[Format] = frozenset(m.mode for m in held) or frozenset({"in_person"})
    return Opportunity(
        opportunity_id=str(row.id),
        seats=row.seats,
        targets=tuple(as_target(each) for each in row.targets),
        organisation=host_of(row.host_name),
        areas=frozenset(row.areas),
        open_to=tuple(tuple(sorted(each.items())) for each in row.open_to),
        adults_only=row.adults_only,
        offers=frozenset(row.offers),
        can_arrange=frozenset(row.can_arrange),
        times=times,
        # Half of the meeting times at least: fewer would be a seat in name only.
        times_needed=max(1, (len(times) + 1) // 2),
        formats=formats,
        place=place_of(row.area_code),
        travel_km=row.travel_km,
    )


def as_tally(row: OpportunityRow) -> Tally:
    """The counts of now; the same object for the same counts, as it keeps what it worked out."""
    opportunity, held, unstated = as_opportunity(row), tuple(row.held), tuple(row.unstated)
    key = (row.id, row.revision, row.stamp, row.seats, row.filled, held, unstated)
    found = _COUNTED.get(key)
    if found is None:
        if len(_COUNTED) >= _MOST_SEEN:
            _COUNTED.clear()
        found = Tally(opportunity.targets, row.seats, row.filled, held, unstated)
        _COUNTED[key] = found
    return found


def keep_tally(row: OpportunityRow, tally: Tally) -> None:
    row.filled = tally.filled
    row.held, row.unstated = list(tally.held), list(tally.unstated)
    row.gap_index = gaps.index(tally)


def as_categories(stored: dict[str, Any]) -> Categories:
    return {list_id: frozenset(codes) for list_id, codes in stored.items()}


def holders(session: Session, opportunity_id: UUID) -> list[Categories]:
    """Categories of everyone who holds a seat; empty for those who did not tell or withdrew."""
    rows = session.execute(
        select(MemberRow.categories, ProfileRow.categories)
        .select_from(SeatRow)
        .outerjoin(MemberRow, MemberRow.id == SeatRow.member_id)
        .outerjoin(ProfileRow, ProfileRow.participant_id == SeatRow.participant_id)
        .where(SeatRow.opportunity_id == opportunity_id, SeatRow.state == "filled")
        .order_by(SeatRow.number)
    )
    return [as_categories(member or profile or {}) for member, profile in rows]


def recount(session: Session, row: OpportunityRow) -> Tally:
    """Count the seats of this one opportunity anew and keep the tally."""
    session.flush()
    tally = gaps.count(as_opportunity(row), holders(session, row.id))
    keep_tally(row, tally)
    return tally


def open_opportunities(session: Session, organisation_id: str) -> Sequence[OpportunityRow]:
    """Those that still have a seat to fill, in a fixed order."""
    return session.scalars(
        select(OpportunityRow)
        .where(
            OpportunityRow.organisation_id == organisation_id,
            OpportunityRow.state == "open",
            OpportunityRow.filled < OpportunityRow.seats,
        )
        .order_by(OpportunityRow.id)
    ).all()


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
    conflict = (MatchRow.state == "declined") & (MatchRow.reason == CONFLICT)
    query = (
        select(
            MatchRow.participant_id,
            MatchRow.opportunity_id,
            MatchRow.state,
            MatchRow.asked_at,
            OpportunityRow.host_name,
        )
        .outerjoin(OpportunityRow, conflict & (OpportunityRow.id == MatchRow.opportunity_id))
        .where(MatchRow.asked_at.is_not(None) | MatchRow.state.in_(_ANSWERED))
    )
    if ids is not None:
        query = query.where(MatchRow.participant_id.in_(ids))
    by_person: dict[UUID, list[MatchFacts]] = defaultdict(list)
    for row in session.execute(query):
        by_person[row.participant_id].append(row)
    return by_person


def _terms(session: Session, ids: list[UUID] | None) -> dict[UUID, list[datetime | None]]:
    query = select(TermRow.holder_id, TermRow.ended_at).where(TermRow.is_member.is_(False))
    if ids is not None:
        query = query.where(TermRow.holder_id.in_(ids))
    ends: dict[UUID, list[datetime | None]] = defaultdict(list)
    for holder, ended in session.execute(query):
        ends[holder].append(as_utc(ended) if ended else None)
    return ends


def _person(
    profile: ProfileRow, matches: Sequence[MatchFacts], ends: Sequence[datetime | None]
) -> Participant:
    return Participant(
        participant_id=str(profile.participant_id),
        categories=as_categories(profile.categories),
        area=profile.area_code,
        place=place_of(profile.area_code),
        travel_km=profile.travel_km,
        needs=frozenset(profile.needs),
        times=frozenset(profile.slots),
        modes=frozenset(profile.modes),
        asked=tuple(as_utc(m.asked_at) for m in matches if m.asked_at is not None),
        proposed=frozenset(str(m.opportunity_id) for m in matches if m.state in _ANSWERED),
        conflicts=frozenset(host_of(m.host_name) for m in matches if m.host_name),
        # When seats elsewhere ended is not known, so they count as held.
        seat_ends=(*ends, *([None] * profile.prior_seats)),
    )


def live_matches(
    session: Session, opportunity_id: UUID, states: Sequence[str] = LIVE
) -> Sequence[MatchRow]:
    """Matches of an opportunity in these states, best first."""
    return session.scalars(
        select(MatchRow)
        .where(MatchRow.opportunity_id == opportunity_id, MatchRow.state.in_(states))
        .order_by(MatchRow.rank.desc(), MatchRow.tie, MatchRow.id)
        .execution_options(populate_existing=True)
    ).all()


def matches_of_person(
    session: Session, participant_id: UUID, states: Sequence[str] = LIVE
) -> Sequence[MatchRow]:
    return session.scalars(
        select(MatchRow)
        .where(MatchRow.participant_id == participant_id, MatchRow.state.in_(states))
        .order_by(MatchRow.opportunity_id, MatchRow.id)
        .execution_options(populate_existing=True)
    ).all()


def states_of_person(session: Session, participant_id: UUID) -> dict[UUID, str]:
    """For every opportunity the state of the person's live match, in the order of ids."""
    query = (
        select(MatchRow.opportunity_id, MatchRow.state)
        .where(MatchRow.participant_id == participant_id, MatchRow.state.in_(LIVE))
        .order_by(MatchRow.opportunity_id)
    )
    return {row.opportunity_id: row.state for row in session.execute(query)}


def profiles_of(session: Session, ids: Iterable[UUID]) -> dict[UUID, ProfileRow]:
    wanted = list(ids)
    rows = session.scalars(select(ProfileRow).where(ProfileRow.participant_id.in_(wanted)))
    return {row.participant_id: row for row in rows}


def categories_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, Categories]:
    """What these people count in, however many they are, in the order given."""
    found: dict[UUID, Categories] = {}
    for at in range(0, len(ids), AT_ONCE):
        query = select(ProfileRow.participant_id, ProfileRow.categories)
        some = session.execute(query.where(ProfileRow.participant_id.in_(ids[at : at + AT_ONCE])))
        found |= {row.participant_id: as_categories(row.categories) for row in some}
    return {i: found[i] for i in ids if i in found}


def match_by_invitation(session: Session, invitation_id: UUID) -> MatchRow | None:
    query = select(MatchRow).where(MatchRow.invitation_id == invitation_id)
    return session.scalar(query.execution_options(populate_existing=True))
