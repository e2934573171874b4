"""Where targets may start from: the census profile of an area, or an earlier group.

Both only fill the form in. A coordinator reads, changes and saves, so that the targets are this
group's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas import vocabulary
from services.matching import queries, reference
from services.matching.bodies import TargetBody
from services.matching.characteristics import benchmark, matchable
from services.matching.models import AreaProfileRow, OpportunityRow
from services.matching.profiles import LICENCE
from services.runtime.security.principal import Principal

MOST_EARLIER = 100


class Area(BaseModel):
    code: str = Field(examples=["E08000003"])
    name: str


class Share(BaseModel):
    """A category's share of an area's residents, and what that is in seats of this group."""

    value: str = Field(examples=["ethnic_group:asian"])
    label: str
    share: float = Field(description="0 to 1, of residents who are in the table")
    seats: float


class Profile(BaseModel):
    """What one census table says of one area."""

    list_id: str
    question: str
    table: str
    population: str
    caveats: list[str]
    shares: list[Share]


class AreaChoice(BaseModel):
    """The areas there are profiles of and, once one is chosen, its profiles."""

    areas: list[Area]
    profiles: list[Profile] = []
    uncounted: list[str] = Field(description="questions that no census asks")
    licence: str = LICENCE


class Earlier(BaseModel):
    opportunity_id: UUID
    title: str
    host_name: str
    targets: int


def area_choice(
    session: Session, principal: Principal, opportunity_id: UUID, area: str
) -> AreaChoice:
    """Raises NotFound for an opportunity that is not the caller's."""
    row = queries.reached(session, principal, opportunity_id)
    areas = session.execute(
        select(AreaProfileRow.area_code, AreaProfileRow.area_name)
        .distinct()
        .order_by(AreaProfileRow.area_name)
    )
    profiles = reference.profiles_of(session, area) if area else ()
    return AreaChoice(
        areas=[Area(code=code, name=name) for code, name in areas],
        profiles=[_profile(each, row.seats) for each in profiles],
        uncounted=[x.short for x in matchable() if benchmark(x.list_id) is None],
    )


def _profile(row: AreaProfileRow, seats: int) -> Profile:
    found = vocabulary.code_list(row.list_id)
    profile = reference.as_profile(row)
    shares = [
        Share(
            value=f"{row.list_id}:{category.code}",
            label=category.label,
            share=round(profile.proportion(category.code), 4),
            seats=round(profile.proportion(category.code) * seats, 1),
        )
        for category in found.countable()
        if category.code in profile.counts
    ]
    return Profile(
        list_id=row.list_id,
        question=found.short,
        table=row.source_table,
        population=row.population,
        caveats=[str(each) for each in row.caveats],
        shares=shares,
    )


def earlier(session: Session, principal: Principal, opportunity_id: UUID) -> list[Earlier]:
    """The caller's other opportunities that have targets, newest first."""
    here = queries.reached(session, principal, opportunity_id)
    rows = session.scalars(
        select(OpportunityRow)
        .where(
            OpportunityRow.organisation_id == principal.organisation_id,
            OpportunityRow.coordinator_id == principal.account_id,
            OpportunityRow.id != here.id,
        )
        .order_by(OpportunityRow.id.desc())
        .limit(MOST_EARLIER)
    )
    return [
        Earlier(
            opportunity_id=row.id,
            title=row.title,
            host_name=row.host_name,
            targets=len(row.targets),
        )
        for row in rows
        if row.targets
    ]


def picked(area: str, picks: Sequence[str], already: Sequence[TargetBody]) -> list[TargetBody]:
    """Targets for the chosen categories with their census share, where there is none yet."""
    have = {tuple(sorted(body.group.items())) for body in already}
    found = []
    for pick in picks:
        list_id, _, code = pick.partition(":")
        if code and ((list_id, code),) not in have:
            found.append(TargetBody.model_construct(group={list_id: code}, census_area=area))
    return found


def merged(bodies: Sequence[TargetBody], more: Sequence[TargetBody]) -> list[TargetBody]:
    """Both, one target for each group: the first word on a group stands."""
    by_group = {tuple(sorted(b.group.items())): b for b in reversed([*bodies, *more])}
    return sorted(by_group.values(), key=lambda b: [*bodies, *more].index(b))
