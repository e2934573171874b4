"""One person taken into the queues of some opportunities, without judging anybody else anew.

The seats of these opportunities did not change, so every assessment in their queues still counts
as long as nothing about its person changed either; the stamps of profiles tell. Then only the
place of the one person has to be found, whom they push out, and whose company changes. Where a
stamp differs the whole queue is assessed again by `proposing.refresh`, to the same end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from schemas.envelope import Payload
from services.matching import matches, proposing, scoring, store
from services.matching.models import LIVE, MatchRow, OpportunityRow, ProfileRow
from services.matching.pairing import Candidate, Standing, pairs
from services.matching.proposing import Assessment, assess, depth
from services.runtime import outbox


@dataclass(frozen=True, slots=True)
class Entry:
    """One waiting proposal, as it is stored."""

    match_id: UUID
    standing: Standing
    rank: int
    tie: str
    pair_with: UUID | None

    @property
    def order(self) -> tuple[int, str, str]:
        """As `scoring.Score.order` sorts: the best first."""
        return (-self.rank, self.tie, str(self.standing.id))


@dataclass(slots=True)
class Queue:
    """The queue of one opportunity beside the person who is taken in.

    ``own``: the person's own match there, waiting; ``decided``: a coordinator decided on them.
    ``fresh``: every assessment still counts.
    """

    proposed: list[Entry] = field(default_factory=list)
    asked: list[UUID] = field(default_factory=list)
    own: UUID | None = None
    decided: bool = False
    fresh: bool = True


@dataclass(slots=True)
class Plan:
    """What is to change in one queue.

    ``out``: proposals that the person pushes out. ``company``: whoever comes with somebody else
    now, or with nobody any more.
    """

    row: OpportunityRow
    queue: Queue
    found: Assessment
    kept: list[Entry]
    out: list[Entry]
    partners: dict[UUID, Standing]
    company: list[Entry]

    @property
    def stays(self) -> bool:
        """Whether the person is to be proposed."""
        who = self.found.candidate.id
        return self.found.outcome == "propose" and all(e.standing.id != who for e in self.out)


def take_in(
    session: Session, candidate: Candidate, rows: Sequence[OpportunityRow], now: datetime
) -> None:
    """Bring the person's proposals for these locked opportunities up to date."""
    session.flush()
    queues = _read(session, [row.id for row in rows], candidate.id)
    plans = []
    for row in rows:
        if row.state != "open" or not queues[row.id].fresh:
            proposing.refresh(session, row, now, [candidate])
        elif not queues[row.id].decided:
            plans.append((row, queues[row.id], _assessed(row, candidate, now)))
    full = _full_of_blocked(session, plans, candidate)
    asked = {i for _, queue, _ in plans for i in queue.asked}
    profiles = store.profiles_of(session, asked) if asked else {}
    ready = []
    for row, queue, found in plans:
        if row.id in full:
            proposing.refresh(session, row, now, [candidate])
        else:
            ready.append(_planned(row, queue, found, profiles))
    _carry_out(session, ready, now)


def _assessed(row: OpportunityRow, candidate: Candidate, now: datetime) -> Assessment:
    return assess(store.as_opportunity(row), store.as_tally(row), candidate, now)


def _full_of_blocked(
    session: Session,
    plans: Sequence[tuple[OpportunityRow, Queue, Assessment]],
    candidate: Candidate,
) -> set[UUID]:
    """Where the person is blocked and as many others as are kept are blocked already."""
    ids = [row.id for row, _, found in plans if found.outcome == "block"]
    if not ids:
        return set()
    query = (
        select(MatchRow.opportunity_id)
        .where(
            MatchRow.opportunity_id.in_(ids),
            MatchRow.state == "blocked",
            MatchRow.participant_id != candidate.id,
        )
        .group_by(MatchRow.opportunity_id)
        .having(func.count() >= proposing.MOST_BLOCKED)
    )
    return set(session.scalars(query))


_STALE = or_(ProfileRow.stamp.is_(None), ProfileRow.stamp != MatchRow.profile_stamp)
_OWN = MatchRow.participant_id == bindparam("who")
_QUEUES = (
    select(
        MatchRow.id,
        MatchRow.opportunity_id,
        MatchRow.participant_id,
        MatchRow.state,
        MatchRow.rank,
        MatchRow.tie,
        MatchRow.pair_with,
        MatchRow.groups,
        _STALE.label("stale"),
    )
    .outerjoin(ProfileRow, ProfileRow.participant_id == MatchRow.participant_id)
    .where(
        MatchRow.opportunity_id.in_(bindparam("ids", expanding=True)),
        or_(
            MatchRow.state.in_(("proposed", *matches.ASKED)),
            and_(MatchRow.state == "blocked", or_(_STALE, _OWN)),
            and_(MatchRow.state.in_(LIVE), _OWN),
        ),
    )
    .order_by(MatchRow.rank.desc(), MatchRow.tie, MatchRow.id)
)


