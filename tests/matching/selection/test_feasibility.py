"""Targets out of reach: the smallest change, in words."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings

from services.matching.selection import (
    Group,
    Participant,
    Request,
    Target,
    fair_lottery,
    smallest_relaxation,
)
from tests.matching.selection import brute
from tests.support.examples import examples

UNDER_25 = Group.of("people under 25", ("age", "under_25"))
CARERS = Group.of("carers", ("carer", "yes"))


def person(name, **answers):
    return Participant.of(name, answers)


@settings(max_examples=examples(120), deadline=None)
@given(brute.requests(reachable=False))
def test_the_relaxation_is_the_smallest_by_looking_at_every_panel(request_):
    least = min(brute.off_target(request_, p) for p in combinations(request_.pool, request_.seats))
    relaxation = smallest_relaxation(request_)
    if least == (0, 0):
        assert relaxation is None
        return
    assert (relaxation.size, len(relaxation.changes)) == least
    assert "quota" not in relaxation.reason.lower()
    for change in relaxation.changes:
        assert change.target.group.label in relaxation.reason
    fair_lottery(relaxation.apply(request_))


def test_too_few_people_of_a_group_is_said_with_both_numbers():
    pool = (person("a", age="under_25"), person("b"), person("c"))
    reason = smallest_relaxation(Request(pool, 3, (Target(UNDER_25, 2),))).reason
    assert reason == (
        "The target is at least 2 seats for people under 25, and there is 1 person in the pool "
        "for people under 25. The smallest change that works: lower the target for "
        "people under 25 from at least 2 to 1."
    )


def test_too_small_a_pool_fills_fewer_seats():
    relaxation = smallest_relaxation(Request((person("a"), person("b")), 3))
    assert relaxation.seats == 2
    assert relaxation.changes == ()
    assert relaxation.reason == (
        "There are 3 seats to fill, and 2 people in the pool: fill 2 seats."
    )


def test_members_beyond_a_maximum_are_named_as_the_cause():
    members = (person("m", carer="yes"), person("n", carer="yes"))
    request_ = Request((person("a"),), 1, (Target(CARERS, 0, 1),), members=members)
    relaxation = smallest_relaxation(request_)
    assert relaxation.changes[0].maximum == 2
    assert relaxation.reason.startswith(
        "The target is at most 1 seat for carers, and there are 2 people already seated."
    )


def test_targets_that_clash_are_named_together_and_others_are_not():
    north = Group.of("people from the north", ("area", "north"))
    pool = (
        person("a", age="under_25", carer="yes", area="north"),
        person("b", age="under_25", carer="yes", area="north"),
        person("c", age="over_65", carer="no", area="north"),
        person("d", age="over_65", carer="no"),
    )
    targets = (Target(UNDER_25, 2), Target(CARERS, 0, 1), Target(north, 1))
    relaxation = smallest_relaxation(Request(pool, 2, targets))
    assert relaxation.size == 1
    assert (
        "these targets cannot all be met: at least 2 seats for people under 25 and "
        "at most 1 seat for carers."
    ) in relaxation.reason
    assert "north" not in relaxation.reason
