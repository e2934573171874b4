"""The plain numpy expression that `scoring.py` is measured against.

Written as one would first write it, with the choices that make plain numpy fast: a 32-bit matrix
product for the gains of one person, one small integer column and one look-up for each
characteristic of an opportunity, boolean masks for the hard rules, argpartition for the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from services.matching import columns
from services.matching.characteristics import Group, is_member, matchable
from services.matching.columns import Ranked
from services.matching.gaps import Tally
from services.matching.model import (
    DEFAULT_POLICY,
    Opportunity,
    Participant,
    askable_from,
    is_familiar,
)
from services.matching.scoring import FAMILIAR, id_hash

STOPPED = np.iinfo(np.int32).min


def best(ranks: np.ndarray, ties: np.ndarray, limit: int) -> np.ndarray:
    """Places of the best, higher rank first, then lower tie."""
    limit = min(limit, len(ranks))
    floor = ranks[np.argpartition(-ranks, limit - 1)[limit - 1]]
    places = np.flatnonzero(ranks >= max(floor, STOPPED + 1))
    order = np.lexsort((ties(places), -ranks[places]))[:limit]
    return places[order]


class PlainOpportunities:
    """Opportunities as a matrix of gains by group, and columns for the hard rules."""

    def __init__(self, opportunities: Sequence[Opportunity], tallies: Sequence[Tally]) -> None:
        worth = [columns.group_worth(t, DEFAULT_POLICY) for t in tallies]
        self.groups: list[Group] = sorted({g for w in worth for g in w})
        number = {g: i for i, g in enumerate(self.groups)}
        self.gains = np.zeros((len(opportunities), len(self.groups)), np.float32)
        for row, found in enumerate(worth):
            for of, value in found.items():
                self.gains[row, number[of]] = value
        self.ids = [o.opportunity_id for o in opportunities]
        self.hash = np.array([id_hash(i) for i in self.ids], np.uint64)
        self.free = np.array([t.free for t in tallies])
        self.uncovered = np.array([columns.uncovered_bits(o) for o in opportunities])
        self.times = np.array([columns.slot_bits(o.times) for o in opportunities])
        self.needed = np.array([columns.times_needed(o) for o in opportunities])
        self.area_codes = sorted({a for o in opportunities for a in o.areas})
        self.areas = np.array(
            [[not o.areas or a in o.areas for a in self.area_codes] for o in opportunities]
        )
        self.east = np.array([float(o.place.east) if o.place else 0.0 for o in opportunities])
        self.north = np.array([float(o.place.north) if o.place else 0.0 for o in opportunities])
        self.limit = np.array(
            [np.inf if o.travel_km is None else o.travel_km * 1000 for o in opportunities]
        )

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(v.nbytes for v in vars(self).values() if isinstance(v, np.ndarray))

    def top(self, person: Participant, now: datetime, limit: int) -> list[Ranked]:
        """The best opportunities for the person."""
        again = askable_from(person)
        if again is not None and again > now:
            return []
        member = np.array([is_member(person.categories, g) for g in self.groups], np.float32)
        ranks = (self.gains @ member).astype(np.int64) - FAMILIAR * is_familiar(person, now)
        ok = (self.free > 0) & ((self.uncovered & columns.need_bits(person.needs)) == 0)
        ok &= np.bitwise_count(self.times & columns.free_bits(person)) >= self.needed
        if person.area in self.area_codes:
            ok &= self.areas[:, self.area_codes.index(person.area)]
        if person.place is not None:
            distance = np.hypot(self.east - person.place.east, self.north - person.place.north)
            own = np.inf if person.travel_km is None else person.travel_km * 1000
            ok &= distance <= np.minimum(self.limit, own)
        ranks = np.where(ok, ranks, STOPPED)
        other = id_hash(person.participant_id)
        found = best(ranks, lambda p: columns.mixed(self.hash[p], other), limit)
        return [
            Ranked(self.ids[i], int(ranks[i]), int(columns.mixed(self.hash[[i]], other)[0]))
            for i in found
        ]


class PlainPool:
    """People as one small integer column for each characteristic, and bits for lived experience."""

    def __init__(self, count: int) -> None:
        self.lists = {x.list_id: x for x in matchable()}
        self.codes = {
            x: np.full(count, -1, np.int8) for x, found in self.lists.items() if not found.multi
        }
        self.lived = np.zeros(count, np.int64)
        self.ids = [""] * count
        self.hash = np.zeros(count, np.uint64)
        self.askable = np.zeros(count, np.int64)
        self.familiar = np.zeros(count, np.int64)
        self.needs = np.zeros(count, np.int64)
        self.slots = np.zeros(count, np.int64)
        self.area = np.zeros(count, np.int64)
        self.east = np.zeros(count)
        self.north = np.zeros(count)
        self.limit = np.full(count, np.inf)
        self.area_number: dict[str | None, int] = {}

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        arrays = [v for v in vars(self).values() if isinstance(v, np.ndarray)]
        return sum(a.nbytes for a in [*arrays, *self.codes.values()])

    def put(self, at: int, person: Participant) -> None:
        """The person at a place."""
        for list_id, codes in person.categories.items():
            order = self.lists[list_id].codes()
            if list_id in self.codes:  # the most detailed code; parents follow from it
                detail = [c for c in codes if self.lists[list_id].get(c).parent or len(codes) == 1]
                self.codes[list_id][at] = order.index(detail[0])
            elif list_id == "lived_experience":
                self.lived[at] = sum(1 << order.index(c) for c in codes)
        again = askable_from(person)
        self.ids[at] = person.participant_id
        self.hash[at] = id_hash(person.participant_id)
        self.askable[at] = columns.ALWAYS if again is None else columns.microseconds(again)
        self.familiar[at] = columns.familiar_until(person, DEFAULT_POLICY)
        self.needs[at] = columns.need_bits(person.needs)
        self.slots[at] = columns.free_bits(person)
        self.area[at] = self.area_number.setdefault(person.area, len(self.area_number))
        if person.place is not None:
            self.east[at], self.north[at] = person.place.east, person.place.north
        self.limit[at] = np.inf if person.travel_km is None else person.travel_km * 1000

    def _member(self, list_id: str, code: str) -> np.ndarray:
        found = self.lists[list_id]
        order = found.codes()
        if list_id == "lived_experience":
            return (self.lived >> order.index(code)) & 1 == 1
        wanted = [code, *(c.code for c in found.children(code))]
        table = np.isin(np.arange(len(order) + 1), [order.index(c) for c in wanted])
        return table[self.codes[list_id]]

    def _gains(self, worth: dict[Group, int]) -> np.ndarray:
        ranks = np.zeros(len(self.ids), np.int32)
        tables: dict[str, np.ndarray] = {}
        for of, value in worth.items():
            [(list_id, code), *more] = of
            if more or list_id not in self.codes:
                member = np.logical_and.reduce([self._member(*pair) for pair in of])
                ranks += value * member
                continue
            found = self.lists[list_id]
            table = tables.setdefault(list_id, np.zeros(len(found.codes()) + 1, np.int32))
            for c in [code, *(child.code for child in found.children(code))]:
                table[found.codes().index(c)] += value
        for list_id, table in tables.items():
            ranks += table[self.codes[list_id]]
        return ranks

    def top(
        self, opportunity: Opportunity, tally: Tally, now: datetime, limit: int
    ) -> list[Ranked]:
        """The best people for one more seat."""
        ranks = self._gains(columns.group_worth(tally, DEFAULT_POLICY))
        ranks -= FAMILIAR * (self.familiar > columns.microseconds(now))
        ok = self.askable <= columns.microseconds(now)
        ok &= (self.needs & columns.uncovered_bits(opportunity)) == 0
        ok &= np.bitwise_count(self.slots & columns.slot_bits(opportunity.times)) >= (
            columns.times_needed(opportunity)
        )
        if opportunity.areas:
            ok &= np.isin(
                self.area,
                [self.area_number[a] for a in opportunity.areas if a in self.area_number],
            )
        if opportunity.place is not None:
            distance = np.hypot(
                self.east - opportunity.place.east, self.north - opportunity.place.north
            )
            own = np.inf if opportunity.travel_km is None else opportunity.travel_km * 1000
            ok &= distance <= np.minimum(self.limit, own)
        ranks = np.where(ok, ranks, STOPPED)
        other = id_hash(opportunity.opportunity_id)
        found = best(ranks, lambda p: columns.mixed(self.hash[p], other), limit)
        return [
            Ranked(self.ids[i], int(ranks[i]), int(columns.mixed(self.hash[[i]], other)[0]))
            for i in found
        ]
