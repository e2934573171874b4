"""Who is heard: voices, their concentration, and who is not yet there. Small numbers are hidden.

Seats are counted as terms (`seat_terms`): one person's time in one seat. A member who sat
elsewhere before counts as a familiar voice from the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.matching import evenness, measures, store, suppression
from services.matching.measure_views import HostVoices, Measures, QuarterVoices
from services.matching.measures import SeatTaken
from services.matching.models import OpportunityRow, TermRow
from services.matching.suppression import Rule
from services.runtime.clock import as_utc
from services.runtime.security.principal import Principal

FEWEST_FOR_A_SPREAD = 20
"""Below so many seats the spread of voices says more about single people than about the whole."""


def measure(session: Session, principal: Principal, now: datetime, threshold: int) -> Measures:
    """The measures of the caller's organisation."""
    rule = Rule(threshold=threshold)
    terms = _terms(session, principal.organisation_id)
    taken = _seats_taken(term for term, _ in terms)
    spread = measures.concentration(taken, now)
    first = as_utc(terms[0][0].started_at) if terms else None
    held = [(t, kind) for t, kind in terms if t.ended_at is None]
    return Measures(
        seats=_shown(spread.seats, rule),
        people=_shown(spread.people, rule),
        familiar_share=_share(_familiar(held), len(held), rule),
        hhi=round(spread.hhi, 4) if spread.seats >= FEWEST_FOR_A_SPREAD else None,
        gini=round(spread.gini, 4) if spread.seats >= FEWEST_FOR_A_SPREAD else None,
        gap_index=_gap_index(session, principal.organisation_id),
        hosts=_hosts(held, rule),
        quarters=_quarters(taken, first, now, rule),
        not_reached=_not_reached(session, principal.organisation_id),
        evenness=evenness.by_area(session, principal.organisation_id, rule),
        threshold=threshold,
    )


def _terms(session: Session, organisation_id: str) -> list[tuple[TermRow, str]]:
    rows = session.execute(
        select(TermRow, OpportunityRow.host_kind)
        .join(OpportunityRow, OpportunityRow.id == TermRow.opportunity_id)
        .where(OpportunityRow.organisation_id == organisation_id)
        .order_by(TermRow.started_at, TermRow.id)
    )
    return [(term, kind) for term, kind in rows]


def _seats_taken(terms: Iterable[TermRow]) -> list[SeatTaken]:
    """Terms as the measures read them; who sat elsewhere before gets a seat that ended then."""
    found: list[SeatTaken] = []
    known: set[str] = set()
    for term in terms:
        holder, start = str(term.holder_id), as_utc(term.started_at)
        if not term.new_voice and holder not in known:
            before = start - timedelta(days=36_500)
            found.append(SeatTaken(holder, before, before))
        known.add(holder)
        ended = as_utc(term.ended_at) if term.ended_at else None
        found.append(SeatTaken(holder, start, ended))
    return found


def _familiar(held: Sequence[tuple[TermRow, str]]) -> int:
    return sum(not term.new_voice for term, _ in held)


def _shown(count: int, rule: Rule) -> int | None:
    return count if count == 0 or count >= rule.threshold else None


def _share(part: int, whole: int, rule: Rule) -> float | None:
    """A share, unless it would tell of a few people on either side."""
    if whole == 0 or 0 < part < rule.threshold or 0 < whole - part < rule.threshold:
        return None
    return round(part / whole, 4)


def _gap_index(session: Session, organisation_id: str) -> float | None:
    """Mean gap index of the open opportunities, each as much; none without any."""
    found = session.scalars(
        select(OpportunityRow.gap_index).where(
            OpportunityRow.organisation_id == organisation_id, OpportunityRow.state == "open"
        )
    ).all()
    return round(sum(found) / len(found), 4) if found else None


def _hosts(held: Sequence[tuple[TermRow, str]], rule: Rule) -> list[HostVoices]:
    """Seats held now by kind of host, new and familiar voices, with small numbers hidden."""
    kinds = ("nhs", "council", "care_home", "voluntary")
    counts = [
        [sum(k == kind and t.new_voice == new for t, k in held) for new in (True, False)]
        for kind in kinds
    ]
    table = suppression.suppress_table(counts, rule)
    return [
        HostVoices(host_kind=kind, new_voices=cells[0], familiar_voices=cells[1], seats=total)
        for kind, cells, total in zip(kinds, table.cells, table.row_totals, strict=True)
    ]


def _quarters(
    taken: Sequence[SeatTaken], first: datetime | None, now: datetime, rule: Rule
) -> list[QuarterVoices]:
    """Whole quarters that have ended, each published once and never changed by a later look."""
    if first is None:
        return []
    periods = suppression.publishable(first.date(), now.date())
    rates = measures.new_voice_rate(taken, [(p.start, p.end) for p in periods])
    return [
        QuarterVoices(
            quarter=period.label,
            seats=_shown(rate.seats, rule),
            new_voice_share=_share(rate.new_voices, rate.seats, rule),
        )
        for period, rate in zip(periods, rates, strict=True)
    ]


def _not_reached(session: Session, organisation_id: str) -> list[str]:
    """Groups that an open opportunity asks for and that hold no seat in any of them."""
    rows = session.scalars(
        select(OpportunityRow).where(
            OpportunityRow.organisation_id == organisation_id, OpportunityRow.state == "open"
        )
    )
    held: dict[str, int] = {}
    for row in rows:
        targets = store.as_opportunity(row).targets
        for target, count in zip(targets, row.held, strict=True):
            if target.has_goal and target.floor(row.seats) > 0:
                held[target.people] = held.get(target.people, 0) + count
    return sorted(people for people, count in held.items() if count == 0)
