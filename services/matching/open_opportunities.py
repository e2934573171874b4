"""Open opportunities as columns: one participant against all of them.

Layout. Every opportunity has a place in each column. For every group that some target speaks
about there is one row of 32-bit numbers, what one more seat for the group adds to the rank of
each opportunity, so that a person's ranks are the sum of the rows of the groups they are in: a
dozen additions of contiguous numbers instead of a product with a matrix. Hard rules are bit
masks, one operation each. A filled or freed seat touches one number in the row of each target.

Memory: 4 bytes × (groups in use) and about 90 bytes more for an opportunity; areas and groups an
opportunity can be limited to cost one byte each. `nbytes` tells.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from services.matching import columns
from services.matching.characteristics import Categories, Group, is_member
from services.matching.columns import Best, Flags, Numbers, Ranked
from services.matching.gaps import Tally, spare
from services.matching.model import (
    DEFAULT_POLICY,
    Opportunity,
    Participant,
    Place,
    Policy,
    askable_from,
    is_familiar,
)
from services.matching.scoring import GAIN_UNIT, id_hash

CLOSED = 1 << 31
"""Beside the access needs that block: no free seat, or nothing in this place."""


class OpenOpportunities:
    """Opportunities with a free seat, ready to be ranked for a participant."""

    def __init__(self, policy: Policy = DEFAULT_POLICY, capacity: int = 64) -> None:
        """Empty, with room for ``capacity`` before it grows."""
        self._policy = policy
        self._ids: list[str | None] = []
        self._place: dict[str, int] = {}
        self._vacant: list[int] = []
        self._worth: dict[Group, Numbers] = {}
        self._crossing: dict[tuple[str, str], list[Group]] = {}
        self._areas: dict[str, Flags] = {}
        self._open_to: dict[Group, Flags] = {}
        self._organisations: dict[str, set[int]] = {}
        self._organisation_at: dict[int, str] = {}
        self._size = capacity
        self._allocate(capacity)

    def _allocate(self, size: int) -> None:
        self._hash = np.zeros(size, np.uint64)
        self._uncovered = np.full(size, CLOSED, np.uint32)
        self._times = np.zeros(size, np.uint32)
        self._needed = np.zeros(size, np.uint8)
        self._formats = np.zeros(size, np.uint8)
        self._adults = np.zeros(size, np.bool_)
        self._anywhere = np.zeros(size, np.bool_)
        self._everyone = np.ones(size, np.bool_)
        self._spare = np.zeros(size, np.bool_)
        self._east = np.zeros(size)
        self._north = np.zeros(size)
        self._limit = np.full(size, np.inf)
        self._no_limit = np.full(size, np.inf)

    def __len__(self) -> int:
        """How many opportunities are held."""
        return len(self._place)

    @property
    def nbytes(self) -> int:
        """Bytes of all columns."""
        fixed = [v for v in vars(self).values() if isinstance(v, np.ndarray)]
        rows = [*self._worth.values(), *self._areas.values(), *self._open_to.values()]
        return sum(a.nbytes for a in [*fixed, *rows])

    def put(self, opportunity: Opportunity, tally: Tally) -> None:
        """Adds the opportunity, or replaces what is known of it."""
        if opportunity.opportunity_id in self._place:
            self.remove(opportunity.opportunity_id)
        at = self._vacant.pop() if self._vacant else len(self._ids)
        if at == self._size:
            self._grow()
        if at == len(self._ids):
            self._ids.append(None)
        self._ids[at] = opportunity.opportunity_id
        self._place[opportunity.opportunity_id] = at
        self._put_rules(at, opportunity)
        self._put_worth(at, tally)

    def recount(self, opportunity_id: str, tally: Tally) -> None:
        """The seats changed and nothing else. Raises KeyError for an unknown opportunity."""
        self._put_worth(self._place[opportunity_id], tally)

    def remove(self, opportunity_id: str) -> None:
        """Takes an opportunity out, for instance when it closes; unknown ids do nothing."""
        at = self._place.pop(opportunity_id, None)
        if at is None:
            return
        self._ids[at] = None
        self._vacant.append(at)
        self._uncovered[at] = CLOSED
        self._everyone[at] = True
        self._organisations[self._organisation_at.pop(at)].discard(at)
        for row in self._worth.values():
            row[at] = 0
        for flags in [*self._areas.values(), *self._open_to.values()]:
            flags[at] = False

    def _put_rules(self, at: int, opportunity: Opportunity) -> None:
        self._hash[at] = id_hash(opportunity.opportunity_id)
        self._uncovered[at] = columns.uncovered_bits(opportunity)
        self._times[at] = columns.slot_bits(opportunity.times)
        self._needed[at] = columns.times_needed(opportunity)
        self._formats[at] = columns.format_bits(opportunity.formats)
        self._adults[at] = opportunity.adults_only
        self._organisation_at[at] = opportunity.organisation
        self._organisations.setdefault(opportunity.organisation, set()).add(at)
        self._anywhere[at] = not opportunity.areas
        for area in opportunity.areas:
            if area not in self._areas:
                self._areas[area] = self._anywhere.copy()
        for area, flags in self._areas.items():
            flags[at] = not opportunity.areas or area in opportunity.areas
        self._everyone[at] = not opportunity.open_to
        for of in opportunity.open_to:
            self._open_to.setdefault(of, np.zeros(self._size, np.bool_))[at] = True
        self._limit[at] = self._no_limit[at] = np.inf
        if opportunity.place is not None and columns.meets_at_a_place(opportunity):
            self._east[at], self._north[at] = opportunity.place.east, opportunity.place.north
            self._limit[at], self._no_limit[at] = columns.squared_limit(opportunity.travel_km), 0

    def _put_worth(self, at: int, tally: Tally) -> None:
        closed, others = np.uint32(CLOSED), np.uint32(CLOSED - 1)
        self._uncovered[at] = (self._uncovered[at] & others) | (0 if tally.free else closed)
        self._spare[at] = spare(tally) > 0
        worth = columns.group_worth(tally, self._policy)
        for of in [t.group for t in tally.targets]:
            row = self._worth.get(of)
            if row is None and of in worth:
                row = self._worth[of] = np.zeros(self._size, np.int32)
                if len(of) > 1:
                    self._crossing.setdefault(of[0], []).append(of)
            if row is not None:
                row[at] = worth.get(of, 0)

    def _grow(self) -> None:
        old, self._size = self._size, self._size * 2
        before = {k: v for k, v in vars(self).items() if isinstance(v, np.ndarray)}
        self._allocate(self._size)
        for name, array in before.items():
            getattr(self, name)[:old] = array
        self._worth = {k: _longer(v, old) for k, v in self._worth.items()}
        self._areas = {k: _longer(v, old) for k, v in self._areas.items()}
        self._open_to = {k: _longer(v, old) for k, v in self._open_to.items()}

    def top(
        self, person: Participant, now: datetime, limit: int, holds: Collection[str] = ()
    ) -> list[Ranked]:
        """The best opportunities for the person, in the order of `scoring`.

        ``holds``: opportunities in which they already hold a seat.
        """
        again = askable_from(person, self._policy)
        if not person.consented or limit < 1 or (again is not None and again > now):
            return []
        ranks = self._ranks(person.categories)
        ranks = np.where(self._allowed(person, holds), ranks, columns.NOBODY)
        familiar = columns.familiar_rank(is_familiar(person, now, self._policy))
        return self._best(person, ranks, limit, familiar)

    def standing(self, person: Participant, now: datetime, limit: int) -> list[Ranked]:
        """The best opportunities that a seat for the person is worth something to.

        Those held up by what a host or coordinator could change (access needs, times, distance,
        format) are among them; those that no change would open to the person are not.
        """
        again = askable_from(person, self._policy)
        if not person.consented or limit < 1 or (again is not None and again > now):
            return []
        ranks = self._ranks(person.categories)
        worth, familiar = ranks >= GAIN_UNIT, is_familiar(person, now, self._policy)
        if not familiar:
            worth |= (ranks >= 0) & self._spare
        worth &= (self._uncovered & np.uint32(CLOSED)) == 0
        self._bar(worth, person, ())
        ranks = np.where(worth, ranks, columns.NOBODY)
        return self._best(person, ranks, limit, columns.familiar_rank(familiar))

    def ordered(self, person: Participant, ids: Collection[str]) -> list[str]:
        """These opportunities, the best for the person first, without those that have no seat."""
        wanted = np.zeros(self._size, np.bool_)
        wanted[[self._place[i] for i in ids if i in self._place]] = True
        wanted &= (self._uncovered & np.uint32(CLOSED)) == 0
        ranks = np.where(wanted, self._ranks(person.categories), columns.NOBODY)
        return [found.id for found in self._best(person, ranks, len(ids))]

    def _best(self, person: Participant, ranks: Numbers, limit: int, less: int = 0) -> list[Ranked]:
        best = Best.of(limit)
        places = columns.reaching(ranks, limit, best.floor)
        ties = columns.mixed(self._hash[places], id_hash(person.participant_id))
        best.add(ranks[places], ties, places)
        return best.named(self._ids, less)

    def _ranks(self, categories: Categories) -> Numbers:
        """Ranks of all opportunities, before the voice counts."""
        ranks = np.zeros(self._size, np.int32)
        for pair in columns.pairs_of(categories):
            row = self._worth.get((pair,))
            if row is not None:
                np.add(ranks, row, out=ranks)
            for of in self._crossing.get(pair, ()):
                if is_member(categories, of):
                    np.add(ranks, self._worth[of], out=ranks)
        return ranks

    def _allowed(self, person: Participant, holds: Collection[str]) -> Flags:
        """Which opportunities no hard rule takes from the person."""
        needs = np.uint32(columns.need_bits(person.needs) | CLOSED)
        ok: Flags = (self._uncovered & needs) == 0
        free = columns.free_bits(person)
        if free != columns.EVERY_SLOT:
            ok &= np.bitwise_count(self._times & np.uint32(free)) >= self._needed
        modes = columns.format_bits(person.modes)
        if modes != columns.EVERY_FORMAT:
            ok &= (self._formats & np.uint8(modes)) != 0
        self._bar(ok, person, holds)
        if person.place is not None:
            ok &= self._near_enough(person.place, person.travel_km)
        return ok

    def _bar(self, ok: Flags, person: Participant, holds: Collection[str]) -> None:
        """Takes out what no change of the opportunity would open to the person."""
        if person.area is not None:
            ok &= self._areas.get(person.area, self._anywhere)
        if self._open_to:
            ok &= self._open_for(person.categories)
        if "under_18" in person.categories.get("age_band", ()):
            ok &= ~self._adults
        for organisation in person.conflicts - {""}:
            ok[list(self._organisations.get(organisation, ()))] = False
        for opportunity_id in {*holds, *person.proposed}:
            if opportunity_id in self._place:
                ok[self._place[opportunity_id]] = False

    def _open_for(self, categories: Categories) -> Flags:
        open_to = self._everyone.copy()
        for of, flags in self._open_to.items():
            if is_member(categories, of):
                open_to |= flags
        return open_to

    def _near_enough(self, place: Place, km: float | None) -> Flags:
        # doubles hold the squares of whole metres exactly, and multiply faster than whole numbers
        across, along = self._east - place.east, self._north - place.north
        across *= across
        along *= along
        across += along
        limit = self._limit
        if km is not None:
            limit = np.minimum(limit, float(columns.squared_limit(km)), out=along)
            limit = np.maximum(limit, self._no_limit, out=limit)
        near: Flags = across <= limit
        return near


_T = TypeVar("_T", bound=np.generic)


def _longer(array: NDArray[_T], old: int) -> NDArray[_T]:
    longer = np.zeros(old * 2, array.dtype)
    longer[:old] = array
    return longer
