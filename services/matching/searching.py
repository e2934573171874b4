"""Who is considered: one person for every open opportunity, or everyone for one opportunity."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from services.matching import board, everyone, matches, store
from services.matching.models import MatchRow, OpportunityRow, ProfileRow
from services.matching.pairing import Candidate
from services.matching.proposing import MOST_BLOCKED, candidates, depth, newcomer, refresh
from services.matching.taking_in import take_in
from services.runtime.clock import as_utc

MOST_FOR_ONE_PERSON = 10
"""Proposals of one person that may wait for a decision at a time."""
FIRST_LOOK = 32
"""Opportunities looked at first for one person; more only if their queues are full."""
LOOK_AGAIN = timedelta(days=1)
"""After this everyone is looked through again: some may be asked again by then."""


def consider(session: Session, participant_id: UUID, now: datetime) -> None:
    """Bring every proposal of one person up to date, after anything about them changed."""
    profile = session.get(ProfileRow, participant_id)
    if profile is None:
        return
    (candidate,) = candidates(session, [profile])
    live = store.states_of_person(session, participant_id)
    waiting = [i for i, state in live.items() if state in matches.WAITING]
    if len(waiting) > MOST_FOR_ONE_PERSON:
        waiting = board.ordered(session, profile.organisation_id, candidate.person, waiting)
    chosen = waiting[:MOST_FOR_ONE_PERSON]
    room = MOST_FOR_ONE_PERSON - len(chosen)
    if room:
        chosen += _with_room(session, profile.organisation_id, candidate, live.keys(), room, now)
    # In the order of ids, so that two transactions cannot wait for each other.
    take_in(session, candidate, store.lock_all(session, chosen), now)


def consider_first(session: Session, profile: ProfileRow, now: datetime) -> None:
    """The same for somebody just heard of: nobody asked them yet, and nothing of theirs waits."""
    candidate = newcomer(profile)
    most = MOST_FOR_ONE_PERSON
    chosen = _with_room(session, profile.organisation_id, candidate, (), most, now)
    take_in(session, candidate, store.lock_all(session, chosen), now)


def _with_room(
    session: Session,
    organisation_id: str,
    candidate: Candidate,
    without: Collection[UUID],
    most: int,
    now: datetime,
) -> list[UUID]:
    """The best opportunities in whose queue the person would stand."""
    found: list[UUID] = []
    done, limit = 0, FIRST_LOOK
    while True:
        ranked = board.standing(session, organisation_id, candidate.person, now, limit)
        found += _clear(session, {i: rank for i, rank in ranked[done:] if i not in without})
        if len(found) >= most or len(ranked) < limit:
            return found[:most]
        done, limit = limit, limit * 8


_QUEUES = (
    select(
        OpportunityRow.id,
        (OpportunityRow.seats - OpportunityRow.filled).label("free"),
        func.count(MatchRow.id).label("waiting"),
        func.min(MatchRow.rank).label("rank"),
    )
    .outerjoin(
        MatchRow,
        and_(MatchRow.opportunity_id == OpportunityRow.id, MatchRow.state == "proposed"),
    )
    .where(OpportunityRow.id.in_(bindparam("ids", expanding=True)))
    .group_by(OpportunityRow.id)
)


def _clear(session: Session, ranks: dict[UUID, int]) -> list[UUID]:
    """Those in whose queue there is room, or somebody last who does not stand higher."""
    queues = {row.id: row for row in session.execute(_QUEUES, {"ids": list(ranks)})}
    return [
        i
        for i, rank in ranks.items()
        if (queue := queues.get(i)) is not None
        and (queue.waiting < depth(queue.free) or rank >= queue.rank)
    ]


def best_of_everyone(session: Session, row: OpportunityRow, now: datetime) -> list[UUID]:
    """Who should be considered for an opportunity, from everyone; reads only.

    The first look reads every profile, which takes seconds among very many people, so it runs
    outside any transaction that writes. Later ones read those that changed.
    """
    tally = store.as_tally(row)
    if row.state != "open" or tally.free == 0:
        return []
    opportunity, limits = store.as_opportunity(row), (depth(tally.free), MOST_BLOCKED)
    without = with_enough_proposals(session) | matches.decided(session, row.id)
    best, held_up = everyone.standing(
        session, row.organisation_id, opportunity, tally, now, limits, without
    )
    return best + held_up


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


def with_enough_proposals(session: Session) -> set[UUID]:
    """Participants for whom as many proposals wait as may."""
    query = (
        select(MatchRow.participant_id)
        .where(MatchRow.state == "proposed")
        .group_by(MatchRow.participant_id)
        .having(func.count() >= MOST_FOR_ONE_PERSON)
    )
    return set(session.scalars(query))
