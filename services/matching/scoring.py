"""Who to propose next: order, pairs, and proposals for one opportunity.

Order, after the hard rules of `eligibility`:

1. people whose seat would take a group over its greatest number come after everybody else;
2. new voices come before familiar voices;
3. then the marginal gain: how far the gap index falls if this person takes a seat;
4. then whoever would join a group that has only one person here;
5. then a hash of both ids, so that neither arrival nor the alphabet decides.

All sums are of whole numbers, so the order does not depend on the order of people or targets.

No tokenism: being the one person of a group on a panel puts a group's weight on one pair of
shoulders (Kanter, R. M. (1977). Some effects of proportions on group life. American Journal of
Sociology 82, 965–990). A person whose group has no seat yet is proposed together with a second
person of it whenever a seat and such a person are there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.matching import eligibility
from services.matching.characteristics import Categories, is_member
from services.matching.gaps import Tally
from services.matching.model import (
    DEFAULT_POLICY,
    Opportunity,
    Participant,
    Policy,
    is_familiar,
)
from services.matching.targets import Target

GAIN_UNIT = 64
"""The least gain outweighs joining any number of groups (there are at most 60 targets)."""
FAMILIAR = 1 << 24
"""Outweighs the greatest gain, GAIN_SCALE × GAIN_UNIT."""
WIDENS = 1 << 25
"""Outweighs the two above; 60 times this still fits 32 bits."""
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Score:
    """Why somebody stands where they stand.

    ``gain``: fall of the gap index in hundred-thousandths. ``widens``: groups that would go over
    their greatest number. ``joins``: groups with one person here that they would join. ``rank``:
    one number in the order of the rules above, higher first; ``tie``: 64-bit hash, lower first.
    """

    participant_id: str
    gain: int
    widens: int
    joins: int
    familiar: bool
    rank: int
    tie: int

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort by this to have the best first."""
        return (-self.rank, self.tie, self.participant_id)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One person proposed for one seat.

    ``pair_with``: the person proposed together with them, so that neither is the only one of the
    groups ``shared`` (target ids). ``only_of``: groups (target ids) of which they would be the
    only person here because no second person could be found or no second seat is free.
    """

    opportunity_id: str
    participant_id: str
    score: Score
    pair_with: str | None = None
    shared: tuple[str, ...] = ()
    only_of: tuple[str, ...] = ()


class Worth(NamedTuple):
    """What a seat is worth, before the voice counts: the parts of a `Score`."""

    gain: int
    widens: int
    joins: int


def id_hash(value: str) -> int:
    """64 bits of an id, stable across processes and versions (BLAKE2b)."""
    return int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8).digest(), "little")


def mix(value: int) -> int:
    """A 64-bit mix (the finaliser of SplitMix64; Steele, Lea and Flood 2014)."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def tie_break(opportunity_id: str, participant_id: str) -> int:
    """The tie-break of a pair: another order of people for every opportunity."""
    return mix(id_hash(opportunity_id) ^ id_hash(participant_id))


def rank_of(worth: Worth, familiar: bool) -> int:
    """The first four rules as one number, higher first; fits 32 bits."""
    return worth.gain * GAIN_UNIT + worth.joins - FAMILIAR * familiar - WIDENS * worth.widens


def is_small(target: Target, seats: int, policy: Policy) -> bool:
    """Whether being the only one of the target's group here is a thing to avoid."""
    return target.floor(seats) < policy.pair_below * seats and target.ceiling(seats) >= 2


def joins(tally: Tally, policy: Policy = DEFAULT_POLICY) -> tuple[int, ...]:
    """For every target 1 if its group has exactly one person here who should not be alone."""
    return tuple(
        int(h == 1 and is_small(t, tally.seats, policy))
        for t, h in zip(tally.targets, tally.held, strict=True)
    )


def alone_in(
    tally: Tally, categories: Categories, policy: Policy = DEFAULT_POLICY
) -> tuple[Target, ...]:
    """Targets in whose group the person would be the only one if they took a seat now."""
    return tuple(
        t
        for t, h in zip(tally.targets, tally.held, strict=True)
        if h == 0 and is_small(t, tally.seats, policy) and is_member(categories, t.group)
    )


def steps(tally: Tally, policy: Policy = DEFAULT_POLICY) -> tuple[Worth, ...]:
    """For every target, what one more seat for its group is worth now."""
    rows = zip(tally.step_gains, joins(tally, policy), strict=True)
    return tuple(Worth(gain, int(gain < 0), joined) for gain, joined in rows)


