"""What the events left behind about a programme's opportunities, as plain counts and waits.

Everything is counted from the programme's first day to the end of its last, or to now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from schemas.events import SurveyQuestion
from services.matching.barriers.models import BarrierActionRow
from services.matching.impact.costs import CostLine
from services.matching.impact.models import AskedRow, CostRow, InfluenceRow, ProgrammeRow
from services.matching.impact.survival import Spell
from services.matching.models import FeedbackRow, MatchRow, OpportunityRow, SeatRow, TermRow
from services.runtime.clock import as_utc

TERM: tuple[InstrumentedAttribute[Any], ...] = (
    TermRow.id,
    TermRow.opportunity_id,
    TermRow.seat_id,
    TermRow.holder_id,
    TermRow.is_member,
    TermRow.new_voice,
    TermRow.started_at,
    TermRow.ended_at,
)
MATCH: tuple[InstrumentedAttribute[Any], ...] = (
    MatchRow.opportunity_id,
    MatchRow.participant_id,
    MatchRow.state,
    MatchRow.reason,
    MatchRow.asked_at,
    MatchRow.reply_by,
)
UK = ZoneInfo("Europe/London")
SAID_YES = ("accepted", "alternate", "released")
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts of one programme. Spells are in days."""

    taken: int
    new_voices: int
    said_yes: int
    said_no: int
    silent: int
    groups: int
    groups_told: int
    waits: tuple[Spell, ...]
    stays: tuple[Spell, ...]
    costs: tuple[CostLine, ...]
    changed: int
    unchanged: int
    barriers_tried: int
    """Barriers that something was done about; ``barriers_removed`` of them are gone."""
    barriers_removed: int
    asked: int
    """People asked the first question; ``values`` are the numbers that came back, by question."""
    values: Mapping[SurveyQuestion, tuple[int, ...]]


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


def gather(session: Session, programme: ProgrammeRow, now: datetime) -> Facts:
    """Everything the indicators count."""
    window = window_of(programme, now)
    ids = [each.opportunity_id for each in programme.opportunities]
    terms = _terms(session, ids)
    matches = _asked(session, ids)
    taken = [t for t in terms if not t.is_member and window.holds(as_utc(t.started_at))]
    yes, no, silent = _answers(matches, window)
    held = {t.opportunity_id for t in terms if as_utc(t.started_at) < window.end}
    told = _told(session, ids, window)
    outcomes = _outcomes(session, programme, window)
    barriers = _barriers(session, programme, window)
    return Facts(
        taken=len(taken),
        new_voices=len({t.holder_id for t in taken if t.new_voice}),
        said_yes=yes,
        said_no=no,
        silent=silent,
        groups=len(held),
        groups_told=len(held & told),
        waits=tuple(_waits(session, ids, terms, window)),
        stays=tuple(_stays(taken, matches, window)),
        costs=tuple(_costs(session, programme, window)),
        changed=outcomes.count("changed"),
        unchanged=outcomes.count("unchanged"),
        barriers_tried=len(barriers),
        barriers_removed=sum(barriers.values()),
        **_survey(session, programme, window),
    )


def _survey(session: Session, programme: ProgrammeRow, window: Window) -> dict[str, Any]:
    query = select(AskedRow).where(AskedRow.programme_id == programme.id)
    rows = [row for row in session.scalars(query) if window.holds(as_utc(row.asked_at))]
    values = {
        question: tuple(r.value for r in rows if r.question == question and r.value is not None)
        for question in get_args(SurveyQuestion)
    }
    return {"asked": sum(r.question == "listened" for r in rows), "values": values}


