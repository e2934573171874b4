"""Seats of one organisation, counted by the database: a page reads counts, never every seat.

Seats are counted as terms (`seat_terms`): one person's time in one seat. A term is somebody's
first when they held no seat here before; a first term of someone who sat elsewhere before is no
new voice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from services.matching.models import OpportunityRow, TermRow
from services.matching.suppression import Period
from services.runtime.clock import as_utc

MOST_EARLIER = 2
"""Earlier seats are counted up to this; it stands for as many or more."""


@dataclass(frozen=True, slots=True)
class Held:
    """Seats held now that are alike: ``earlier`` seats of the holder, up to `MOST_EARLIER`."""

    host_kind: str
    area_code: str
    new_voice: bool
    earlier: int
    seats: int


@dataclass(frozen=True, slots=True)
class Quarter:
    """Seats taken in a quarter, by new voices, and who held seats when it ended.

    ``holders``: seats held by one person to the number of such people.
    """

    period: Period
    taken: int
    new_voices: int
    holders: dict[int, int]


def held(session: Session, organisation_id: str) -> list[Held]:
    """Seats held now, by kind of host, area, voice and earlier seats."""
    terms = _terms(organisation_id)
    before = terms.c.nth - case((terms.c.first_new, 1), else_=0)
    earlier = case((before > MOST_EARLIER, MOST_EARLIER), else_=before)
    alike = (terms.c.host_kind, terms.c.area_code, terms.c.new_voice, earlier)
    query = select(*alike, func.count()).where(terms.c.ended_at.is_(None)).group_by(*alike)
    return [Held(*row) for row in session.execute(query)]


def holders(session: Session, organisation_id: str) -> dict[int, int]:
    """Seats held now by one person, to the number of such people."""
    each = (
        select(func.count().label("seats"))
        .select_from(TermRow)
        .join(OpportunityRow, OpportunityRow.id == TermRow.opportunity_id)
        .where(OpportunityRow.organisation_id == organisation_id, TermRow.ended_at.is_(None))
        .group_by(TermRow.holder_id)
        .subquery()
    )
    query = select(each.c.seats, func.count()).group_by(each.c.seats)
    return {row[0]: row[1] for row in session.execute(query)}


def first_day(session: Session, organisation_id: str) -> date | None:
    """The day on which the first seat was taken."""
    found = session.scalar(
        select(func.min(TermRow.started_at))
        .join(OpportunityRow, OpportunityRow.id == TermRow.opportunity_id)
        .where(OpportunityRow.organisation_id == organisation_id)
    )
    return as_utc(found).date() if found else None


def quarters(session: Session, organisation_id: str, periods: Sequence[Period]) -> list[Quarter]:
    """What each quarter, in order and one after the other, came to."""
    if not periods:
        return []
    terms = _terms(organisation_id)
    taken = _taken(session, terms, periods)
    held_at = _holders_at(session, organisation_id, periods)
    return [Quarter(p, *taken.get(n, (0, 0)), held_at[n]) for n, p in enumerate(periods)]


def _terms(organisation_id: str) -> CTE:
    """Terms with the place of each among its holder's, and whether the first was a new voice."""
    person, order = TermRow.holder_id, (TermRow.started_at, TermRow.id)
    first_new = func.first_value(TermRow.new_voice)
    return (
        select(
            TermRow.holder_id,
            TermRow.new_voice,
            TermRow.started_at,
            TermRow.ended_at,
            OpportunityRow.host_kind,
            OpportunityRow.area_code,
            func.row_number().over(partition_by=person, order_by=order).label("nth"),
            first_new.over(partition_by=person, order_by=order).label("first_new"),
        )
        .join(OpportunityRow, OpportunityRow.id == TermRow.opportunity_id)
        .where(OpportunityRow.organisation_id == organisation_id)
        .cte("terms")
    )


def _midnight(day: date) -> ColumnElement[datetime]:
    return literal(datetime.combine(day, time(), UTC), DateTime(timezone=True))


def _taken(session: Session, terms: CTE, periods: Sequence[Period]) -> dict[int, tuple[int, int]]:
    """Number of a quarter to the seats taken in it, and those by new voices."""
    started = terms.c.started_at
    number = case(*((started < _midnight(p.end), n) for n, p in enumerate(periods)), else_=-1)
    by_new = case((and_(terms.c.nth == 1, terms.c.new_voice), 1), else_=0)
    within = (
        select(number.label("number"), by_new.label("by_new"))
        .where(started >= _midnight(periods[0].start))
        .subquery()
    )
    query = select(within.c.number, func.count(), func.sum(within.c.by_new))
    rows = session.execute(query.group_by(within.c.number))
    return {number: (taken, new) for number, taken, new in rows}


def _holders_at(
    session: Session, organisation_id: str, periods: Sequence[Period]
) -> dict[int, dict[int, int]]:
    """Number of a quarter to who held seats at its end."""
    ends = union_all(
        *(
            select(literal(n).label("number"), _midnight(p.end).label("moment"))
            for n, p in enumerate(periods)
        )
    ).subquery()
    there = and_(
        TermRow.started_at < ends.c.moment,
        or_(TermRow.ended_at.is_(None), TermRow.ended_at >= ends.c.moment),
    )
    each = (
        select(ends.c.number, func.count().label("seats"))
        .select_from(OpportunityRow)
        .join(TermRow, TermRow.opportunity_id == OpportunityRow.id)
        .join(ends, there)
        .where(OpportunityRow.organisation_id == organisation_id)
        .group_by(ends.c.number, TermRow.holder_id)
        .subquery()
    )
    query = select(each.c.number, each.c.seats, func.count()).group_by(each.c.number, each.c.seats)
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for number, seats, people in session.execute(query):
        found[number][seats] = people
    return found
