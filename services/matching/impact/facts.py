"""What the events left behind about a programme's opportunities, as plain counts and waits.

Everything is counted from the programme's first day to the end of its last, or to now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from schemas.events import SurveyQuestion
from services.matching.barriers.models import BarrierActionRow
from services.matching.impact.costs import CostLine
from services.matching.impact.models import (
    AskedRow,
    CostRow,
    InfluenceRow,
    ProgrammeRow,
)
from services.matching.impact.seat_time import (
    DAY_SECONDS,
    Id,
    Term,
    Window,
    bare,
    opportunities_of,
    waits_of,
    window_of,
)
from services.matching.impact.survival import Spell
from services.matching.models import FeedbackRow, MatchRow, SeatRow, TermRow
from services.runtime.clock import as_utc

SAID_YES = ("accepted", "alternate", "released")


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


def gather(session: Session, programme: ProgrammeRow, now: datetime) -> Facts:
    """Everything the indicators count."""
    window = window_of(programme, now)
    ours = opportunities_of(programme)
    terms = _terms(session, ours)
    matches = _asked(session, ours)
    taken = [t for t in terms if not t.is_member and window.holds(t.started_at)]
    yes, no, silent = _answers(matches, window)
    held = {t.opportunity_id for t in terms if t.started_at < window.end}
    told = _told(session, ours, window)
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
        waits=tuple(waits_of(session, ours, terms, window)),
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


def _terms(session: Session, ours: Select[Any]) -> list[Term]:
    """Terms in the programme's opportunities, in the order of their ids."""
    columns = (
        *map(bare, (TermRow.opportunity_id, TermRow.seat_id, TermRow.holder_id)),
        *(TermRow.is_member, TermRow.new_voice, SeatRow.id.is_not(None)),
        *(TermRow.started_at, TermRow.ended_at),
    )
    query: Select[Any] = (
        select(*columns)
        .outerjoin(SeatRow, SeatRow.id == TermRow.seat_id)
        .where(TermRow.opportunity_id.in_(ours))
        .order_by(TermRow.id)
    )
    found: list[Term] = []
    for row in session.execute(query):
        *told, started, ended = row
        found.append(Term(as_utc(started), as_utc(ended) if ended else None, *told))
    return found


def _asked(session: Session, ours: Select[Any]) -> Sequence[Row[Any]]:
    """Matches that came to an invitation: of hundreds of proposals a few."""
    query = select(
        bare(MatchRow.opportunity_id).label("opportunity_id"),
        bare(MatchRow.participant_id).label("participant_id"),
        MatchRow.state,
        MatchRow.reason,
        MatchRow.asked_at,
        MatchRow.reply_by,
    ).where(MatchRow.opportunity_id.in_(ours), MatchRow.asked_at.is_not(None))
    return session.execute(query.order_by(MatchRow.id)).all()


def _told(session: Session, ours: Select[Any], window: Window) -> set[Id]:
    """Opportunities in which people heard in the window what came of what they said."""
    query = select(bare(FeedbackRow.opportunity_id)).where(
        FeedbackRow.opportunity_id.in_(ours),
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


def _stays(taken: Iterable[Term], matches: Iterable[Row[Any]], window: Window) -> Iterable[Spell]:
    """How long people who took a seat stayed. A term that ended as planned is not leaving."""
    planned = {
        (m.opportunity_id, m.participant_id)
        for m in matches
        if m.state == "released" and m.reason == "term_ended"
    }
    for term in taken:
        left = term.ended_at is not None and term.ended_at < window.end
        end = term.ended_at if term.ended_at is not None and left else window.end
        as_planned = (term.opportunity_id, term.holder_id) in planned
        days = (end - term.started_at).total_seconds() / DAY_SECONDS
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
