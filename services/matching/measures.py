"""Measures over an area or a programme: how alike are those taking part, how spread are voices.

All are pure functions of counts. What a report shows of them goes through `suppression` first.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Stratum:
    """One category of an area: residents counted by the census, and those taking part."""

    population: int
    taking_part: int


@dataclass(frozen=True, slots=True)
class Representativeness:
    """How evenly the categories of an area take part; see `representativeness`.

    ``rate``: share of residents taking part. ``r_indicator``: R, 0 to 1, 1 when every category
    takes part at the same rate. ``variation``: CV, 0 when even; ``beyond_chance``: CV with the
    part taken off that even invitations would show by chance.
    """

    rate: float
    r_indicator: float
    variation: float
    beyond_chance: float


def representativeness(strata: Mapping[str, Stratum]) -> Representativeness:
    """R-indicator and coefficient of variation of the rates of taking part.

    With N residents in all, w_h = N_h / N, rate ρ_h = n_h / N_h of category h and mean ρ:

    - S² = Σ w_h (ρ_h − ρ)², R = 1 − 2 S. Schouten, B., Cobben, F. and Bethlehem, J. (2009).
      Indicators for the representativeness of survey response. Survey Methodology 35, 101–113.
    - CV = S / ρ, which compares areas with different rates (Schouten, B., Shlomo, N. and Skinner,
      C. (2011). Indicators for monitoring and improving representativeness of response. Journal
      of Official Statistics 27, 231–253). Where few of many residents take part S is small and R
      near 1 whatever the mix, so read CV there.
    - Beyond chance: S² less Σ w_h (1 − w_h) ρ_h (1 − ρ_h) / N_h, what binomial chance alone adds
      on average, and never below 0.

    People who prefer not to say are in no stratum and are left out on both sides, as are
    residents whose answer the census does not have. Raises ValueError for an empty stratum, or
    more people taking part than live there.
    """
    for stratum in strata.values():
        if stratum.population <= 0 or not 0 <= stratum.taking_part <= stratum.population:
            raise ValueError(
                "Each category needs residents, and no more people taking part than residents."
            )
    total = sum(s.population for s in strata.values())
    if not strata or total == 0:
        raise ValueError("Give at least one category with residents.")
    rate = sum(s.taking_part for s in strata.values()) / total
    spread = chance = 0.0
    for s in strata.values():
        weight, own = s.population / total, s.taking_part / s.population
        spread += weight * (own - rate) ** 2
        chance += weight * (1 - weight) * own * (1 - own) / s.population
    deviation = math.sqrt(spread)
    return Representativeness(
        rate=rate,
        r_indicator=1 - 2 * deviation,
        variation=deviation / rate if rate else 0.0,
        beyond_chance=math.sqrt(max(0.0, spread - chance)) / rate if rate else 0.0,
    )


@dataclass(frozen=True, slots=True)
class SeatTaken:
    """One seat taken by one person: when, and until when (None while it is held)."""

    participant_id: str
    taken: datetime
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Concentration:
    """How seats are spread over people; see `concentration`.

    ``familiar_share``: share of seats whose holder had taken one before, 0 to 1. ``hhi``: from
    1 / people (everyone holds as many) to 1 (one person holds all). ``gini``: 0 to 1.
    """

    seats: int
    people: int
    familiar_share: float
    hhi: float
    gini: float


@dataclass(frozen=True, slots=True)
class Spread:
    """How many seats people hold; ``hhi`` and ``gini`` as in `Concentration`."""

    seats: int
    people: int
    hhi: float
    gini: float


def spread(holders: Mapping[int, int]) -> Spread:
    """Spread of seats from ``holders``: seats held by one person, to the number of such people.

    - HHI = Σ s_i², s_i the share of seats of person i (Hirschman, A. O. (1964). The paternity of
      an index. American Economic Review 54, 761).
    - Gini = Σ_i Σ_j |x_i − x_j| / (2 n² x̄) of seats a person (Gini, C. (1912). Variabilità e
      mutabilità), over the people counted; those with 0 seats count if they are given.
    """
    seats = sum(held * people for held, people in holders.items())
    if not seats:
        return Spread(0, 0, 0.0, 0.0)
    return Spread(
        seats=seats,
        people=sum(people for held, people in holders.items() if held),
        hhi=math.fsum((held / seats) ** 2 * people for held, people in holders.items()),
        gini=gini(holders),
    )


def concentration(
    seats: Sequence[SeatTaken], now: datetime, everyone: int | None = None
) -> Concentration:
    """Concentration of voices among the seats held at ``now``.

    - Familiar share: seats held by somebody who took another seat before this one, over seats.
    - HHI and Gini as in `spread`; with ``everyone``, the number of registered participants, Gini
      is over all of them, those without a seat as 0.

    All are 0 when no seat is held. Raises ValueError if ``everyone`` is below the seat holders.
    """
    held = [s for s in seats if s.taken <= now and (s.ended is None or s.ended > now)]
    counts = Counter(s.participant_id for s in held)
    if everyone is not None and everyone < len(counts):
        raise ValueError("There cannot be more seat holders than registered participants.")
    if not held:
        return Concentration(0, 0, 0.0, 0.0, 0.0)
    first = _first_seats(seats)
    familiar = sum(s.taken > first[s.participant_id] for s in held)
    found = spread(Counter(counts.values()) + Counter({0: (everyone or 0) - len(counts)}))
    return Concentration(found.seats, found.people, familiar / len(held), found.hhi, found.gini)


def gini(counts: Mapping[int, int]) -> float:
    """Gini coefficient of values of 0 or more, given as value to how often; 0 for none or all 0.

    Sorted form of the formula in `spread`: 2 Σ i·x_(i) / (n Σ x) − (n + 1) / n.
    """
    n = sum(counts.values())
    total = sum(value * often for value, often in counts.items())
    if total == 0:
        return 0.0
    ranked, below = 0, 0
    for value in sorted(counts):
        often = counts[value]
        ranked += value * (often * below + often * (often + 1) // 2)
        below += often
    return max(0.0, 2 * ranked / (n * total) - (n + 1) / n)


def _first_seats(seats: Iterable[SeatTaken]) -> dict[str, datetime]:
    first: dict[str, datetime] = {}
    for seat in seats:
        known = first.setdefault(seat.participant_id, seat.taken)
        first[seat.participant_id] = min(known, seat.taken)
    return first
