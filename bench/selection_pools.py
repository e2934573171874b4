"""Generated pools for the bench of fair selection, the same for every side.

The population's shares are drawn first; volunteers answer with other shares, as familiar groups
come forward more often. Targets follow the population.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CODES = {
    "sex": ("female", "male"),
    "age": ("18-24", "25-44", "45-64", "65-79", "80+"),
    "ethnic_group": ("asian", "black", "mixed", "white", "other"),
    "disability": ("yes", "no"),
    "area": ("north", "east", "south", "west"),
}

Person = tuple[str, dict[str, str]]
SeatRange = tuple[str, str, int, int]


@dataclass(frozen=True)
class Instance:
    """A pool: how many people, how many seats, the seed, and whether every target is exact."""

    people: int
    seats: int
    seed: int
    exact: bool = False

    @property
    def name(self) -> str:
        """How a table calls it."""
        return f"{self.people:,} / {self.seats}{', exact' if self.exact else ''}"


def generate(instance: Instance) -> tuple[list[Person], list[SeatRange]]:
    """People as (id, answers), and targets as (characteristic, code, minimum, maximum)."""
    rng = np.random.default_rng(instance.seed)
    population = {name: rng.dirichlet(np.full(len(codes), 3.0)) for name, codes in CODES.items()}
    answers = {}
    for name, codes in CODES.items():
        eager = population[name] * np.exp(rng.normal(0.0, 0.6, len(codes)))
        answers[name] = rng.choice(codes, size=instance.people, p=eager / eager.sum())
    people = [
        (f"p{index:06d}", {name: str(answers[name][index]) for name in CODES})
        for index in range(instance.people)
    ]
    targets: list[SeatRange] = []
    for name, codes in CODES.items():
        share = population[name] * instance.seats
        floor = np.floor(share).astype(int)
        nearest = floor.copy()
        nearest[np.argsort(floor - share)[: instance.seats - floor.sum()]] += 1
        for code, low, high, exact in zip(codes, floor, np.ceil(share), nearest, strict=True):
            least, most = (exact, exact) if instance.exact else (low, high)
            targets.append((name, code, int(least), int(most)))
    return people, targets
