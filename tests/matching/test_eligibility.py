from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import vocabulary
from services.matching.eligibility import (
    NeedCheck,
    blocks,
    check_needs,
    covered_needs,
    free_slots,
)
from services.matching.model import (
    Opportunity,
    Participant,
    Place,
    Policy,
    askable_from,
    is_familiar,
    slot_of,
)
from tests.matching.people import CARERS, NOW, answers, opportunities, participants

ANYONE = Participant("p1")
PANEL = Opportunity("o1", 8)
MONDAY_EVENING, TUESDAY_MORNING, SATURDAY_MORNING = 2, 3, 15


def codes(person: Participant, opp: Opportunity, **more: Any) -> list[str]:
    return [b.code for b in blocks(person, opp, NOW, **more)]


def needing(*needs: str) -> Participant:
    return Participant("p1", needs=frozenset(needs))


def test_nothing_told_stops_nothing() -> None:
    strict = Opportunity(
        "o1",
        8,
        areas=frozenset({"E06000001"}),
        times=frozenset({MONDAY_EVENING}),
        place=Place(0, 0),
        travel_km=1.0,
    )
    assert blocks(ANYONE, strict, NOW) == ()


def test_without_consent_nothing_else_is_looked_at() -> None:
    person = replace(ANYONE, consented=False, conflicts=frozenset({"host"}))
    found = blocks(person, replace(PANEL, organisation="host"), NOW)
    assert [b.code for b in found] == ["no_consent"]
    assert found[0].sentence == "This person has not agreed to be matched."


def test_nobody_is_proposed_twice_for_the_same_opportunity() -> None:
    assert codes(replace(ANYONE, proposed=frozenset({"o1"})), PANEL) == ["already_proposed"]
    assert codes(replace(ANYONE, proposed=frozenset({"o2"})), PANEL) == []


def test_a_seat_holder_is_not_proposed_for_the_same_panel() -> None:
    assert codes(ANYONE, PANEL, holds_seat=True) == ["holds_seat"]


def test_a_conflict_of_interest_with_the_host_stops_a_proposal() -> None:
    person = replace(ANYONE, conflicts=frozenset({"host"}))
    assert codes(person, replace(PANEL, organisation="host")) == ["conflict"]
    assert codes(person, replace(PANEL, organisation="other")) == []


def test_someone_under_18_is_not_proposed_unless_the_opportunity_allows_it() -> None:
    child = Participant("p1", answers(age_band="under_18"))
    assert codes(child, PANEL) == ["under_18"]
    assert codes(child, replace(PANEL, adults_only=False)) == []


def test_preferring_not_to_say_an_age_is_never_held_against_anyone() -> None:
    assert codes(Participant("p1", answers(age_band="prefer_not_to_say")), PANEL) == []


def test_another_area_stops_a_proposal() -> None:
    panel = replace(PANEL, areas=frozenset({"E06000016"}))
    assert codes(replace(ANYONE, area="E06000001"), panel) == ["area"]
    assert codes(replace(ANYONE, area="E06000016"), panel) == []


def test_a_panel_for_carers_is_proposed_to_people_who_said_they_care() -> None:
    panel = replace(PANEL, open_to=(CARERS,))
    [block] = blocks(ANYONE, panel, NOW)
    assert block.sentence == "This is for unpaid carers. This person has not said they are."
    assert codes(Participant("p1", answers(lived_experience="unpaid_carer")), panel) == []


def test_an_unmet_access_need_blocks_and_is_named() -> None:
    [block] = blocks(needing("bsl", "easy_read"), replace(PANEL, offers=frozenset({"bsl"})), NOW)
    assert (block.code, block.needs) == ("access_need", ("easy_read",))
    assert block.sentence == (
        "Not in place yet: Easy Read. Ask the host whether it can be arranged."
    )


def test_needs_are_met_or_to_arrange_or_to_ask_or_blocking() -> None:
    panel = replace(PANEL, offers=frozenset({"bsl"}), can_arrange=frozenset({"transport"}))
    found = check_needs(needing("bsl", "transport", "other", "childcare"), panel)
    assert found == NeedCheck(("bsl",), ("transport",), ("other",), ("childcare",))


def test_a_venue_need_does_not_count_online() -> None:
    online = replace(PANEL, formats=frozenset({"online"}))
    assert check_needs(needing("step_free", "transport"), online).met == ("step_free", "transport")
    assert check_needs(needing("phone_not_online"), online).blocking == ("phone_not_online",)
    assert check_needs(needing("data_or_device"), PANEL).met == ("data_or_device",)


@pytest.mark.parametrize("answer", ["none", "prefer_not_to_say", "dont_know", "not_asked"])
def test_no_need_told_is_no_need_to_meet(answer: str) -> None:
    assert check_needs(needing(answer), PANEL) == NeedCheck()


