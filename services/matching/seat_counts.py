"""Seats of one organisation, counted by the database: a page reads counts, never every seat.

Seats are counted as terms (`seat_terms`): one person's time in one seat. A term is somebody's
first when they held no seat here before; a first term of someone who sat elsewhere before is no
new voice.
"""

from __future__ import annotations

from collections import Counter
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


@dataclass(frozen=True, slots=True)
class Counts:
    """All of it; ``holders`` as in `Quarter`, of the seats held now."""

    held: list[Held]
    holders: dict[int, int]
    quarters: list[Quarter]


def first_day(session: Session, organisation_id: str) -> date | None:
    """The day on which the first seat was taken."""
    found = session.scalar(
        select(func.min(TermRow.started_at))
        .join(OpportunityRow, OpportunityRow.id == TermRow.opportunity_id)
        .where(OpportunityRow.organisation_id == organisation_id)
    )
    return as_utc(found).date() if found else None


def count(session: Session, organisation_id: str, periods: Sequence[Period]) -> Counts:
    """Seats held now, and what each quarter came to; ``periods`` in order, one after the other."""
    held, taken = _by_kind(session, organisation_id, periods)
    holders = _holders(session, organisation_id, periods)
    return Counts(
        held,
        holders[-1],
        [Quarter(p, *taken[n], holders[n]) for n, p in enumerate(periods)],
    )


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


def _by_kind(
    session: Session, organisation_id: str, periods: Sequence[Period]
) -> tuple[list[Held], list[tuple[int, int]]]:
    """Seats held now that are alike, and for each quarter seats taken, and by new voices.

    One look at the terms for both: their order by holder is what takes the time.
    """
    terms = _terms(organisation_id)
    before = terms.c.nth - case((terms.c.first_new, 1), else_=0)
    kind = (
        terms.c.host_kind,
        terms.c.area_code,
        terms.c.new_voice,
        case((before > MOST_EARLIER, MOST_EARLIER), else_=before),
        _number_of(terms.c.started_at, periods),
        case((terms.c.nth == 1, 1), else_=0),
        case((terms.c.ended_at.is_(None), 1), else_=0),
    )
    held: Counter[tuple[str, str, bool, int]] = Counter()
    taken, by_new = [0] * len(periods), [0] * len(periods)
    for *alike, number, first, there, seats in session.execute(
        select(*kind, func.count()).group_by(*kind)
    ):
        host, area, new, earlier = alike
        if there:
            held[host, area, new, earlier] += seats
        if number >= 0:
            taken[number] += seats
            by_new[number] += seats if first and new else 0
    return [Held(*k, n) for k, n in held.items()], list(zip(taken, by_new, strict=True))


def _number_of(started: ColumnElement[datetime], periods: Sequence[Period]) -> ColumnElement[int]:
    """Which of the periods a moment is in; -1 before all of them and after."""
    if not periods:
        return literal(-1)
    ends = ((started < _midnight(p.end), n) for n, p in enumerate(periods))
    return case((started < _midnight(periods[0].start), -1), *ends, else_=-1)


def _holders(
    session: Session, organisation_id: str, periods: Sequence[Period]
) -> list[dict[int, int]]:
    """Who held seats at the end of each quarter, and, last, who holds them now.

    People whose seats came and went alike are one row, so there are far fewer than people.
    """
    there = [_there(_midnight(p.end)) for p in periods] + [TermRow.ended_at.is_(None)]
    sums = [func.sum(case((held, 1), else_=0)).label(f"at{n}") for n, held in enumerate(there)]
    each = (
        select(*sums)
        .select_from(OpportunityRow)
        .join(TermRow, TermRow.opportunity_id == OpportunityRow.id)
        .where(OpportunityRow.organisation_id == organisation_id)
        .group_by(TermRow.holder_id)
        .subquery()
    )
    found: list[Counter[int]] = [Counter() for _ in there]
    for *seats, people in session.execute(select(*each.c, func.count()).group_by(*each.c)):
        for counted, held in zip(found, seats, strict=True):
            if held:
                counted[held] += people
    return [dict(counted) for counted in found]


def _there(moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    ended = or_(TermRow.ended_at.is_(None), TermRow.ended_at >= moment)
    return and_(TermRow.started_at < moment, ended)
