"""Ten thousand steps of a community in which familiar voices volunteer ten times as often."""

from __future__ import annotations

import pytest

from bench.community import START, WAYS, Community, Outcome, Setting, Way, simulate
from services.matching.model import is_familiar


@pytest.fixture(scope="module", params=[1, 2])
def outcomes(request: pytest.FixtureRequest) -> dict[Way, Outcome]:
    return {way: simulate(way, Setting(seed=request.param)) for way in WAYS}


def test_familiar_voices_volunteer_ten_times_as_often() -> None:
    setting = Setting(people=400, familiar_at_start=40, steps_a_panel=20_000, seldom=1.0)
    community = Community(setting)
    familiar = sum(is_familiar(p, START) for p in community.people)
    drawn = community.volunteers(START)
    assert familiar == 40
    assert len(drawn) == 400  # with this many steps everyone volunteers at some time
    rare = Community(Setting(people=400, familiar_at_start=40, steps_a_panel=2_000, eagerness=1e9))
    assert all(is_familiar(p, START) for p in rare.volunteers(START))


def test_the_new_voice_share_rises_above_first_come_first_served_and_random(
    outcomes: dict[Way, Outcome],
) -> None:
    ours = outcomes["matching"].quarters("new_voices")
    for other in ("first_come", "random"):
        theirs = outcomes[other].quarters("new_voices")
        assert all(mine > 1.5 * their for mine, their in zip(ours, theirs, strict=True))


def test_the_gap_index_falls_below_first_come_first_served_and_random(
    outcomes: dict[Way, Outcome],
) -> None:
    ours = outcomes["matching"].quarters("index")
    for other in ("first_come", "random"):
        theirs = outcomes[other].quarters("index")
        assert all(mine < 0.7 * their for mine, their in zip(ours, theirs, strict=True))


def test_seats_are_spread_over_more_people(outcomes: dict[Way, Outcome]) -> None:
    ours = outcomes["matching"].spread
    for other in ("first_come", "random"):
        theirs = outcomes[other].spread
        assert ours.people > theirs.people
        assert ours.gini < theirs.gini
        assert ours.familiar_share < theirs.familiar_share


def test_every_panel_is_filled_whatever_the_way(outcomes: dict[Way, Outcome]) -> None:
    assert {len(o.panels) for o in outcomes.values()} == {250}
    assert {o.spread.seats for o in outcomes.values()} == {2_000}


def test_the_same_seed_gives_the_same_panels() -> None:
    setting = Setting(people=300, steps=400, familiar_at_start=20)
    assert simulate("matching", setting) == simulate("matching", setting)
