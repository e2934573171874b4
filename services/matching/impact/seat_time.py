"""Seats over time: who sat when, and how long a seat waited for somebody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import repeat
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, TypeCoerce, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.matching.impact.models import ProgrammeOpportunityRow, ProgrammeRow
from services.matching.impact.survival import Spell
from services.matching.models import OpportunityRow, SeatRow, TermRow
from services.runtime.clock import as_utc

UK = ZoneInfo("Europe/London")
DAY_SECONDS = 86_400

Id = Hashable
"""An id as the database driver gives it: thousands are read, and none is shown."""


@dataclass(frozen=True, slots=True)
class Term:
    """One person's time in one seat; as `TermRow`. Ids are only compared with one another.

    ``seat_stands``: False once the seat was taken away again.
    """

    started_at: datetime
    ended_at: datetime | None
    opportunity_id: Id
    seat_id: Id
    holder_id: Id
    is_member: bool
    new_voice: bool
    seat_stands: bool


@dataclass(frozen=True, slots=True)
class Window:
    """From the first moment to just before the last; ``today`` is the day it is seen on."""

    start: datetime
    end: datetime
    today: date

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def window_of(programme: ProgrammeRow, now: datetime) -> Window:
    """The programme's time until now, in whole days of the United Kingdom."""
    end = now
    if programme.ended_on is not None:
        end = min(now, _midnight(programme.ended_on + timedelta(days=1)))
    return Window(_midnight(programme.started_on), end, now.astimezone(UK).date())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UK).astimezone(UTC)


def opportunities_of(programme: ProgrammeRow) -> Select[Any]:
    return select(ProgrammeOpportunityRow.opportunity_id).where(
        ProgrammeOpportunityRow.programme_id == programme.id
    )


def bare(column: InstrumentedAttribute[Any]) -> TypeCoerce[Any]:
    return type_coerce(column, String)


def waits_of(
    session: Session, ours: Select[Any], terms: Iterable[Term], window: Window
) -> Iterable[Spell]:
    """Waits of seats that opened in the window, until filled; going on while they are open."""
    by_seat: dict[tuple[Id, Id], list[Term]] = defaultdict(list)
    for term in terms:
        if term.seat_stands:
            by_seat[term.opportunity_id, term.seat_id].append(term)
    opened, until = _open_times(session, ours, window)
    for (opportunity, _), sat in by_seat.items():
        yield from _waits_between(opened[opportunity], sat, until[opportunity], window)
    for opportunity, seats in _never_filled(session, ours):
        for wait in _wait(opened[opportunity], None, until[opportunity], window):
            yield from repeat(wait, seats)


def _open_times(
    session: Session, ours: Select[Any], window: Window
) -> tuple[dict[Id, datetime], dict[Id, datetime]]:
    """When each opportunity opened, and until when its waits are watched."""
    query = select(
        bare(OpportunityRow.id), OpportunityRow.opened_at, OpportunityRow.closed_at
    ).where(OpportunityRow.id.in_(ours))
    opened, until = {}, {}
    for number, opened_at, closed_at in session.execute(query):
        opened[number] = as_utc(opened_at)
        until[number] = min(window.end, as_utc(closed_at)) if closed_at else window.end
    return opened, until


def _never_filled(session: Session, ours: Select[Any]) -> Iterable[tuple[Id, int]]:
    """Seats in which nobody ever sat, counted by opportunity: they wait alike."""
    used = select(TermRow.seat_id).where(TermRow.opportunity_id.in_(ours))
    query = (
        select(bare(SeatRow.opportunity_id), func.count())
        .where(SeatRow.opportunity_id.in_(ours), SeatRow.id.not_in(used))
        .group_by(SeatRow.opportunity_id)
    )
    return ((number, seats) for number, seats in session.execute(query))


def _waits_between(
    opened: datetime | None, sat: Iterable[Term], until: datetime, window: Window
) -> Iterable[Spell]:
    """Waits of one seat, before, between and after those who sat there."""
    for term in sorted(sat, key=attrgetter("started_at")):
        # Members who sat there from the start left no seat open.
        if opened is not None and not (term.is_member and term.started_at <= opened):
            yield from _wait(opened, term.started_at, until, window)
        opened = term.ended_at
    if opened is not None:
        yield from _wait(opened, None, until, window)


def _wait(
    opened: datetime, filled: datetime | None, until: datetime, window: Window
) -> Iterable[Spell]:
    if not window.holds(opened) or opened >= until:
        return
    seen = filled is not None and filled < until
    end = filled if filled is not None and seen else until
    yield Spell((end - opened).total_seconds() / DAY_SECONDS, seen)
