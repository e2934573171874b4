"""People and opportunities as matching sees them: ids, codes and numbers, nothing that names.

The store reads these from the matching profile (explicit consent) and from access needs; no
answer given for equality monitoring ever gets here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from services.matching.characteristics import Categories, Group
from services.matching.targets import Target

Slot = int
"""A time of the week, 0 to 20: weekday (Monday 0) × 3 + part (morning, afternoon, evening)."""
Format = Literal["in_person", "online", "phone"]

NOON, EVENING = 12, 17


def slot_of(start: datetime) -> Slot:
    """The time of the week of a session, from its local UK time: before 12, before 17, later."""
    part = 0 if start.hour < NOON else 1 if start.hour < EVENING else 2
    return start.weekday() * 3 + part


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the British National Grid, whole metres east and north.

    The centre of an area will do: nobody's own address is needed.
    """

    east: int
    north: int

    def within(self, other: Place, km: float) -> bool:
        """Whether the straight line between the two is at most ``km`` kilometres."""
        squared = (self.east - other.east) ** 2 + (self.north - other.north) ** 2
        return squared <= int(km * 1000) ** 2


@dataclass(frozen=True, slots=True)
class Participant:
    """A person who asked to be matched.

    ``categories``: what they count in (`schemas.vocabulary.expand` of the matching profile).
    ``needs``: access need codes. ``times``: slots when they can come; None if not told.
    ``travel_km``: how far they want to travel; None for no limit. ``modes``: how they can take
    part; empty if not told. ``asked``: when they were proposed or invited before, any order.
    ``proposed``: opportunities already proposed to them or declined. ``conflicts``: hosts
    they must not advise. ``seat_ends``: for every seat ever held when it ended, None for a seat
    still held.
    """

    participant_id: str
    categories: Categories = field(default_factory=dict)
    consented: bool = True
    area: str | None = None
    place: Place | None = None
    travel_km: float | None = None
    needs: frozenset[str] = frozenset()
    times: frozenset[Slot] | None = None
    modes: frozenset[Format] = frozenset()
    asked: tuple[datetime, ...] = ()
    proposed: frozenset[str] = frozenset()
    conflicts: frozenset[str] = frozenset()
    seat_ends: tuple[datetime | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A panel, group or other place to have a say.

    ``seats``: all of them, filled or not. ``areas``: area codes it is for; empty for anywhere.
    ``open_to``: groups it is for, any of which will do; empty for everyone. ``offers`` are access
    needs in place, ``can_arrange`` those the host arranges when asked. ``times``: slots of its
    sessions, empty if not yet set; a participant must be free at ``times_needed`` of them.
    ``travel_km``: how far away a person may live when it meets in person; None for no limit.
    """

    opportunity_id: str
    seats: int
    targets: tuple[Target, ...] = ()
    organisation: str = ""
    areas: frozenset[str] = frozenset()
    open_to: tuple[Group, ...] = ()
    adults_only: bool = True
    offers: frozenset[str] = frozenset()
    can_arrange: frozenset[str] = frozenset()
    times: frozenset[Slot] = frozenset()
    times_needed: int = 1
    formats: frozenset[Format] = frozenset({"in_person"})
    place: Place | None = None
    travel_km: float | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Settings of the matching, the same for everyone.

    A person is asked at most ``asks`` times in ``ask_window``. A voice is familiar while a seat
    is held and for ``familiar_for`` after the last one ended. ``pair_below``: a group that should
    hold fewer than this share of the seats is proposed in pairs while it has no seat.
    ``too_few``: below this many filled seats no gap of a proportion is claimed; ``z``: standard
    errors of the interval (1.96 for 95%).
    """

    asks: int = 3
    ask_window: timedelta = timedelta(days=30)
    familiar_for: timedelta = timedelta(days=730)
    pair_below: float = 0.5
    too_few: int = 5
    z: float = 1.96


DEFAULT_POLICY = Policy()


def is_familiar(person: Participant, now: datetime, policy: Policy = DEFAULT_POLICY) -> bool:
    """Whether the person holds a seat now or held one within the policy's time."""
    return any(end is None or end > now - policy.familiar_for for end in person.seat_ends)


def askable_from(person: Participant, policy: Policy = DEFAULT_POLICY) -> datetime | None:
    """When the person may be asked again, by the limit on asking; None: at any time."""
    if policy.asks <= 0 or len(person.asked) < policy.asks:
        return None
    return sorted(person.asked)[-policy.asks] + policy.ask_window
