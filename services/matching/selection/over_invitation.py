"""How many people to invite so that the seats fill with a given probability.

Each group says yes at a rate that is not known exactly: it has a Beta distribution, from a prior
and from past answers, so the number of yeses among n invitations is beta-binomial (Gelman et al.,
Bayesian Data Analysis, 3rd edition 2013, chapters 2 and 5). Groups with few answers lean on all
groups together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import exp, lgamma, log, prod

LEVEL = 0.9
PRIOR_RATE = 0.4
PRIOR_WEIGHT = 5.0
"""Assumed before any answers: four in ten say yes, worth five past invitations. Own assumption,
weak on purpose; a few dozen real answers outweigh it."""


@dataclass(frozen=True)
class PastAnswers:
    """Invitations so far: how many said yes, and how many said no or nothing."""

    yes: int = 0
    no: int = 0


@dataclass(frozen=True)
class Invitations:
    """How many of a group to invite, with what to expect.

    `fills` is the probability that at least `seats` say yes, `overfills` that more than `seats`
    do (they become stand-ins), `expected_yes` the average number of yeses.
    """

    seats: int
    invite: int
    fills: float
    overfills: float
    expected_yes: float


@dataclass(frozen=True)
class InvitationPlan:
    """Invitations a group, and the probability that every group's seats fill.

    `enough` is False if even inviting everyone stays below the level asked for.
    """

    groups: Mapping[str, Invitations]
    fills: float
    enough: bool

    @property
    def invite(self) -> int:
        """Invitations in all."""
        return sum(group.invite for group in self.groups.values())


def at_least(seats: int, invited: int, a: float, b: float) -> float:
    """P(yes ≥ seats) for yes ~ Beta-Binomial(invited, a, b)."""
    if seats <= 0:
        return 1.0
    if invited < seats:
        return 0.0
    # Sum the shorter tail, so that small probabilities keep their digits.
    if seats > invited / 2:
        return min(_pmf_sum(seats, invited, invited, a, b), 1.0)
    return max(1.0 - _pmf_sum(0, seats - 1, invited, a, b), 0.0)


def _pmf_sum(first: int, last: int, invited: int, a: float, b: float) -> float:
    constant = lgamma(invited + 1) + lgamma(a + b) - lgamma(a) - lgamma(b) - lgamma(invited + a + b)
    return sum(
        exp(
            constant
            - lgamma(yes + 1)
            - lgamma(invited - yes + 1)
            + lgamma(yes + a)
            + lgamma(invited - yes + b)
        )
        for yes in range(first, last + 1)
    )


def rates(history: Mapping[str, PastAnswers]) -> dict[str, tuple[float, float]]:
    """Beta(a, b) a group. The prior's mean is the rate over all groups, itself with the prior
    above, so that a group without answers gets the common rate."""
    yes = sum(group.yes for group in history.values())
    asked = yes + sum(group.no for group in history.values())
    common = (PRIOR_RATE * PRIOR_WEIGHT + yes) / (PRIOR_WEIGHT + asked)
    return {
        name: (common * PRIOR_WEIGHT + past.yes, (1 - common) * PRIOR_WEIGHT + past.no)
        for name, past in history.items()
    }


def plan_invitations(
    seats: Mapping[str, int],
    available: Mapping[str, int],
    history: Mapping[str, PastAnswers] | None = None,
    *,
    level: float = LEVEL,
) -> InvitationPlan:
    """How many to invite of each group so that all its seats fill with probability `level`.

    `seats` and `available` (people who can be invited) are by group, groups being disjoint;
    without data by group pass one group. The groups' answers count as independent, so the
    probabilities multiply. Starting from the least that each group needs on its own, the next
    invitation goes to the group where it raises the joint probability most.
    """
    if not 0 < level < 1:
        raise ValueError("The level is a probability between 0 and 1.")
    past = history or {}
    beta = rates({name: past.get(name, PastAnswers()) for name in seats})

    @cache
    def fills(name: str, invited: int) -> float:
        return at_least(seats[name], invited, *beta[name])

    invited = {}
    for name, wanted in seats.items():
        count = min(wanted, available.get(name, 0))
        while count < available.get(name, 0) and fills(name, count) < level:
            count += 1
        invited[name] = count

    def joint() -> float:
        return prod(fills(name, count) for name, count in invited.items())

    while joint() < level:
        open_groups = [name for name in seats if invited[name] < available.get(name, 0)]
        if not open_groups:
            break
        invited[max(open_groups, key=lambda name: _gain(fills, name, invited[name]))] += 1
    return InvitationPlan(
        groups={
            name: Invitations(
                seats=seats[name],
                invite=count,
                fills=fills(name, count),
                overfills=at_least(seats[name] + 1, count, *beta[name]),
                expected_yes=count * beta[name][0] / sum(beta[name]),
            )
            for name, count in invited.items()
        },
        fills=joint(),
        enough=joint() >= level,
    )


def _gain(fills: Callable[[str, int], float], name: str, invited: int) -> float:
    """By how much one more invitation raises the logarithm of the group's probability."""
    now, then = fills(name, invited), fills(name, invited + 1)
    return log(then) - log(now) if now > 0 else float("inf")
