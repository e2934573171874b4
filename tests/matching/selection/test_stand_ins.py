"""Stand-ins keep the targets reachable when people drop out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.selection import (
    Group,
    Participant,
    Request,
    Target,
    fair_lottery,
    replacements,
)
from services.matching.selection.pool import pool_types
from services.matching.selection.stand_ins import fitting, stand_in_types
from tests.matching.selection import brute
from tests.support.examples import examples

UNDER_25 = Group.of("people under 25", ("age", "under_25"))
few = settings(max_examples=examples(80), deadline=None)


@few
@given(brute.requests(), st.data())
def test_whoever_can_be_replaced_has_a_stand_in_before_anyone_has_two(request_, data):
    lottery = fair_lottery(request_)
    pool = lottery.pool
    panel = data.draw(st.sampled_from(list(lottery.panels)))
    everyone_else = int((pool.sizes - panel).sum())
    order = stand_in_types(pool, panel, everyone_else)
    assert len(order) == everyone_else
    assert (np.bincount(order, minlength=len(panel)) == pool.sizes - panel).all()
    fits = fitting(pool, panel)
    replaceable = fits.any(axis=1)
    covered = np.zeros(len(panel), dtype=int)
    for kind in order:
        needed = replaceable & (covered == 0)
        helpful = (fits[needed] > 0).any(axis=0) if needed.any() else np.zeros(len(panel), bool)
        if needed.any():
            assert helpful[kind], "a stand-in who covers nobody new came too early"
        covered += fits[:, kind].astype(int)
    assert (covered[replaceable] > 0).all()


@few
@given(brute.requests(), st.data())
def test_replacements_miss_the_targets_by_least_by_looking_at_every_choice(request_, data):
    lottery = fair_lottery(request_)
    pool = lottery.pool
    panel = lottery.panels[0]
    selected = [p for ids, n in zip(pool.ids, panel, strict=True) for p in ids[:n]]
    others = data.draw(st.permutations([p.id for p in request_.pool if p.id not in selected]))
    gone = data.draw(st.sets(st.sampled_from([*selected, *others])))
    found = replacements(pool, selected, others, gone)
    people = {person.id: person for person in request_.pool}
    staying = [people[p] for p in selected if p not in gone]
    ready = [people[p] for p in others if p not in gone]
    vacant = min(request_.seats - len(staying), len(ready))
    least = min(
        brute.off_target(request_, [*staying, *choice])[0] for choice in combinations(ready, vacant)
    )
    after = [*staying, *(people[p] for p in found.ids)]
    misses, missed = brute.off_target(request_, after)
    assert misses == least
    assert len(found.missed) == missed
    assert len(after) + found.empty_seats == request_.seats
    assert not set(found.ids) & gone


def test_the_first_on_the_list_is_called_among_equals():
    pool = tuple(Participant.of(f"p{i}", {"age": "under_25"}) for i in range(5))
    request_ = Request(pool, 2, (Target(UNDER_25, 1),))
    found = replacements(pool_types(request_), ["p0", "p1"], ["p4", "p2", "p3"], {"p0", "p4"})
    assert found.ids == ("p2",)
    assert found.missed == ()


def test_a_target_that_can_no_longer_be_met_is_named():
    pool = (Participant.of("young", {"age": "under_25"}), Participant.of("old", {}))
    request_ = Request(pool, 1, (Target(UNDER_25, 1),))
    found = replacements(pool_types(request_), ["young"], ["old"], {"young"})
    assert found.ids == ("old",)
    assert [target.group for target in found.missed] == [UNDER_25]


def test_with_nobody_left_the_seat_stays_empty():
    pool = (Participant.of("one", {}),)
    found = replacements(pool_types(Request(pool, 1)), ["one"], [], {"one"})
    assert (found.ids, found.empty_seats) == ((), 1)
