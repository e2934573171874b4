"""Participants as columns, and one opportunity held against them.

Layout. Every category a person can count in is one row of bits, one bit for each person; an
intersection is the AND of its rows. The rows of up to eight targets of an opportunity are turned
into one byte for each person, and that byte looks the rank up in a table of 256. Hard rules are
masks. All of it runs in pieces that stay in the processor's cache; where the hard rules leave few
people, only those are ranked.

Memory for a person: one bit for each countable category of the vocabulary and 51 bytes of
columns (`PeopleColumns.nbytes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from services.matching import columns
from services.matching.characteristics import Group, matchable
from services.matching.columns import Best, Bits, Flags, Numbers
from services.matching.model import Opportunity
from services.matching.scoring import FAMILIAR, GAIN_UNIT, id_hash

PIECE = 1 << 15
"""People handled at once; a multiple of 8."""
FEW = 8
"""Below one in this many people left by the hard rules, only those are ranked."""
NOWHERE = -1.0
"""The travel limit of a person without a known place: distance does not count."""


class PeopleColumns:
    """The numbers and bits of many people by place, 0 to ``size`` - 1 (a multiple of 8)."""

    def __init__(self, size: int) -> None:
        """Nobody yet: an empty place may never be asked."""
        self.size = size
        self.any_format = True
        self.bits: dict[tuple[str, str], Bits] = {
            (code_list.list_id, category.code): np.zeros(size // 8, np.uint8)
            for code_list in matchable()
            for category in code_list.countable()
        }
        self._allocate(size)

    def _allocate(self, size: int) -> None:
        self.hashes = np.zeros(size, np.uint64)
        self.askable = np.full(size, columns.NEVER, np.int64)
        self.familiar = np.full(size, columns.ALWAYS, np.int64)
        self.needs = np.zeros(size, np.uint32)
        self.slots = np.zeros(size, np.uint32)
        self.formats = np.zeros(size, np.uint8)
        self.area = np.zeros(size, np.uint16)
        self.east = np.zeros(size, np.int32)
        self.north = np.zeros(size, np.int32)
        self.limit = np.full(size, NOWHERE)

    def _arrays(self) -> dict[str, NDArray[np.generic]]:
        return {k: v for k, v in vars(self).items() if isinstance(v, np.ndarray)}

    @property
    def nbytes(self) -> int:
        """Bytes of all columns and rows of bits."""
        return sum(a.nbytes for a in [*self._arrays().values(), *self.bits.values()])

    def grow(self) -> None:
        """Room for twice as many."""
        old, before = self.size, self._arrays()
        self.size *= 2
        self._allocate(self.size)
        for name, array in before.items():
            getattr(self, name)[:old] = array
        for pair, row in self.bits.items():
            self.bits[pair] = np.concatenate([row, np.zeros(old // 8, np.uint8)])

    def set_bits(self, at: int, pairs: Iterable[tuple[str, str]]) -> None:
        """Marks the person at this place as in these categories; others are ignored."""
        byte, bit = at >> 3, np.uint8(1 << (at & 7))
        for pair in pairs:
            if pair in self.bits:
                self.bits[pair][byte] |= bit

    def clear(self, at: int) -> None:
        """Leaves nothing of the person at this place."""
        byte, others = at >> 3, np.uint8(0xFF ^ (1 << (at & 7)))
        for row in self.bits.values():
            row[byte] &= others
        for column in self._arrays().values():
            column[at] = 0
        self.askable[at], self.familiar[at] = columns.NEVER, columns.ALWAYS

    def rows(self, of: Group) -> Bits:
        """The bits of everyone in the group."""
        row = self.bits[of[0]]
        for pair in of[1:]:
            row = row & self.bits[pair]
        return row


class PoolQuery:
    """One opportunity, ready to be held against pieces of the pool."""

    def __init__(
        self,
        people: PeopleColumns,
        opportunity: Opportunity,
        worth: Mapping[Group, int],
        now: datetime,
        stopped: NDArray[np.int64],
        areas: Sequence[int],
        among: Group | None,
    ) -> None:
        """``worth``: `columns.group_worth`. ``stopped``: places of people who must not be
        proposed. ``areas``: numbers of the areas it is for, none for all. ``among``: see
        `ParticipantPool.top`.
        """
        self._people = people
        self._opportunity = opportunity
        self._hash = id_hash(opportunity.opportunity_id)
        self._now = columns.microseconds(now)
        self._stopped = stopped
        self._areas = areas
        self._uncovered = np.uint32(columns.uncovered_bits(opportunity))
        self._times = np.uint32(columns.slot_bits(opportunity.times))
        self._needed = columns.times_needed(opportunity)
        self._formats = np.uint8(columns.format_bits(opportunity.formats))
        self._gate_bits = self._gate(among)
        self._groups = [people.rows(of) for of in worth]
        self._tables = _tables(list(worth.values()))

    def best(self, count: int, limit: int) -> Best:
        """The best ``limit`` of the first ``count`` places."""
        best = Best.of(limit)
        for start, stop in self._pieces(count):
            found = np.flatnonzero(self._open(start, stop) & self._suited(start, stop))
            self._keep(best, self._ranks_among(found, start, stop), found + start)
        return best

    def allowed(self, count: int) -> NDArray[np.int64]:
        """Those of the first ``count`` places whom no hard rule stops."""
        found = [
            np.flatnonzero(self._open(start, stop) & self._suited(start, stop)) + start
            for start, stop in self._pieces(count)
        ]
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def standing(
        self, count: int, spare: bool, limit: int, limit_held_up: int
    ) -> tuple[Best, Best]:
        """The best of those a seat for whom is worth something: to propose, and held up.

        Held up are people stopped only by what a host or coordinator could change: access needs,
        times, distance, format. ``spare``: whether there are seats that no gap needs.
        """
        best, held_up = Best.of(limit), Best.of(limit_held_up)
        for start, stop in self._pieces(count):
            found = np.flatnonzero(self._open(start, stop))
            ranks = self._ranks_among(found, start, stop)
            worth = _worth_a_seat(ranks, spare)
            suited = self._suited(start, stop)[found]
            for kept, which in ((best, worth & suited), (held_up, worth & ~suited)):
                self._keep(kept, ranks[which], found[which] + start)
        return best, held_up

    def _pieces(self, count: int) -> Iterator[tuple[int, int]]:
        for start in range(0, -(-count // 8) * 8, PIECE):
            yield start, min(start + PIECE, self._people.size)

    def _keep(self, best: Best, ranks: Numbers, places: NDArray[np.int64]) -> None:
        chosen = columns.reaching(ranks, best.limit, best.floor)
        if len(chosen):
            places = places[chosen]
            best.add(ranks[chosen], columns.mixed(self._people.hashes[places], self._hash), places)

    def _gate(self, among: Group | None) -> Bits | None:
        """Bits of those whom age, the groups it is open to and ``among`` let through."""
        gate = None
        if self._opportunity.open_to:
            gate = np.bitwise_or.reduce([self._people.rows(g) for g in self._opportunity.open_to])
        if among is not None:
            gate = self._people.rows(among) if gate is None else gate & self._people.rows(among)
        if self._opportunity.adults_only:
            children = self._people.rows((("age_band", "under_18"),))
            if gate is not None or children.any():
                gate = ~children if gate is None else gate & ~children
        return gate

    def _open(self, start: int, stop: int) -> Flags:
        """Which people of the piece no rule stops that nobody here could change."""
        people, part = self._people, slice(start, stop)
        ok = people.askable[part] <= self._now
        if self._areas:
            areas = people.area[part]
            here = areas == self._areas[0]
            for number in self._areas[1:]:
                here |= areas == number
            ok &= here
        if self._gate_bits is not None:
            ok &= _unpacked(self._gate_bits, start, stop).view(np.bool_)
        ok[self._stopped[(self._stopped >= start) & (self._stopped < stop)] - start] = False
        return ok

    def _suited(self, start: int, stop: int) -> Flags:
        """For which people of the piece needs, times, format and distance are as they have to."""
        people, part = self._people, slice(start, stop)
        ok = (people.needs[part] & self._uncovered) == 0
        if self._needed == 1:
            ok &= (people.slots[part] & self._times) != 0
        elif self._needed:
            ok &= np.bitwise_count(people.slots[part] & self._times) >= self._needed
        if not people.any_format and self._formats != columns.EVERY_FORMAT:
            ok &= (people.formats[part] & self._formats) != 0
        if columns.meets_at_a_place(self._opportunity):
            ok &= self._near_enough(part)
        return np.asarray(ok, np.bool_)

    def _near_enough(self, part: slice) -> Flags:
        place, people = self._opportunity.place, self._people
        if place is None:
            return np.ones(part.stop - part.start, np.bool_)
        across = np.subtract(people.east[part], place.east, dtype=np.float64)
        along = np.subtract(people.north[part], place.north, dtype=np.float64)
        across *= across
        along *= along
        across += along
        limit = people.limit[part]
        near = across <= np.minimum(limit, columns.squared_limit(self._opportunity.travel_km))
        return np.asarray(near | (limit == NOWHERE), np.bool_)

    def _ranks_among(self, found: NDArray[np.int64], start: int, stop: int) -> Numbers:
        """Ranks of those found in the piece (counted from its start)."""
        if len(found) * FEW < stop - start:
            return self._ranks_of(found + start)
        return self._ranks(start, stop)[found]

    def _ranks(self, start: int, stop: int) -> Numbers:
        """Ranks of everyone in the piece."""
        ranks = np.zeros(stop - start, np.int32)
        for first, table in zip(range(0, len(self._groups), 8), self._tables, strict=True):
            byte = np.zeros(stop - start, np.uint8)
            for i, row in enumerate(self._groups[first : first + 8]):
                bits = _unpacked(row, start, stop)
                byte |= np.left_shift(bits, i, out=bits)
            ranks += table[byte]
        self._less_familiar(ranks, self._people.familiar[start:stop])
        return ranks

    def _ranks_of(self, places: NDArray[np.int64]) -> Numbers:
        """Ranks of the people at these places."""
        ranks = np.zeros(len(places), np.int32)
        bytes_at, shifts = places >> 3, (places & 7).astype(np.uint8)
        for first, table in zip(range(0, len(self._groups), 8), self._tables, strict=True):
            byte = np.zeros(len(places), np.uint8)
            for i, row in enumerate(self._groups[first : first + 8]):
                byte |= ((row[bytes_at] >> shifts) & np.uint8(1)) << np.uint8(i)
            ranks += table[byte]
        self._less_familiar(ranks, self._people.familiar[places])
        return ranks

    def _less_familiar(self, ranks: Numbers, until: NDArray[np.int64]) -> None:
        np.subtract(ranks, np.int32(FAMILIAR), out=ranks, where=until > self._now)


def _worth_a_seat(ranks: Numbers, spare: bool) -> Flags:
    """Whose seat closes a gap, or is a new voice's where there are seats to spare.

    The ranks of new voices are 0 or more, those of familiar voices below it, and both far above
    those of people who would take a group over its greatest number (see `scoring`).
    """
    new = ranks >= (0 if spare else GAIN_UNIT)
    familiar = (ranks < 0) & (ranks >= GAIN_UNIT - FAMILIAR)
    return np.asarray(new | familiar, np.bool_)


def _unpacked(row: Bits, start: int, stop: int) -> Bits:
    return np.unpackbits(row[start >> 3 : stop >> 3], bitorder="little")


def _tables(worth: Iterable[int]) -> list[Numbers]:
    """For every eight targets the sum of their ranks by the byte of who is in which."""
    values = list(worth)
    tables = []
    for first in range(0, len(values), 8):
        table = np.zeros(256, np.int32)
        for i, value in enumerate(values[first : first + 8]):
            table[(np.arange(256) >> i) & 1 == 1] += value
        tables.append(table)
    return tables