def _terms(session: Session, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Terms in some opportunities, in the order of their ids; only the columns that are counted."""
    query = select(*TERM).where(TermRow.opportunity_id.in_(ids)).order_by(TermRow.id)
    return session.execute(query).all()


def _asked(session: Session, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Matches that came to an invitation: of hundreds of proposals a few."""
    query = select(*MATCH).where(MatchRow.opportunity_id.in_(ids), MatchRow.asked_at.is_not(None))
    return session.execute(query.order_by(MatchRow.id)).all()


def _told(session: Session, ids: Sequence[UUID], window: Window) -> set[UUID]:
    """Opportunities in which people heard in the window what came of what they said."""
    query = select(FeedbackRow.opportunity_id).where(
        FeedbackRow.opportunity_id.in_(ids),
        FeedbackRow.shared_at >= window.start,
        FeedbackRow.shared_at < window.end,
    )
    return set(session.scalars(query))


def _answers(matches: Iterable[Row[Any]], window: Window) -> tuple[int, int, int]:
    """Invited people who said yes, who said no, and whose day to reply has passed in silence."""
    yes = no = silent = 0
    for match in matches:
        if match.asked_at is None or not window.holds(as_utc(match.asked_at)):
            continue
        if match.state in SAID_YES:
            yes += 1
        elif match.state == "declined" and match.reason == "said_no":
            no += 1
        elif match.state == "invited" and match.reply_by and match.reply_by < window.today:
            silent += 1
    return yes, no, silent


def _waits(
    session: Session, ids: Sequence[UUID], terms: Iterable[Row[Any]], window: Window
) -> Iterable[Spell]:
    """Waits of seats that opened in the window, until filled; going on while they are open."""
    by_seat: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for term in terms:
        by_seat[term.seat_id].append(term)
    query = (
        select(SeatRow.id, OpportunityRow.opened_at, OpportunityRow.closed_at)
        .join(OpportunityRow, OpportunityRow.id == SeatRow.opportunity_id)
        .where(SeatRow.opportunity_id.in_(ids))
        .order_by(SeatRow.id)
    )
    for seat_id, opened_at, closed_at in session.execute(query):
        until = min(window.end, as_utc(closed_at)) if closed_at else window.end
        opened: datetime | None = as_utc(opened_at)
        for term in sorted(by_seat[seat_id], key=lambda t: as_utc(t.started_at)):
            started = as_utc(term.started_at)
            # Members who sat there from the start left no seat open.
            if opened is not None and not (term.is_member and started <= opened):
                yield from _wait(opened, started, until, window)
            opened = as_utc(term.ended_at) if term.ended_at else None
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


def _stays(
    taken: Iterable[Row[Any]], matches: Iterable[Row[Any]], window: Window
) -> Iterable[Spell]:
    """How long people who took a seat stayed. A term that ended as planned is not leaving."""
    planned = {
        (m.opportunity_id, m.participant_id)
        for m in matches
        if m.state == "released" and m.reason == "term_ended"
    }
    for term in taken:
        ended = as_utc(term.ended_at) if term.ended_at else None
        left = ended is not None and ended < window.end
        end = ended if ended is not None and left else window.end
        as_planned = (term.opportunity_id, term.holder_id) in planned
        days = (end - as_utc(term.started_at)).total_seconds() / DAY_SECONDS
        yield Spell(days, left and not as_planned)


def _costs(session: Session, programme: ProgrammeRow, window: Window) -> Iterable[CostLine]:
    first, last = programme.started_on, programme.ended_on or window.today
    query = select(CostRow).where(CostRow.programme_id == programme.id).order_by(CostRow.id)
    for row in session.scalars(query):
        if first <= row.on <= last:
            yield CostLine(row.kind, row.pence)  # type: ignore[arg-type]


def _outcomes(session: Session, programme: ProgrammeRow, window: Window) -> list[str]:
    first, last = programme.started_on, programme.ended_on or window.today
    query = select(InfluenceRow).where(InfluenceRow.programme_id == programme.id)
    return [row.outcome for row in session.scalars(query) if first <= row.on <= last]


def _barriers(session: Session, programme: ProgrammeRow, window: Window) -> dict[str, bool]:
    """Barriers that the organisation acted on in these days, and whether they are gone."""
    query = select(BarrierActionRow.code, BarrierActionRow.outcome).where(
        BarrierActionRow.organisation_id == programme.organisation_id,
        BarrierActionRow.done_on >= programme.started_on,
        BarrierActionRow.done_on <= (programme.ended_on or window.today),
    )
    found: dict[str, bool] = defaultdict(bool)
    for code, outcome in session.execute(query):
        found[code] = found[code] or outcome == "removed"
    return found