@given(opportunities(), st.sampled_from(vocabulary.ACCESS_NEEDS.codes()))
def test_the_needs_an_opportunity_covers_are_those_that_do_not_block(
    opp: Opportunity, need: str
) -> None:
    assert (need in covered_needs(opp)) == (not check_needs(needing(need), opp).blocking)


def test_a_person_must_be_free_at_enough_of_the_sessions() -> None:
    panel = replace(PANEL, times=frozenset({MONDAY_EVENING, TUESDAY_MORNING}), times_needed=2)
    assert codes(replace(ANYONE, times=frozenset({MONDAY_EVENING})), panel) == ["times"]
    both = replace(ANYONE, times=frozenset({MONDAY_EVENING, TUESDAY_MORNING, SATURDAY_MORNING}))
    assert codes(both, panel) == []


def test_evenings_and_weekends_are_alternatives() -> None:
    panel = replace(PANEL, times=frozenset({SATURDAY_MORNING}))
    assert codes(needing("evenings", "weekends"), panel) == []
    assert codes(needing("evenings"), panel) == ["times"]


def test_contradicting_times_leave_both_open_instead_of_shutting_a_person_out() -> None:
    person = replace(needing("evenings"), times=frozenset({TUESDAY_MORNING}))
    slots = free_slots(person)
    assert slots is not None
    assert {MONDAY_EVENING, TUESDAY_MORNING} <= slots


def test_the_shorter_travel_limit_decides_when_meeting_in_person() -> None:
    panel = replace(PANEL, place=Place(0, 0), travel_km=30.0)
    near = replace(ANYONE, place=Place(3_000, 4_000), travel_km=5.0)
    assert codes(near, panel) == []
    assert codes(replace(near, travel_km=4.9), panel) == ["distance"]
    assert codes(replace(near, place=Place(31_000, 0), travel_km=None), panel) == ["distance"]


def test_distance_does_not_count_where_one_can_join_online() -> None:
    panel = replace(
        PANEL, place=Place(0, 0), travel_km=1.0, formats=frozenset({"in_person", "online"})
    )
    assert codes(replace(ANYONE, place=Place(90_000, 0)), panel) == []


def test_a_person_is_not_asked_more_often_than_the_limit() -> None:
    policy = Policy(asks=2, ask_window=timedelta(days=30))
    asked = (NOW - timedelta(days=3), NOW - timedelta(days=29))
    [block] = blocks(replace(ANYONE, asked=asked), PANEL, NOW, policy=policy)
    assert block.code == "asked_often"
    assert block.sentence == (
        "This person was asked 2 times in 30 days. Ask again from 3 March 2026."
    )
    assert codes(replace(ANYONE, asked=asked[:1]), PANEL, policy=policy) == []
    long_ago = (*asked[:1], NOW - timedelta(days=31))
    assert codes(replace(ANYONE, asked=long_ago), PANEL, policy=policy) == []


@given(st.lists(st.integers(0, 5000), max_size=8), st.integers(1, 4))
def test_within_any_window_nobody_is_asked_more_often_than_the_limit(
    hours: list[int], limit: int
) -> None:
    policy = Policy(asks=limit, ask_window=timedelta(days=30))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    asked: list[datetime] = []
    for hour in sorted(hours):
        now = start + timedelta(hours=hour)
        again = askable_from(replace(ANYONE, asked=tuple(asked)), policy)
        if again is None or again <= now:
            asked.append(now)
    for end in asked:
        recent = [a for a in asked if end - policy.ask_window < a <= end]
        assert len(recent) <= limit


def test_all_reasons_are_told_at_once() -> None:
    person = replace(needing("bsl"), area="E06000001", proposed=frozenset({"o1"}))
    panel = replace(PANEL, areas=frozenset({"E06000016"}))
    assert codes(person, panel) == ["already_proposed", "area", "access_need"]


@given(participants("p1"), opportunities())
def test_every_block_is_told_in_full_sentences(person: Participant, opp: Opportunity) -> None:
    for block in blocks(person, opp, NOW):
        assert block.sentence[0].isupper()
        assert block.sentence.endswith(".")


@given(participants("p1"), opportunities())
def test_withdrawing_consent_always_blocks(person: Participant, opp: Opportunity) -> None:
    assert codes(replace(person, consented=False), opp) == ["no_consent"]


def test_a_voice_is_familiar_while_a_seat_is_held_and_for_two_years_after() -> None:
    def held(*ends: datetime | None) -> bool:
        return is_familiar(replace(ANYONE, seat_ends=ends), NOW)

    assert not held()
    assert held(None)
    assert held(NOW - timedelta(days=729))
    assert not held(NOW - timedelta(days=730))


def test_slots_follow_the_local_clock() -> None:
    assert slot_of(datetime(2026, 3, 2, 18, 30, tzinfo=UTC)) == MONDAY_EVENING
    assert slot_of(datetime(2026, 3, 3, 11, 59, tzinfo=UTC)) == TUESDAY_MORNING
    assert slot_of(datetime(2026, 3, 7, 12, 0, tzinfo=UTC)) == SATURDAY_MORNING + 1
