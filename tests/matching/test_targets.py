from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.vocabulary import VocabularyError
from services.matching.characteristics import group, people
from services.matching.targets import Reference, Target, TargetError, check
from tests.matching.people import BLACK, CARERS, WOMEN, YOUNG, YOUNG_CARERS

CENSUS = Reference("census", "E06000016", "Leicester", "TS021")


def fault(*targets: Target, seats: int = 8) -> str:
    with pytest.raises(TargetError) as error:
        check(targets, seats)
    return str(error.value)


def test_targets_of_every_kind_pass() -> None:
    targets = (
        Target("a", BLACK, proportion=0.12, reference=CENSUS),
        Target("b", CARERS, least=1, most=3),
        Target("c", YOUNG_CARERS),
    )
    assert check(targets, 8) == targets


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (Target("t", WOMEN, proportion=51), "give a proportion between 0 and 1"),
        (Target("t", WOMEN, proportion=0.5, least=1), "not both"),
        (Target("t", WOMEN, least=9), "at least 9 seats does not fit: there are 8"),
        (Target("t", WOMEN, most=-1), "at most -1 seats does not fit"),
        (Target("t", WOMEN, least=3, most=2), "the least number of seats is above the greatest"),
        (Target("t", WOMEN, least=1, weight=0), "give a weight above 0"),
        (Target("t", WOMEN, least=1, weight=float("nan")), "give a weight above 0"),
        (Target("t", WOMEN, least=1, reference=CENSUS), "a census figure gives a proportion"),
        (Target("t", WOMEN, proportion=0.5, reference=Reference("census")), "name the census area"),
    ],
)
def test_a_target_that_cannot_be_is_told_in_a_plain_sentence(target: Target, says: str) -> None:
    assert says in fault(target)


def test_lived_experience_has_no_census() -> None:
    text = fault(Target("t", CARERS, proportion=0.1, reference=CENSUS))
    assert "No census counts unpaid carers, so set this target yourself and say why." in text


def test_gender_identity_has_no_census_either() -> None:
    gender = group(("gender_same", "no"))
    assert "No census counts" in fault(Target("t", gender, proportion=0.01, reference=CENSUS))


def test_all_faults_are_told_at_once() -> None:
    text = fault(Target("a", WOMEN, proportion=2), Target("b", BLACK, least=-1))
    assert "between 0 and 1" in text
    assert "does not fit" in text


def test_shares_of_one_characteristic_add_up_to_at_most_1() -> None:
    young, old = (group(("age_band", c)) for c in ("18_24", "85_plus"))
    text = fault(Target("a", young, proportion=0.6), Target("b", old, proportion=0.5))
    assert text == "The proportions for “Age” add up to more than 1."


def test_a_broad_group_and_its_detail_may_both_have_shares() -> None:
    african = group(("ethnic_group", "black_african"))
    assert check([Target("a", BLACK, proportion=0.7), Target("b", african, proportion=0.6)], 8)


def test_least_numbers_of_one_characteristic_fit_the_seats() -> None:
    text = fault(Target("a", YOUNG, least=5), Target("b", group(("age_band", "65_74")), least=4))
    assert text == "The least numbers for “Age” add up to more than the 8 seats."


def test_the_same_group_has_one_target() -> None:
    assert "same group" in fault(Target("a", WOMEN, least=1), Target("b", WOMEN, most=3))


@pytest.mark.parametrize(
    "pairs",
    [
        [("religion", "prefer_not_to_say")],
        [("lived_experience", "none")],
        [("access_needs", "bsl")],
        [("sex", "male"), ("sex", "female")],
        [("no_such", "thing")],
        [("sex", "no_such")],
        [],
    ],
)
def test_what_is_not_a_group_of_people_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(VocabularyError):
        group(*pairs)


def test_an_intersection_reads_as_words() -> None:
    assert people(YOUNG_CARERS) == "unpaid carers among people aged 18 to 24"


@given(st.floats(0, 1), st.integers(1, 100))
def test_a_share_asks_for_that_share_of_all_seats(share: float, seats: int) -> None:
    target = Target("t", WOMEN, proportion=share)
    assert target.floor(seats) == pytest.approx(share * seats)
    assert target.ceiling(seats) == seats
