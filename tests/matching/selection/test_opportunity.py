"""An opportunity's targets become a request for selection."""

from __future__ import annotations

import pytest

from services.matching import characteristics, model, targets
from services.matching.selection import fair_lottery, request_for

YOUNG = characteristics.group(("age_band", "18_24"))
DEMENTIA = characteristics.group(("lived_experience", "dementia"))


def person(name, **answers):
    return model.Participant(name, {key: frozenset({code}) for key, code in answers.items()})


def opportunity(*aims, seats=4):
    return model.Opportunity("o", seats, targets=aims)


def test_numbers_of_seats_bind_and_proportions_are_soft():
    request_ = request_for(
        opportunity(
            targets.Target("a", YOUNG, least=1, most=2),
            targets.Target("b", DEMENTIA, proportion=0.4, weight=2.0, name="people with dementia"),
        ),
        [person("p", age_band="18_24")],
    )
    (hard,), (soft,) = request_.targets, request_.soft_targets
    assert (hard.minimum, hard.maximum) == (1, 2)
    assert (soft.seats, soft.weight, soft.group.label) == (2, 20, "people with dementia")


def test_a_watched_group_has_no_target():
    request_ = request_for(opportunity(targets.Target("a", YOUNG)), [person("p")])
    assert (request_.targets, request_.soft_targets) == ((), ())


def test_members_count_and_take_their_seats():
    request_ = request_for(
        opportunity(targets.Target("a", YOUNG, least=0, most=1), seats=2),
        [person("young", age_band="18_24"), person("older", age_band="65_74")],
        [person("member", age_band="18_24")],
    )
    assert request_.seats == 1
    assert fair_lottery(request_).chance_of() == {"older": 1.0, "young": 0.0}


@pytest.mark.parametrize("seats", [0, 1])
def test_a_full_opportunity_has_no_seats_to_fill(seats):
    request_ = request_for(opportunity(seats=seats), [person("p")], [person("m")])
    assert request_.seats == 0
