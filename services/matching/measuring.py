"""Who is heard: voices, their concentration, and who is not yet there. Small numbers are hidden."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain

from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.orm import Session

from services.matching import (
    characteristics,
    evenness,
    measures,
    places,
    seat_counts,
    suppression,
)
from services.matching.measure_views import (
    AreaVoices,
    EarlierSeats,
    HostVoices,
    Measures,
    QuarterVoices,
)
from services.matching.measures import Spread
from services.matching.models import OpportunityRow, TargetRow
from services.matching.seat_counts import Held, Quarter
from services.matching.suppression import Period, Rule, Table
from services.runtime.security.principal import Principal

FEWEST_FOR_A_SPREAD = 20
"""Below so many seats the spread of voices says more about single people than about the whole."""
MOST_QUARTERS = 8
MOST_AREAS = 20
HOST_KINDS = ("nhs", "council", "care_home", "voluntary")


def measure(session: Session, principal: Principal, now: datetime, threshold: int) -> Measures:
    """The measures of the caller's organisation."""
    rule, organisation = Rule(threshold=threshold), principal.organisation_id
    counted = seat_counts.count(session, organisation, _periods(session, organisation, now))
    held, spread = counted.held, measures.spread(counted.holders)
    familiar = sum(each.seats for each in held if not each.new_voice)
    return Measures(
        seats=_shown(spread.seats, rule),
        people=_shown(spread.people, rule),
        familiar_share=_share(familiar, spread.seats, rule),
        hhi=_of_many(spread, spread.hhi),
        gini=_of_many(spread, spread.gini),
        gap_index=_gap_index(session, organisation),
        earlier_seats=_earlier(held, rule),
        hosts=_hosts(held, rule),
        areas=_areas(held, rule),
        quarters=_quarters(counted.quarters, rule),
        not_reached=not_reached(session, organisation),
        evenness=evenness.by_area(session, organisation, rule),
        threshold=threshold,
    )


def _shown(count: int, rule: Rule) -> int | None:
    return count if count == 0 or count >= rule.threshold else None


def _share(part: int, whole: int, rule: Rule) -> float | None:
    """A share, unless it would tell of a few people on either side."""
    if whole == 0 or 0 < part < rule.threshold or 0 < whole - part < rule.threshold:
        return None
    return round(part / whole, 6)


def _of_many(spread: Spread, figure: float) -> float | None:
    return round(figure, 6) if spread.seats >= FEWEST_FOR_A_SPREAD else None


def _gap_index(session: Session, organisation_id: str) -> float | None:
    """Mean gap index of the open opportunities, each as much; none without any."""
    found = session.scalar(
        select(func.avg(OpportunityRow.gap_index)).where(
            OpportunityRow.organisation_id == organisation_id, OpportunityRow.state == "open"
        )
    )
    return None if found is None else round(found, 4)


def _earlier(held: Iterable[Held], rule: Rule) -> list[EarlierSeats]:
    """Seats held now by how many seats their holders had before."""
    counts: Counter[int] = Counter()
    for each in held:
        counts[each.earlier] += each.seats
    numbers = range(seat_counts.MOST_EARLIER + 1)
    shown, _ = suppression.suppress_counts({str(n): counts[n] for n in numbers}, rule)
    return [EarlierSeats(earlier=n, seats=shown[str(n)]) for n in numbers]


def _hosts(held: Iterable[Held], rule: Rule) -> list[HostVoices]:
    """Seats held now by kind of host, new and familiar voices."""
    table = _by_voice([(each.host_kind, each) for each in held], HOST_KINDS, rule)
    return [
        HostVoices(host_kind=kind, new_voices=cells[0], familiar_voices=cells[1], seats=total)
        for kind, cells, total in zip(HOST_KINDS, table.cells, table.row_totals, strict=True)
    ]


def _areas(held: Sequence[Held], rule: Rule) -> list[AreaVoices]:
    """The same by area: those with most seats, and the rest together."""
    counts: Counter[str] = Counter()
    for each in held:
        counts[each.area_code] += each.seats
    ranked = sorted(counts, key=lambda code: (-counts[code], code))
    shown = ranked[:MOST_AREAS]
    rows = [*shown, ""] if len(ranked) > MOST_AREAS else shown
    if not rows:
        return []
    labelled = [(each.area_code if each.area_code in shown else "", each) for each in held]
    table = _by_voice(labelled, rows, rule)
    return [
        AreaVoices(
            area_code=code or None,
            area_name=places.name_of(code),
            new_voices=cells[0],
            familiar_voices=cells[1],
            seats=total,
        )
        for code, cells, total in zip(rows, table.cells, table.row_totals, strict=True)
    ]


def _by_voice(labelled: Iterable[tuple[str, Held]], rows: Sequence[str], rule: Rule) -> Table:
    """New and familiar voices of each row, with small numbers hidden."""
    counts: Counter[tuple[str, bool]] = Counter()
    for row, each in labelled:
        counts[row, each.new_voice] += each.seats
    return suppression.suppress_table([[counts[r, True], counts[r, False]] for r in rows], rule)


def _periods(session: Session, organisation_id: str, now: datetime) -> Sequence[Period]:
    """Whole quarters that have ended, each published once and never changed by a later look."""
    first = seat_counts.first_day(session, organisation_id)
    return [] if first is None else suppression.publishable(first, now.date())[-MOST_QUARTERS:]


def _quarters(counted: Iterable[Quarter], rule: Rule) -> list[QuarterVoices]:
    found = []
    for each in counted:
        spread = measures.spread(each.holders)
        row = QuarterVoices(
            quarter=each.period.label,
            seats=_shown(each.taken, rule),
            new_voice_share=_share(each.new_voices, each.taken, rule),
            hhi=_of_many(spread, spread.hhi),
        )
        found.append(row)
    return found


def not_reached(session: Session, organisation_id: str) -> list[str]:
    """Groups that an open opportunity asks for and that hold no seat in any of them."""
    ours = (OpportunityRow.organisation_id == organisation_id, OpportunityRow.state == "open")
    opened = select(OpportunityRow.held).where(*ours).order_by(OpportunityRow.id)
    # One count a target, in the order of the targets.
    counts = chain.from_iterable(session.scalars(opened))
    # The groups stay the text they are stored as: many targets share few groups.
    targets = (
        select(
            cast(TargetRow.groups, String).label("groups"),
            TargetRow.name,
            or_(TargetRow.proportion > 0, TargetRow.least > 0).label("asks"),
        )
        .join(OpportunityRow, OpportunityRow.id == TargetRow.opportunity_id)
        .where(*ours)
        .order_by(OpportunityRow.id, TargetRow.position)
    )
    held: Counter[tuple[str, str]] = Counter()
    for (groups, name, asks), count in zip(session.execute(targets), counts, strict=True):
        if asks:
            held[groups, name] += count
    return sorted({name or _people(groups) for (groups, name), n in held.items() if n == 0})


def _people(groups: str) -> str:
    return characteristics.people(tuple((a, b) for a, b in json.loads(groups)))