def _read(session: Session, ids: Sequence[UUID], participant_id: UUID) -> dict[UUID, Queue]:
    """The queues, with what is known of the person in each; blocked people only if stale."""
    queues: dict[UUID, Queue] = defaultdict(Queue)
    for found in session.execute(_QUEUES, {"ids": list(ids), "who": participant_id}):
        _note(queues[found.opportunity_id], found, participant_id)
    return queues


def _note(queue: Queue, found: Any, participant_id: UUID) -> None:
    if found.participant_id == participant_id:
        if found.state in matches.WAITING:
            queue.own = found.id
        else:
            queue.decided = True
    elif found.state in matches.WAITING and found.stale:
        queue.fresh = False
    if found.state == "proposed":
        who = Standing(found.participant_id, found.groups)
        queue.proposed.append(Entry(found.id, who, found.rank, found.tie, found.pair_with))
    elif found.state in matches.ASKED:
        queue.asked.append(found.participant_id)


def _planned(
    row: OpportunityRow, queue: Queue, found: Assessment, profiles: dict[UUID, ProfileRow]
) -> Plan:
    tally = store.as_tally(row)
    who = proposing.standing(tally, found.candidate)
    entries = [e for e in queue.proposed if e.standing.id != who.id]
    if found.outcome == "propose":
        # The match may not exist yet, so the person's own id stands for it.
        me = Entry(who.id, who, found.score.rank, f"{found.score.tie:016x}", None)
        entries = sorted([*entries, me], key=lambda e: e.order)
    kept, out = entries[: depth(tally.free)], entries[depth(tally.free) :]
    asked = proposing.asked_standings(tally, queue.asked, profiles)
    partners = pairs(tally, [e.standing for e in kept], asked)
    company = []
    for entry in kept:
        partner = partners.get(entry.standing.id)
        if entry.standing.id != who.id and entry.pair_with != (partner.id if partner else None):
            company.append(entry)
    return Plan(row, queue, found, kept, out, partners, company)


def _carry_out(session: Session, plans: Sequence[Plan], now: datetime) -> None:
    """Write what was planned, with one query for all matches and one for all people."""
    with session.no_autoflush:
        known = _matches_of(session, plans)
        others = _people_of(session, plans)
        events: list[Payload] = []
        for plan in plans:
            _leave(session, plan, known, now)
            _give_new_company(session, plan, known, others, now)
            own = known[plan.queue.own] if plan.queue.own else None
            if plan.found.outcome == "block":
                proposing.block(session, plan.row, own, plan.found, now)
            elif plan.stays:
                partner = plan.partners.get(plan.found.candidate.id)
                event = proposing.propose(session, plan.row, own, plan.found, partner, now)
                events += [event] if event is not None else []
        outbox.publish_all(session, events, now)


def _matches_of(session: Session, plans: Sequence[Plan]) -> dict[UUID, MatchRow]:
    who = {p.found.candidate.id for p in plans}
    ids = {e.match_id for p in plans for e in (*p.out, *p.company) if e.standing.id not in who}
    ids |= {p.queue.own for p in plans if p.queue.own is not None}
    if not ids:
        return {}
    found = session.scalars(_MATCHES, {"ids": list(ids)})
    return {match.id: match for match in found}


_MATCHES = (
    select(MatchRow)
    .where(MatchRow.id.in_(bindparam("ids", expanding=True)))
    .execution_options(populate_existing=True)
)


def _people_of(session: Session, plans: Sequence[Plan]) -> dict[UUID, Candidate]:
    ids = {e.standing.id for p in plans for e in p.company}
    if not ids:
        return {}
    profiles = store.profiles_of(session, ids)
    return {c.id: c for c in proposing.candidates(session, profiles.values())}


def _leave(session: Session, plan: Plan, known: dict[UUID, MatchRow], now: datetime) -> None:
    """Take out whoever was pushed out, and the person if they are not to wait here any more."""
    who, own = plan.found.candidate.id, plan.queue.own
    gone = [(known[e.match_id], "others_first") for e in plan.out if e.standing.id != who]
    if own is not None and not plan.stays and plan.found.outcome != "block":
        gone.append((known[own], plan.found.reason or "others_first"))
    for match, reason in gone:
        proposing.drop(session, match, reason, now)
    if gone:
        proposing.refill_if_short(plan.row, store.as_tally(plan.row), len(plan.kept), now)


def _give_new_company(
    session: Session,
    plan: Plan,
    known: dict[UUID, MatchRow],
    others: dict[UUID, Candidate],
    now: datetime,
) -> None:
    """Explain anew whoever comes with somebody else now, or with nobody any more."""
    opportunity, tally = store.as_opportunity(plan.row), store.as_tally(plan.row)
    each = scoring.steps(tally)
    for entry in plan.company:
        candidate = others[entry.standing.id]
        score = scoring.score(opportunity, tally, candidate.person, now, each=each)
        found = Assessment(candidate, "propose", score)
        partner = plan.partners.get(candidate.id)
        proposing.propose(session, plan.row, known[entry.match_id], found, partner, now)
