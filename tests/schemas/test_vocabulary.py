from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import vocabulary as v


def one(*codes: str) -> frozenset[str]:
    return frozenset(codes)


def test_every_list_has_unique_codes_and_known_parents() -> None:
    for code_list in v.lists():
        codes = code_list.codes()
        assert len(codes) == len(set(codes))
        assert all(c.parent in codes for c in code_list.categories if c.parent)


def test_every_asked_question_can_be_answered_with_prefer_not_to_say_and_shows_it_last() -> None:
    for code_list in v.lists():
        if not code_list.derived:
            assert code_list.categories[-1].code == v.PREFER_NOT_TO_SAY


def test_every_countable_category_can_be_named_in_a_sentence() -> None:
    for code_list in (*v.lists("characteristic"), *v.lists("lived_experience")):
        assert all(c.people for c in code_list.countable())


def test_the_detailed_ethnic_groups_are_the_nineteen_of_census_2021() -> None:
    details = [c for c in v.code_list("ethnic_group").categories if c.parent]
    assert len(details) == 19


def test_a_detailed_answer_counts_in_its_parent_too() -> None:
    counted = v.expand({"ethnic_group": one("asian_indian")})
    assert counted == {"ethnic_group": one("asian_indian", "asian")}


@pytest.mark.parametrize("code", sorted(v.UNSTATED))
def test_an_unstated_answer_puts_a_person_in_no_category(code: str) -> None:
    assert v.expand({"religion": one(code)}) == {}


def test_disabled_is_worked_out_only_from_two_full_answers() -> None:
    yes = {"health_condition": one("yes")}
    assert v.expand({**yes, "activity_limited": one("a_little")})["disability"] == one("disabled")
    assert v.expand({**yes, "activity_limited": one("not_at_all")})["disability"] == one(
        "not_disabled"
    )
    assert "disability" not in v.expand(yes)
    assert "disability" not in v.expand({**yes, "activity_limited": one(v.PREFER_NOT_TO_SAY)})


def test_a_code_of_a_newer_list_counts_nowhere() -> None:
    assert v.expand({"ethnic_group": one("code_of_2031"), "list_of_2031": one("x")}) == {}


def test_prefer_not_to_say_cannot_go_with_another_answer() -> None:
    with pytest.raises(v.VocabularyError, match="cannot go with other answers"):
        v.check_answers("lived_experience", ["autism", v.PREFER_NOT_TO_SAY])


def test_a_single_choice_question_takes_one_answer() -> None:
    with pytest.raises(v.VocabularyError, match="one answer only"):
        v.check_answers("sex", ["female", "male"])


def test_a_worked_out_category_cannot_be_chosen() -> None:
    with pytest.raises(v.VocabularyError, match="worked out"):
        v.check_answers("lived_experience", ["rural"])


def test_an_error_never_repeats_the_answer() -> None:
    with pytest.raises(v.VocabularyError) as error:
        v.check_answers("religion", ["secret_value"])
    assert "secret_value" not in str(error.value)


@given(st.sampled_from(v.lists()), st.data())
def test_a_stored_answer_names_its_list_and_version(
    code_list: v.CodeList, data: st.DataObject
) -> None:
    code = data.draw(st.sampled_from(code_list.codes()))
    assert v.coded(code_list.list_id, code) == (code_list.list_id, code_list.version, code)
    assert v.label(code_list.list_id, code)
