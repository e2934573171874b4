"""How evenly the groups of an area take part in it: the R-indicator, beside census profiles.

Taking part means holding a seat now in an opportunity of that area; a person with two seats is
one. Only people who answered count, on both sides. Groups with fewer people than the threshold
are put together before anything is worked out, so no figure rests on a group that small.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from schemas import vocabulary
from services.matching import characteristics, measures, store
from services.matching.characteristics import Categories
from services.matching.measure_views import Evenness
from services.matching.measures import Stratum
from services.matching.models import (
    AreaProfileRow,
    MemberRow,
    OpportunityRow,
    ProfileRow,
    SeatRow,
)
from services.matching.suppression import Rule

Alike = tuple[Categories, int]
"""People with the same categories, and how many they are."""

FEWEST = 20
"""Below so many people the figure says more about single people than about the whole."""


def by_area(session: Session, organisation_id: str, rule: Rule) -> list[Evenness]:
    """For each area with seats and each characteristic with a census table there, in order."""
    people = seat_holders(session, organisation_id)
    profiles = session.scalars(
        select(AreaProfileRow)
        .where(AreaProfileRow.area_code.in_(people))
        .order_by(AreaProfileRow.area_name, AreaProfileRow.list_id)
    )
    found = (_of(profile, people[profile.area_code], rule) for profile in profiles)
    return [each for each in found if each is not None]


def seat_holders(session: Session, organisation_id: str) -> dict[str, list[Alike]]:
    """Categories of the people who hold a seat now, by area with a census table."""
    # Categories stay the text they are stored as, so that each is read once for all who share it.
    told = func.coalesce(cast(MemberRow.categories, String), cast(ProfileRow.categories, String))
    each = (
        select(OpportunityRow.area_code, func.max(told).label("told"))
        .select_from(SeatRow)
        .join(OpportunityRow, OpportunityRow.id == SeatRow.opportunity_id)
        .outerjoin(MemberRow, MemberRow.id == SeatRow.member_id)
        .outerjoin(ProfileRow, ProfileRow.participant_id == SeatRow.participant_id)
        .where(
            OpportunityRow.organisation_id == organisation_id,
            OpportunityRow.area_code.in_(select(AreaProfileRow.area_code)),
            SeatRow.state == "filled",
        )
        .group_by(
            OpportunityRow.area_code, func.coalesce(SeatRow.participant_id, SeatRow.member_id)
        )
        .subquery()
    )
    alike = (each.c.area_code, each.c.told)
    by_area: dict[str, list[Alike]] = defaultdict(list)
    for area, text, people in session.execute(select(*alike, func.count()).group_by(*alike)):
        by_area[area].append((store.as_categories(json.loads(text or "{}")), people))
    return by_area


def _of(profile: AreaProfileRow, people: Iterable[Alike], rule: Rule) -> Evenness | None:
    broad = characteristics.level(profile.list_id, profile.counts)
    if not broad:
        return None
    counted: Counter[str] = Counter()
    for told, number in people:
        for code in broad[0] & told.get(profile.list_id, frozenset()):
            counted[code] += number
    residents = {code: profile.counts[code] for code in broad[0]}
    strata = together(residents, counted, rule)
    answered = sum(counted.values())
    if strata is None or answered < max(FEWEST, rule.threshold):
        return None
    seen = measures.representativeness(strata)
    return Evenness(
        list_id=profile.list_id,
        label=vocabulary.code_list(profile.list_id).short,
        area_code=profile.area_code,
        area_name=profile.area_name,
        source_table=profile.source_table,
        people=answered // rule.threshold * rule.threshold,
        r_indicator=round(seen.r_indicator, 3),
        variation=round(seen.variation, 1),
        beyond_chance=round(seen.beyond_chance, 1),
    )


def together(
    residents: Mapping[str, int], taking_part: Mapping[str, int], rule: Rule
) -> dict[str, Stratum] | None:
    """Groups with the smallest put together until none has 1 to threshold - 1 people.

    None if nothing is left to compare: fewer than two groups, or a group with no residents.
    """
    groups: list[tuple[tuple[str, ...], int, int]] = [
        ((code,), residents[code], taking_part.get(code, 0))
        for code in sorted(residents)
        if residents[code] > 0
    ]
    while len(groups) > 1:
        groups.sort(key=lambda g: (g[2], g[0]))
        small = next((g for g in groups if 0 < g[2] < rule.threshold), None)
        if small is None:
            break
        # A group with nobody stays apart while another can be taken: it tells of no one.
        other = min((g for g in groups if g is not small), key=lambda g: (g[2] == 0, g[2], g[0]))
        groups = [g for g in groups if g not in (small, other)]
        groups.append((small[0] + other[0], small[1] + other[1], small[2] + other[2]))
    if len(groups) < 2 or any(n > population for _, population, n in groups):
        return None
    return {"+".join(codes): Stratum(population, n) for codes, population, n in groups}
