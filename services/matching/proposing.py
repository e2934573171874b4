"""Proposals of an opportunity, kept right as people, seats and gaps change.

One function, `refresh`, brings the proposals of one opportunity in line with its gaps of now. An
event calls it for the opportunities it touches and no others. A queue is bounded, so the cost of
an event does not grow with the number of people who could be proposed. Who is considered at all
is the work of `searching`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from schemas.events import MatchProposed
from services.matching import eligibility, matches, participants, scoring, store
from services.matching.explaining import explain_match
from services.matching.gaps import GAIN_SCALE, Tally, spare
from services.matching.model import Opportunity
from services.matching.models import MatchRow, OpportunityRow, ProfileRow
from services.matching.pairing import Candidate, Standing, group_bits, pairs
from services.matching.scoring import Score, Worth
from services.runtime import outbox

MOST_BLOCKED = 50
"""People kept as blocked for one opportunity: enough to see which needs to arrange."""
_CAN_CHANGE = frozenset({"access_need", "times", "distance", "format"})
"""Blocks that a host or coordinator could take away; the others are not recorded."""


@dataclass(frozen=True, slots=True)
class Assessment:
    candidate: Candidate
    outcome: Literal["propose", "block", "none"]
    score: Score
    blocks: tuple[dict[str, object], ...] = ()
    reason: str = ""


def depth(free: int) -> int:
    """How many proposals may wait: enough to choose from for every free seat."""
    return min(60, 2 * free + 6)


def candidates(session: Session, profiles: Iterable[ProfileRow]) -> list[Candidate]:
    found = list(profiles)
    rows = zip(participants.people(session, found), found, strict=True)
    return [Candidate(person, profile.stamp) for person, profile in rows]


def newcomer(profile: ProfileRow) -> Candidate:
    """Somebody who was never asked and never sat."""
    return Candidate(participants.new_person(profile), profile.stamp)


def assess(
    opportunity: Opportunity,
    tally: Tally,
    candidate: Candidate,
    now: datetime,
    each: Sequence[Worth] | None = None,
) -> Assessment:
    """Hard rules first, then what a seat for this person is worth."""
    score = scoring.score(opportunity, tally, candidate.person, now, each=each)
    if tally.free == 0:
        return Assessment(candidate, "none", score, reason="seats_full")
    if not _worth_a_seat(score, tally):
        return Assessment(candidate, "none", score, reason="gap_closed")
    blocks = blocks_of(opportunity, candidate, now)
    if not blocks:
        return Assessment(candidate, "propose", score)
    if {str(b["code"]) for b in blocks} <= _CAN_CHANGE:
        return Assessment(candidate, "block", score, tuple(blocks))
    return Assessment(candidate, "none", score, reason=str(blocks[0]["code"]))


def _worth_a_seat(score: Score, tally: Tally) -> bool:
    if score.widens:
        return False
    return score.gain > 0 or (not score.familiar and spare(tally) > 0)


def blocks_of(
    opportunity: Opportunity, candidate: Candidate, now: datetime
) -> list[dict[str, object]]:
    """Everything that stops this proposal, as it is stored; empty if nothing does."""
    return [
        {"code": b.code, "sentence": b.sentence, "needs": list(b.needs)}
        for b in eligibility.blocks(candidate.person, opportunity, now)
    ]


def refresh(
    session: Session, row: OpportunityRow, now: datetime, new: Sequence[Candidate] = ()
) -> None:
    """Re-assess the waiting proposals of one locked opportunity, with some people more.

    Proposals whose gap has closed are withdrawn, others get their new numbers; what is new is
    published once.
    """
    session.flush()
    waiting = {m.participant_id: m for m in store.live_matches(session, row.id, matches.WAITING)}
    decided = matches.decided(session, row.id)
    known = [c for c in new if c.id not in decided]
    absent = waiting.keys() - {c.id for c in known}
    pool = known + candidates(session, store.profiles_of(session, absent).values())
    opportunity, tally = store.as_opportunity(row), store.as_tally(row)
    each = scoring.steps(tally)
    found = [assess(opportunity, tally, c, now, each) for c in pool] if row.state == "open" else []
    found.sort(key=lambda a: a.score.order)
    proposed = [a for a in found if a.outcome == "propose"][: depth(tally.free)]
    blocked = [a for a in found if a.outcome == "block"][:MOST_BLOCKED]
    kept = {a.candidate.id for a in (*proposed, *blocked)}
    reasons = {a.candidate.id: a.reason or "others_first" for a in found}
    dropped = [(i, m) for i, m in waiting.items() if i not in kept]
    for participant_id, match in dropped:
        drop(session, match, reasons.get(participant_id, "opportunity_closed"), now)
    for each_blocked in blocked:
        block(session, row, waiting.get(each_blocked.candidate.id), each_blocked, now)
    _propose(session, row, tally, proposed, waiting, {c.id for c in known}, now)
    if dropped:
        refill_if_short(row, tally, len(proposed), now)


def refill_if_short(row: OpportunityRow, tally: Tally, proposed: int, now: datetime) -> None:
    """After a proposal went: look through everyone if there is room in the queue."""
    if tally.free and proposed < depth(tally.free):
        row.refill_due = now


def drop(session: Session, match: MatchRow, reason: str, now: datetime) -> None:
    """No longer waiting; a blocked person is forgotten here, as nobody was told of them."""
    if match.state == "blocked":
        session.execute(delete(MatchRow).where(MatchRow.id == match.id))
        session.expunge(match)
    else:
        matches.withdraw(session, match, reason, now)


def block(
    session: Session,
    row: OpportunityRow,
    match: MatchRow | None,
    found: Assessment,
    now: datetime,
) -> None:
    """Keep the person as blocked, whatever they were here before."""
    if match is None:
        match = _new(session, row, found, now, "blocked")
    elif match.state == "proposed":
        matches.publish_withdrawn(session, match, str(found.blocks[0]["code"]), now)
    match.state, match.blocks, match.pair_with = "blocked", list(found.blocks), None
    match.sentence, match.explanation = "", {}
    _keep_score(match, row, found, now)


def propose(
    session: Session,
    row: OpportunityRow,
    match: MatchRow | None,
    found: Assessment,
    partner: Standing | None,
    now: datetime,
) -> MatchProposed | None:
    """Keep the person as proposed, explained as things are now; the event if that is new."""
    fresh = match is None or match.state == "blocked"
    if match is None:
        match = _new(session, row, found, now, "proposed")
    match.state, match.blocks = "proposed", []
    match.pair_with = partner.id if partner else None
    _keep_score(match, row, found, now)
    match.sentence, numbers = explain_match(
        store.as_opportunity(row),
        store.as_tally(row),
        found.candidate.person,
        found.score,
        partner,
    )
    match.explanation = numbers | {"basis": _basis(row)}
    if not fresh:
        return None
    match.reason = ""
    return _event(match)


def _propose(
    session: Session,
    row: OpportunityRow,
    tally: Tally,
    proposed: Sequence[Assessment],
    waiting: dict[UUID, MatchRow],
    changed: set[UUID],
    now: datetime,
) -> None:
    ranked = [standing(tally, a.candidate) for a in proposed]
    partners = pairs(tally, ranked, _asked(session, row, tally))
    for found in proposed:
        match = waiting.get(found.candidate.id)
        partner = partners.get(found.candidate.id)
        known = match is not None and found.candidate.id not in changed
        if match is not None and known and _still_holds(match, row, found, partner):
            match.profile_stamp = found.candidate.stamp
            continue
        event = propose(session, row, match, found, partner, now)
        if event is not None:
            outbox.publish(session, event, now)


def _still_holds(
    match: MatchRow, row: OpportunityRow, found: Assessment, partner: Standing | None
) -> bool:
    """Whether the stored proposal says what it would say now."""
    return (
        match.state == "proposed"
        and match.rank == found.score.rank
        and match.explanation.get("basis") == _basis(row)
        and match.pair_with == (partner.id if partner else None)
    )


def _basis(row: OpportunityRow) -> list[int]:
    """What a stored explanation was made from: with the same it stays as it is."""
    return [row.revision, row.filled, *row.held]


def standing(tally: Tally, candidate: Candidate) -> Standing:
    return Standing(candidate.id, group_bits(tally, candidate.person.categories))


def _asked(session: Session, row: OpportunityRow, tally: Tally) -> list[Standing]:
    asked = [m.participant_id for m in store.live_matches(session, row.id, matches.ASKED)]
    return asked_standings(tally, asked, store.profiles_of(session, asked))


def asked_standings(
    tally: Tally, asked: Sequence[UUID], profiles: Mapping[UUID, ProfileRow]
) -> list[Standing]:
    """Those who were asked, without whoever took their profile back."""
    return [
        Standing(i, group_bits(tally, store.as_categories(profiles[i].categories)))
        for i in asked
        if i in profiles
    ]


def _new(
    session: Session, row: OpportunityRow, found: Assessment, now: datetime, state: str
) -> MatchRow:
    match = MatchRow(
        id=new_id(),
        opportunity_id=row.id,
        participant_id=found.candidate.id,
        state=state,
        created_at=now,
        explanation={},
    )
    _keep_score(match, row, found, now)
    session.add(match)
    return match


def _keep_score(match: MatchRow, row: OpportunityRow, found: Assessment, now: datetime) -> None:
    score = found.score
    match.gain, match.new_voice = score.gain, not score.familiar
    match.rank, match.tie = score.rank, f"{score.tie:016x}"
    match.groups = group_bits(store.as_tally(row), found.candidate.person.categories)
    match.profile_stamp = found.candidate.stamp
    match.updated_at = now


def _event(match: MatchRow) -> MatchProposed:
    return MatchProposed(
        match_id=match.id,
        opportunity_id=match.opportunity_id,
        participant_id=match.participant_id,
        gain=match.gain / GAIN_SCALE,
        new_voice=match.new_voice,
    )


def drawn(
    session: Session,
    row: OpportunityRow,
    match: MatchRow | None,
    candidate: Candidate,
    now: datetime,
) -> MatchRow:
    """The match of a person chosen by a draw, whatever the queue thinks of them."""
    opportunity, tally = store.as_opportunity(row), store.as_tally(row)
    score = scoring.score(opportunity, tally, candidate.person, now)
    found = Assessment(candidate, "propose", score)
    match = match or _new(session, row, found, now, "proposed")
    match.state, match.blocks = "proposed", []
    _keep_score(match, row, found, now)
    match.sentence, match.explanation = explain_match(
        opportunity, tally, candidate.person, score, None
    )
    session.flush()
    return match


def settle(session: Session, row: OpportunityRow, now: datetime) -> None:
    """After a seat of this opportunity changed hands: count anew, then refresh its proposals."""
    store.recount(session, row)
    refresh(session, row, now)
