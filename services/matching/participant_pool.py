"""Participants as columns: one opportunity against all of them.

The columns and how they are read: `pool_query`. What is kept here beside them is small: ids, the
place of each id, and the few links to opportunities and organisations that a person has.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from services.matching import columns
from services.matching.characteristics import Group
from services.matching.columns import Ranked
from services.matching.gaps import Tally, spare
from services.matching.model import (
    DEFAULT_POLICY,
    Opportunity,
    Participant,
    Policy,
    askable_from,
)
from services.matching.pool_query import NOWHERE, PeopleColumns, PoolQuery
from services.matching.scoring import id_hash


class ParticipantPool:
    """People who asked to be matched, ready to be ranked for an opportunity."""

    def __init__(self, policy: Policy = DEFAULT_POLICY, capacity: int = 1024) -> None:
        """Empty, with room for ``capacity`` (rounded up to a multiple of 8) before it grows."""
        self._policy = policy
        self._ids: list[str | None] = []
        self._place: dict[str, int] = {}
        self._vacant: list[int] = []
        self._area_number: dict[str | None, int] = {None: 0}
        self._proposed: dict[str, set[int]] = {}
        self._conflicts: dict[str, set[int]] = {}
        self._links: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
        self._people = PeopleColumns(-(-capacity // 8) * 8)

    def __len__(self) -> int:
        """How many people are held."""
        return len(self._place)

    @property
    def nbytes(self) -> int:
        """Bytes of all columns and rows of bits."""
        return self._people.nbytes

    def put(self, person: Participant) -> None:
        """Adds the person, or replaces what is known of them."""
        self.remove(person.participant_id)
        at = self._vacant.pop() if self._vacant else len(self._ids)
        if at == self._people.size:
            self._people.grow()
        if at == len(self._ids):
            self._ids.append(None)
        self._ids[at] = person.participant_id
        self._place[person.participant_id] = at
        self._people.set_bits(at, columns.pairs_of(person.categories))
        self._put_rules(at, person)
        self._link(at, person)

    def _put_rules(self, at: int, person: Participant) -> None:
        people, again = self._people, askable_from(person, self._policy)
        from_when = columns.ALWAYS if again is None else columns.microseconds(again)
        people.hashes[at] = id_hash(person.participant_id)
        people.askable[at] = from_when if person.consented else columns.NEVER
        people.familiar[at] = columns.familiar_until(person, self._policy)
        people.needs[at] = columns.need_bits(person.needs)
        people.slots[at] = columns.free_bits(person)
        people.formats[at] = columns.format_bits(person.modes)
        people.any_format &= people.formats[at] == columns.EVERY_FORMAT
        people.area[at] = self._area_number.setdefault(person.area, len(self._area_number))
        if person.place is None:
            people.limit[at] = NOWHERE
        else:
            people.east[at], people.north[at] = person.place.east, person.place.north
            people.limit[at] = columns.squared_limit(person.travel_km)

    def _link(self, at: int, person: Participant) -> None:
        if person.proposed or person.conflicts:
            self._links[at] = (person.proposed, person.conflicts)
        for opportunity_id in person.proposed:
            self._proposed.setdefault(opportunity_id, set()).add(at)
        for organisation in person.conflicts:
            self._conflicts.setdefault(organisation, set()).add(at)

    def remove(self, participant_id: str) -> None:
        """Takes a person out, for instance when they withdraw; unknown ids do nothing.

        Nothing of them stays in the columns.
        """
        at = self._place.pop(participant_id, None)
        if at is None:
            return
        self._ids[at] = None
        self._vacant.append(at)
        proposed, conflicts = self._links.pop(at, (frozenset(), frozenset()))
        for opportunity_id in proposed:
            self._proposed[opportunity_id].discard(at)
        for organisation in conflicts:
            self._conflicts[organisation].discard(at)
        self._people.clear(at)

    def top(
        self,
        opportunity: Opportunity,
        tally: Tally,
        now: datetime,
        limit: int,
        holders: Collection[str] = (),
        among: Group | None = None,
    ) -> list[Ranked]:
        """The best people for one more seat, in the order of `scoring`.

        ``holders``: ids of those who hold a seat here. ``among``: only people of this group, for
        instance to find a second person for a pair.
        """
        if limit < 1 or not self._ids:
            return []
        query = self._query(opportunity, tally, now, holders, among)
        return query.best(len(self._ids), limit).named(self._ids)

    def standing(
        self,
        opportunity: Opportunity,
        tally: Tally,
        now: datetime,
        limits: tuple[int, int],
        without: Collection[str] = (),
    ) -> tuple[list[Ranked], list[Ranked]]:
        """Whom a seat is worth something for: the best to propose, and the best held up.

        ``limits``: how many of each. ``without``: people who are not to be considered. Held up
        are those whom only access needs, times, distance or the format stop.
        """
        if not self._ids:
            return [], []
        query = self._query(opportunity, tally, now, without)
        best, held_up = query.standing(len(self._ids), spare(tally) > 0, *limits)
        return best.named(self._ids), held_up.named(self._ids)

    def allowed(
        self, opportunity: Opportunity, tally: Tally, now: datetime, without: Collection[str] = ()
    ) -> list[str]:
        """Ids of all whom no hard rule stops, in no order that means anything."""
        places = self._query(opportunity, tally, now, without).allowed(len(self._ids))
        return [found for at in places.tolist() if (found := self._ids[at]) is not None]

    def _query(
        self,
        opportunity: Opportunity,
        tally: Tally,
        now: datetime,
        without: Collection[str],
        among: Group | None = None,
    ) -> PoolQuery:
        return PoolQuery(
            self._people,
            opportunity,
            columns.group_worth(tally, self._policy),
            now,
            self._stopped(opportunity, without),
            self._areas(opportunity),
            among,
        )

    def _stopped(self, opportunity: Opportunity, holders: Collection[str]) -> NDArray[np.int64]:
        stopped = {self._place[h] for h in holders if h in self._place}
        stopped |= self._proposed.get(opportunity.opportunity_id, set())
        if opportunity.organisation:
            stopped |= self._conflicts.get(opportunity.organisation, set())
        return np.array(sorted(stopped), np.int64)

    def _areas(self, opportunity: Opportunity) -> list[int]:
        """Numbers of the areas it is for, with that of people who told none; empty for all."""
        if not opportunity.areas:
            return []
        numbers = [self._area_number.get(a) for a in (None, *sorted(opportunity.areas))]
        return [n for n in numbers if n is not None]