def worth_of(tally: Tally, each: Sequence[Worth], categories: Categories) -> Worth:
    """What a seat for a person with these categories is worth. ``each``: `steps` of the tally."""
    gain = widens = joined = 0
    for target, step in zip(tally.targets, each, strict=True):
        if any(step) and is_member(categories, target.group):
            gain, widens, joined = gain + step.gain, widens + step.widens, joined + step.joins
    return Worth(gain, widens, joined)


def score(
    opportunity: Opportunity,
    tally: Tally,
    person: Participant,
    now: datetime,
    policy: Policy = DEFAULT_POLICY,
    each: Sequence[Worth] | None = None,
) -> Score:
    """The score of one person for one opportunity; hard rules are not looked at here.

    ``each``: `steps` of the tally, if already known.
    """
    each = steps(tally, policy) if each is None else each
    worth = worth_of(tally, each, person.categories)
    familiar = is_familiar(person, now, policy)
    return Score(
        participant_id=person.participant_id,
        gain=worth.gain,
        widens=worth.widens,
        joins=worth.joins,
        familiar=familiar,
        rank=rank_of(worth, familiar),
        tie=tie_break(opportunity.opportunity_id, person.participant_id),
    )


def eligible(
    opportunity: Opportunity,
    people: Iterable[Participant],
    now: datetime,
    holders: Collection[str] = (),
    policy: Policy = DEFAULT_POLICY,
) -> list[Participant]:
    """The people whom no hard rule stops. ``holders``: ids of those who hold a seat here."""
    return [
        p
        for p in people
        if not eligibility.blocks(
            p, opportunity, now, holds_seat=p.participant_id in holders, policy=policy
        )
    ]


def propose(
    opportunity: Opportunity,
    tally: Tally,
    people: Iterable[Participant],
    now: datetime,
    *,
    limit: int | None = None,
    holders: Collection[str] = (),
    policy: Policy = DEFAULT_POLICY,
) -> tuple[Proposal, ...]:
    """Proposals for the free seats (or the first ``limit`` of them), best first.

    Each choice counts towards the gaps before the next is made. A pair takes two seats and its
    two proposals stand next to each other. Give everyone once; the order does not matter.
    """
    pool = eligible(opportunity, people, now, holders, policy)
    wanted = tally.free if limit is None else min(limit, tally.free)
    chosen: list[Proposal] = []
    while pool and len(chosen) < wanted:
        ranked = _ranked(opportunity, tally, pool, now, policy)
        first, first_score = ranked[0]
        more = wanted - len(chosen) > 1
        second = partner(tally, first, ranked[1:], policy) if more else None
        for proposal, person in _seat(opportunity, tally, (first, first_score), second, policy):
            chosen.append(proposal)
            tally = tally.with_person(person.categories)
            pool = [p for p in pool if p is not person]
    return tuple(chosen)


def _ranked(
    opportunity: Opportunity,
    tally: Tally,
    pool: Iterable[Participant],
    now: datetime,
    policy: Policy,
) -> list[tuple[Participant, Score]]:
    each = steps(tally, policy)
    scored = [(p, score(opportunity, tally, p, now, policy, each)) for p in pool]
    return sorted(scored, key=lambda pair: pair[1].order)


def partner(
    tally: Tally,
    person: Participant,
    ranked: Sequence[tuple[Participant, Score]],
    policy: Policy = DEFAULT_POLICY,
) -> tuple[Participant, Score] | None:
    """Who to propose together with the person, so that they are not the only one of a group.

    Of the ranked others the one who shares most of the groups in which the person would be alone,
    the better ranked first; the second seat must not take a group over its greatest number. None
    if the person would not be alone, or nobody shares a group.
    """
    alone = alone_in(tally, person.categories, policy)
    if not alone:
        return None
    after = tally.with_person(person.categories)
    each = steps(after, policy)
    best, most = None, 0
    for other, other_score in ranked:
        common = sum(is_member(other.categories, t.group) for t in alone)
        if common > most and not worth_of(after, each, other.categories).widens:
            best, most = (other, other_score), common
    return best


def _seat(
    opportunity: Opportunity,
    tally: Tally,
    first: tuple[Participant, Score],
    second: tuple[Participant, Score] | None,
    policy: Policy,
) -> list[tuple[Proposal, Participant]]:
    together = [first] if second is None else [first, second]
    rows = []
    for person, found in together:
        others = [p for p, _ in together if p is not person]
        alone = alone_in(tally, person.categories, policy)
        shared = [t for t in alone if any(is_member(o.categories, t.group) for o in others)]
        rows.append(
            (
                Proposal(
                    opportunity_id=opportunity.opportunity_id,
                    participant_id=person.participant_id,
                    score=found,
                    pair_with=others[0].participant_id if others else None,
                    shared=tuple(t.target_id for t in shared),
                    only_of=tuple(t.target_id for t in alone if t not in shared),
                ),
                person,
            )
        )
    return rows
