from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching import explain, gaps, scoring
from services.matching.characteristics import Categories
from services.matching.model import Opportunity, Participant
from services.matching.targets import Target
from tests.matching.people import (
    BLACK,
    NOW,
    WOMEN,
    YOUNG_CARERS,
    answers,
    categories,
    fit_crowd,
    opportunities,
    panels,
)

TARGETS = (
    Target("b", BLACK, proportion=0.2),
    Target("w", WOMEN, proportion=0.5),
    Target("c", YOUNG_CARERS, least=1, name="carers under 25"),
)
PANEL = Opportunity(
    "o1", 8, TARGETS, offers=frozenset({"bsl"}), can_arrange=frozenset({"transport", "childcare"})
)
MAN = answers(sex="male")


def each_after_the_one_before(
    opp: Opportunity, tally: gaps.Tally, people: list[Participant]
) -> list[explain.Explanation]:
    """The proposals explained in their order, each as if those before it had been approved."""
    by_id = {p.participant_id: p for p in people}
    told = []
    for found in scoring.propose(opp, tally, people, NOW):
        someone = by_id[found.participant_id]
        told.append(explain.explain(found, opp, tally, someone))
        tally = tally.with_person(someone.categories)
    return told


def sentences(
    people: list[Participant], *holders: Categories, opp: Opportunity = PANEL
) -> list[str]:
    tally = gaps.count(opp, holders)
    return [e.sentence for e in each_after_the_one_before(opp, tally, people)]


def person(name: str, *needs: str, familiar: bool = False, **chosen: str) -> Participant:
    ends = (None,) if familiar else ()
    return Participant(name, answers(**chosen), needs=frozenset(needs), seat_ends=ends)


def test_a_new_voice_who_eases_one_gap() -> None:
    assert sentences([person("p", "bsl", sex="female")], MAN) == [
        "We suggest this person because they are a new voice, women would go from 0 to 1 of "
        "4 seats and all their access needs are met."
    ]


def test_a_familiar_voice_who_changes_no_gap() -> None:
    assert sentences([person("p", familiar=True, sex="male")]) == [
        "We suggest this person because they are a familiar voice, no gap would change and they "
        "told us of no access needs."
    ]


def test_a_pair_and_needs_that_the_host_arranges() -> None:
    people = [
        person("p1", "transport", sex="male", ethnic_group="black_african"),
        person("p2", "transport", "childcare", familiar=True, ethnic_group="black_caribbean"),
    ]
    assert sentences(people) == [
        "We suggest this person because they are a new voice, Black people would go from 0 to 1 "
        "of about 2 seats, a second person comes with them so that nobody stands alone for Black "
        "people and the host can arrange what they need (transport or a taxi).",
        "We suggest this person because they are a familiar voice, Black people would go from 1 "
        "to 2 of about 2 seats, a second person comes with them so that nobody stands alone for "
        "Black people and the host can arrange what they need (childcare; transport or a taxi).",
    ]


def test_somebody_who_would_stand_alone_with_another_gap_eased_too() -> None:
    alone = person("p", "other", sex="female", ethnic_group="black")
    assert sentences([alone]) == [
        "We suggest this person because they are a new voice, Black people would go from 0 to 1 "
        "of about 2 seats, 1 more gap would get smaller, they would stand alone for Black people "
        "as we found no second person yet and we will ask them what else they need."
    ]


def test_company_for_somebody_who_stands_alone() -> None:
    opp = replace(PANEL, targets=(Target("b", BLACK),))
    people = [person("p", ethnic_group="black")]
    assert sentences(people, answers(ethnic_group="black"), opp=opp) == [
        "We suggest this person because they are a new voice, no gap would change, the one "
        "person who stands alone for Black people gets company and they told us of no access "
        "needs."
    ]


def test_a_group_with_its_own_name_and_a_target_of_one_seat() -> None:
    both = Participant("p", answers(age_band="18_24", lived_experience="unpaid_carer"))
    assert sentences([both]) == [
        "We suggest this person because they are a new voice, carers under 25 would go from 0 to "
        "1 of 1 seat, they would stand alone for carers under 25 as we found no second person "
        "yet and they told us of no access needs."
    ]


def test_a_seat_too_many_is_warned_about() -> None:
    opp = Opportunity("o1", 8, (Target("w", WOMEN, most=1),))
    assert sentences([person("p", sex="female")], answers(sex="female"), opp=opp) == [
        "Think again before you choose this person, because women would hold 2 seats and you set "
        "at most 1."
    ]


def test_the_numbers_show_each_target_before_and_after() -> None:
    people = [person("p", sex="female", ethnic_group="black")]
    tally = gaps.count(PANEL, [MAN])
    [found] = scoring.propose(PANEL, tally, people, NOW)
    told = explain.explain(found, PANEL, tally, people[0])
    assert [(c.target.target_id, c.before.held, c.after.held) for c in told.changes] == [
        ("b", 0, 1),
        ("w", 0, 1),
    ]
    assert sum(c.gain for c in told.changes) == found.score.gain
    assert told.index_before - told.index_after == pytest.approx(found.score.gain / 1e5, abs=2e-5)
    assert told.new_voice


def test_an_unmet_need_is_told_when_a_coordinator_looks_at_someone_all_the_same() -> None:
    someone = person("p", "braille_audio", sex="female")
    score = scoring.score(PANEL, gaps.count(PANEL, []), someone, NOW)
    told = explain.explain(
        scoring.Proposal("o1", "p", score), PANEL, gaps.count(PANEL, []), someone
    )
    assert told.needs.blocking == ("braille_audio",)
    assert "we still have to find what they need (braille or audio)." in told.sentence


@given(panels, fit_crowd(), st.lists(categories, max_size=6))
def test_every_proposal_is_told_in_one_sentence_without_ids(
    opp: Opportunity, people: list[Participant], holders: list[Categories]
) -> None:
    tally = gaps.count(opp, holders)
    for told in each_after_the_one_before(opp, tally, people):
        assert told.sentence.count(".") == 1
        assert told.sentence.endswith(".")
        assert told.participant_id not in told.sentence.replace(".", " ").split()


def test_what_if_shows_the_gaps_and_changes_nothing() -> None:
    tally = gaps.count(PANEL, [MAN])
    woman = answers(sex="female")
    seen = explain.what_if(tally, [woman, woman])
    assert (seen.before[1].held, seen.after[1].held, seen.free_after) == (0, 2, 5)
    assert seen.index_after < seen.index_before
    assert tally == gaps.count(PANEL, [MAN])


@given(opportunities(), st.lists(categories, max_size=6), st.lists(categories, max_size=4))
def test_what_if_is_what_happens_when_the_people_take_their_seats(
    opp: Opportunity, holders: list[Categories], approved: list[Categories]
) -> None:
    tally = gaps.count(opp, holders)
    if len(approved) > tally.free:
        with pytest.raises(ValueError, match="Choose fewer people"):
            explain.what_if(tally, approved)
        return
    after = gaps.count(opp, [*holders, *approved])
    assert explain.what_if(tally, approved).after == gaps.gaps(after)
