"""One person against every open opportunity, and everyone against one, row by row.

The plain rules with nothing left out: every open opportunity is read and judged as an object, and
every proposal of those concerned is judged anew; for one opportunity every profile is read. What
`searching.consider` and `searching.best_of_everyone` do with columns has to come to the same.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.matching import matches, proposing, store
from services.matching.models import MatchRow, OpportunityRow, ProfileRow
from services.matching.scoring import Score
from services.matching.searching import MOST_FOR_ONE_PERSON, with_enough_proposals


def consider(session: Session, participant_id: UUID, now: datetime) -> None:
    """Bring every proposal of one person up to date."""
    profile = session.get(ProfileRow, participant_id)
    if profile is None:
        return
    (candidate,) = proposing.candidates(session, [profile])
    live = {m.opportunity_id: m for m in store.matches_of_person(session, participant_id)}
    queues = _queues(session, profile.organisation_id)
    wanted: list[tuple[Score, UUID]] = []
    for row in store.open_opportunities(session, profile.organisation_id):
        match = live.get(row.id)
        if match is not None and match.state not in matches.WAITING:
            continue
        found = proposing.assess(store.as_opportunity(row), store.as_tally(row), candidate, now)
        count, last = queues.get(row.id, (0, 0))
        room = count < proposing.depth(row.seats - row.filled) or found.score.rank >= last
        if match is not None or (found.outcome != "none" and room):
            wanted.append((found.score, row.id))
    wanted.sort(key=lambda pair: (pair[1] not in live, *pair[0].order, pair[1]))
    for opportunity_id in sorted(each for _, each in wanted[:MOST_FOR_ONE_PERSON]):
        row_now = store.lock(session, opportunity_id)
        if row_now is not None:
            proposing.refresh(session, row_now, now, [candidate])


def best_of_everyone(session: Session, row: OpportunityRow, now: datetime) -> list[UUID]:
    """Who should be considered for an opportunity, from everyone."""
    opportunity, tally = store.as_opportunity(row), store.as_tally(row)
    if row.state != "open" or tally.free == 0:
        return []
    without = with_enough_proposals(session) | matches.decided(session, row.id)
    profiles = session.scalars(
        select(ProfileRow).where(ProfileRow.organisation_id == row.organisation_id)
    )
    pool = proposing.candidates(session, (p for p in profiles if p.participant_id not in without))
    found = [proposing.assess(opportunity, tally, c, now) for c in pool]
    found.sort(key=lambda a: a.score.order)
    best = [a.candidate.id for a in found if a.outcome == "propose"]
    held_up = [a.candidate.id for a in found if a.outcome == "block"]
    return best[: proposing.depth(tally.free)] + held_up[: proposing.MOST_BLOCKED]


def _queues(session: Session, organisation_id: str) -> dict[UUID, tuple[int, int]]:
    """For every queue how many wait, and the rank of the last of them."""
    query = (
        select(MatchRow.opportunity_id, func.count(), func.min(MatchRow.rank))
        .join(OpportunityRow, OpportunityRow.id == MatchRow.opportunity_id)
        .where(MatchRow.state == "proposed", OpportunityRow.organisation_id == organisation_id)
        .group_by(MatchRow.opportunity_id)
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}
