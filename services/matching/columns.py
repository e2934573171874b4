"""Codings shared by the two compact tables of scoring: bits, numbers and top-n selection.

`participant_pool` and `open_opportunities` answer the same question as `scoring` from both sides
and give exactly the same order; the tests hold them to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas import vocabulary
from services.matching.characteristics import Categories, Group
from services.matching.eligibility import covered_needs, free_slots
from services.matching.gaps import Tally
from services.matching.model import Format, Opportunity, Participant, Policy, Slot
from services.matching.scoring import FAMILIAR, GAIN_UNIT, WIDENS, Worth, steps

Bits = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int32]

NOBODY = np.int32(-(2**31))
"""The rank of whoever a hard rule stops; lower than any other."""
ALWAYS = -(2**63)
NEVER = 2**63 - 1
EVERY_SLOT = (1 << 21) - 1
EVERY_FORMAT = 7
ANY_DISTANCE = 2**62
BLOCK = 32
"""Ranks looked at together when the best of many are sought."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMAT_BIT: dict[Format, int] = {"in_person": 1, "online": 2, "phone": 4}
_NEED_BIT = {code: 1 << i for i, code in enumerate(vocabulary.ACCESS_NEEDS.codes())}


class Ranked(NamedTuple):
    """One line of an answer: the id of the person or opportunity, its rank and tie-break."""

    id: str
    rank: int
    tie: int


def microseconds(when: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (when - _EPOCH) // timedelta(microseconds=1)


def need_bits(needs: Iterable[str]) -> int:
    """Access needs as bits."""
    return sum(_NEED_BIT.get(n, 0) for n in set(needs))


def uncovered_bits(opportunity: Opportunity) -> int:
    """The access needs that block at this opportunity, as bits."""
    covered = covered_needs(opportunity)
    return need_bits(n for n in _NEED_BIT if n not in covered)


def slot_bits(slots: Iterable[Slot]) -> int:
    """Times of the week as bits."""
    return sum(1 << s for s in set(slots))


def free_bits(person: Participant) -> int:
    """When the person can come, as bits; all of them while not known."""
    slots = free_slots(person)
    return EVERY_SLOT if slots is None else slot_bits(slots)


def format_bits(formats: Iterable[Format]) -> int:
    """Ways to take part as bits; all of them while not known."""
    return sum(_FORMAT_BIT[f] for f in set(formats)) or EVERY_FORMAT


def times_needed(opportunity: Opportunity) -> int:
    """At how many of its times a person must be free; 0 while the times are not set."""
    return min(opportunity.times_needed, len(opportunity.times))


def squared_limit(km: float | None) -> int:
    """A travel limit in squared metres, as `model.Place.within` has it."""
    return ANY_DISTANCE if km is None else int(km * 1000) ** 2


def meets_at_a_place(opportunity: Opportunity) -> bool:
    """Whether distance counts: a known place, and no way to join from home."""
    return opportunity.place is not None and not opportunity.formats & {"online", "phone"}


def familiar_until(person: Participant, policy: Policy) -> int:
    """Until when (microseconds, not included) the voice is familiar; ALWAYS if never."""
    ends = [
        NEVER if end is None else microseconds(end + policy.familiar_for)
        for end in person.seat_ends
    ]
    return max(ends, default=ALWAYS)


def worth_in_rank(worth: Worth) -> int:
    """What one target adds to the rank (see `scoring.rank_of`)."""
    return worth.gain * GAIN_UNIT + worth.joins - WIDENS * worth.widens


def group_worth(tally: Tally, policy: Policy) -> dict[Group, int]:
    """Rank added by each group of the tally's targets, zeros left out."""
    rows = zip(tally.targets, steps(tally, policy), strict=True)
    return {t.group: value for t, w in rows if (value := worth_in_rank(w))}


def familiar_rank(familiar: bool) -> int:
    """What a familiar voice takes off the rank."""
    return FAMILIAR if familiar else 0


def pairs_of(categories: Categories) -> Iterator[tuple[str, str]]:
    """All (characteristic, category) pairs of a person."""
    for list_id, codes in categories.items():
        for code in codes:
            yield list_id, code


def mixed(hashes: NDArray[np.uint64], other: int) -> NDArray[np.uint64]:
    """`scoring.tie_break` of many ids with one, all by their `scoring.id_hash`."""
    value = hashes ^ np.uint64(other)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: NDArray[np.uint64] = value ^ (value >> np.uint64(31))
    return result


@dataclass(slots=True)
class Best:
    """The best ``limit`` of many, given in pieces: higher rank first, then lower tie.

    ``floor`` is the rank that a later one has to reach to be among them.
    """

    limit: int
    ranks: Numbers
    ties: NDArray[np.uint64]
    places: NDArray[np.int64]
    floor: np.int32

    @classmethod
    def of(cls, limit: int) -> Best:
        """Nothing found yet."""
        none = np.empty(0, np.int32), np.empty(0, np.uint64), np.empty(0, np.int64)
        return cls(limit, *none, floor=np.int32(NOBODY + 1))

    def add(self, ranks: Numbers, ties: NDArray[np.uint64], places: NDArray[np.int64]) -> None:
        """More of them; keeps the best and raises the floor once there are ``limit``."""
        if len(self.ranks):
            ranks = np.concatenate([self.ranks, ranks])
            ties = np.concatenate([self.ties, ties])
            places = np.concatenate([self.places, places])
        order = np.lexsort((ties, ~ranks))[: self.limit]
        self.ranks, self.ties, self.places = ranks[order], ties[order], places[order]
        if len(order) == self.limit and self.limit:
            self.floor = self.ranks[-1]

    def named(self, names: Sequence[str | None], less: int = 0) -> list[Ranked]:
        """The answer, best first, with the ids of the places and ``less`` off every rank."""
        rows = zip(self.places.tolist(), self.ranks.tolist(), self.ties.tolist(), strict=True)
        return [
            Ranked(name, rank - less, tie)
            for place, rank, tie in rows
            if (name := names[place]) is not None
        ]


def reaching(ranks: Numbers, limit: int, floor: np.int32) -> NDArray[np.int64]:
    """Where the ranks reach the floor, or the ``limit``-th best of themselves if that is higher.

    Everyone level with that one is kept: the tie-break decides among them. Sorting only: with
    many equal ranks numpy's partition takes ten times as long as its sort.
    """
    if len(ranks) >= limit * BLOCK:  # as many blocks have a best one at least that high
        blocks = ranks[: len(ranks) // BLOCK * BLOCK].reshape(BLOCK, -1)
        floor = max(floor, np.sort(np.maximum.reduce(blocks, axis=0))[-limit])
    places = np.flatnonzero(ranks >= floor)
    if len(places) > limit:
        left = ranks[places]
        places = places[left >= np.sort(left)[-limit]]
    return places
