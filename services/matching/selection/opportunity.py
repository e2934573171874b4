"""From an opportunity and its people to a request for selection."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

from services.matching import model
from services.matching.selection.pool import Group, Participant, Request, SoftTarget, Target

TENTHS = 10


def request_for(
    opportunity: model.Opportunity,
    pool: Sequence[model.Participant],
    members: Sequence[model.Participant] = (),
) -> Request:
    """Fill the opportunity's free seats from `pool`, its `members` counting towards the targets.

    Numbers of seats become targets that every panel meets. A proportion becomes a soft target on
    the nearest whole number of all seats, its weight counted in tenths. A group that is only
    watched is left out. Whoever may not take part (consent, access needs, distance and so on)
    must be left out of `pool` beforehand.
    """
    hard, soft = [], []
    for target in opportunity.targets:
        group = Group(frozenset(target.group), target.people)
        if target.least is not None or target.most is not None:
            hard.append(Target(group, target.least or 0, target.most))
        elif target.proportion is not None:
            seats = floor(target.proportion * opportunity.seats + 0.5)
            soft.append(SoftTarget(group, seats, max(round(target.weight * TENTHS), 1)))
    return Request(
        pool=tuple(_participant(person) for person in pool),
        seats=max(opportunity.seats - len(members), 0),
        targets=tuple(hard),
        soft_targets=tuple(soft),
        members=tuple(_participant(person) for person in members),
    )


def _participant(person: model.Participant) -> Participant:
    return Participant.of(person.participant_id, person.categories)
