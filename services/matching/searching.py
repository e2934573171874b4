"""Who is considered: one person for every open opportunity, or everyone for one opportunity."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.matching import matches, scoring, store
from services.matching.models import MatchRow, OpportunityRow, ProfileRow
from services.matching.proposing import (
    MOST_BLOCKED,
    Assessment,
    assess,
    candidates,
    depth,
    refresh,
)
from services.matching.scoring import Score
from services.runtime.clock import as_utc

MOST_FOR_ONE_PERSON = 10
"""Proposals of one person that may wait for a decision at a time."""
LOOK_AGAIN = timedelta(days=1)
"""After this everyone is looked through again: some may be asked again by then."""


def consider(session: Session, participant_id: UUID, now: datetime) -> None:
    """Bring every proposal of one person up to date, after anything about them changed."""
    profile = session.get(ProfileRow, participant_id)
    if profile is None:
        return
    (candidate,) = candidates(session, [profile])
    live = {m.opportunity_id: m for m in store.matches_of_person(session, participant_id)}
    rows = store.open_opportunities(session, profile.organisation_id)
    bars = _bars(session, profile.organisation_id)
    wanted: list[tuple[Score, UUID]] = []
    for row in rows:
        match = live.get(row.id)
        if match is not None and match.state not in matches.WAITING:
            continue
        found = assess(store.as_opportunity(row), store.as_tally(row), candidate, now)
        if match is not None or (found.outcome != "none" and _clears(found, row, bars)):
            wanted.append((found.score, row.id))
    wanted.sort(key=lambda pair: (pair[1] not in live, *pair[0].order, pair[1]))
    # In the order of ids, so that two transactions cannot wait for each other.
    for opportunity_id in sorted(each for _, each in wanted[:MOST_FOR_ONE_PERSON]):
        row_now = store.lock(session, opportunity_id)
        if row_now is not None:
            refresh(session, row_now, now, [candidate])


def _bars(session: Session, organisation_id: str) -> dict[UUID, tuple[int, int]]:
    """For every queue how many wait, and the rank of the last of them."""
    query = (
        select(MatchRow.opportunity_id, func.count(), func.min(MatchRow.rank))
        .join(OpportunityRow, OpportunityRow.id == MatchRow.opportunity_id)
        .where(MatchRow.state == "proposed", OpportunityRow.organisation_id == organisation_id)
        .group_by(MatchRow.opportunity_id)
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}


def _clears(found: Assessment, row: OpportunityRow, bars: dict[UUID, tuple[int, int]]) -> bool:
    count, last = bars.get(row.id, (0, 0))
    return count < depth(row.seats - row.filled) or found.score.rank >= last


def best_of_everyone(session: Session, row: OpportunityRow, now: datetime) -> list[UUID]:
    """Who should be considered for an opportunity, from everyone; reads only.

    It may take seconds among very many people, so it runs outside any transaction that writes.
    """
    tally = store.as_tally(row)
    if row.state != "open" or tally.free == 0:
        return []
    busy = _with_enough_proposals(session)
    profiles = session.scalars(
        select(ProfileRow).where(ProfileRow.organisation_id == row.organisation_id)
    )
    pool = candidates(session, (p for p in profiles if p.participant_id not in busy))
    opportunity, each = store.as_opportunity(row), scoring.steps(tally)
    found = [assess(opportunity, tally, c, now, each) for c in pool]
    found.sort(key=lambda a: a.score.order)
    best = [a.candidate.id for a in found if a.outcome == "propose"][: depth(tally.free)]
    return best + [a.candidate.id for a in found if a.outcome == "block"][:MOST_BLOCKED]


def refill(
    session: Session, row: OpportunityRow, people: list[UUID], due: datetime, now: datetime
) -> None:
    """Propose the best of everyone, assessed again under the opportunity's lock.

    due: when the search was due as it began; a later mark asks for another search.
    """
    profiles = store.profiles_of(session, people).values()
    refresh(session, row, now, candidates(session, profiles))
    if row.state != "open":
        row.refill_due = None
    elif row.refill_due is None or as_utc(row.refill_due) <= due:
        row.refill_due = now + LOOK_AGAIN


def _with_enough_proposals(session: Session) -> set[UUID]:
    query = (
        select(MatchRow.participant_id)
        .where(MatchRow.state == "proposed")
        .group_by(MatchRow.participant_id)
        .having(func.count() >= MOST_FOR_ONE_PERSON)
    )
    return set(session.scalars(query))
