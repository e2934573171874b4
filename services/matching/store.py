"""Reads and writes of matching's tables, and the way from rows to what the domain works on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, lazyload

from schemas.events import Session as Meeting
from services.matching import gaps
from services.matching.characteristics import Categories, Group
from services.matching.gaps import Tally
from services.matching.model import Format, Opportunity, slot_of
from services.matching.models import (
    LIVE,
    MatchRow,
    MemberRow,
    OpportunityRow,
    ProfileRow,
    SeatRow,
    TargetRow,
    new_stamp,
)
from services.matching.places import place_of
from services.matching.targets import COORDINATOR, Reference, Target
from services.runtime.errors import NotFound

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
    return session.scalars(_LOCK_ALL, {"ids": list(ids)}).all()


# Made once: for each newcomer, making a query anew would take as long as running it.
_LOCK_ALL = (
    select(OpportunityRow)
    .where(OpportunityRow.id.in_(bindparam("ids", expanding=True)))
    .order_by(OpportunityRow.id)
    .options(lazyload(OpportunityRow.targets))
    .with_for_update()
    .execution_options(populate_existing=True)
)


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
    rows = session.scalars(_PROFILES, {"ids": list(ids)})
    return {row.participant_id: row for row in rows}


_PROFILES = select(ProfileRow).where(
    ProfileRow.participant_id.in_(bindparam("ids", expanding=True))
)


def match_by_invitation(session: Session, invitation_id: UUID) -> MatchRow | None:
    query = select(MatchRow).where(MatchRow.invitation_id == invitation_id)
    return session.scalar(query.execution_options(populate_existing=True))
