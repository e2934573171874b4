from __future__ import annotations

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.practice import review, words
from services.matching.practice.review import ReviewError, State, Step, after, open_steps

STATES, STEPS = get_args(State), get_args(Step)


def test_an_article_is_sent_reviewed_and_published_by_two_people() -> None:
    assert after("draft", "submit", by_author=True) == "in_review"
    assert after("in_review", "publish", by_author=False) == "published"
    assert after("published", "withdraw", by_author=True) == "draft"


def test_nobody_publishes_their_own() -> None:
    with pytest.raises(ReviewError, match="second person"):
        after("in_review", "publish", by_author=True)


def test_it_is_returned_with_a_reason_only() -> None:
    with pytest.raises(ReviewError, match="Say why"):
        after("in_review", "return", by_author=False, reason="  ")
    assert after("in_review", "return", by_author=False, reason="Add the cost.") == "returned"
    assert after("returned", "submit", by_author=True) == "in_review"


@pytest.mark.parametrize(("state", "step", "author"), product(STATES, STEPS, (True, False)))
def test_the_buttons_shown_are_the_steps_that_work(state: State, step: Step, author: bool) -> None:
    offered = step in open_steps(state, by_author=author, may_review=True)
    try:
        after(state, step, by_author=author, reason="because")
        works = True
    except ReviewError:
        works = False
    assert offered == works


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.booleans()), max_size=20))
def test_whatever_is_tried_nothing_is_published_without_a_second_person(
    tries: list[tuple[Step, bool]],
) -> None:
    state: State = "draft"
    seen_by_other = False
    for step, author in tries:
        try:
            state = after(state, step, by_author=author, reason="because")
        except ReviewError:
            continue
        seen_by_other = step == "publish" and not author
        assert (state == "published") == seen_by_other
        assert not (state == "published" and review.is_editable(state))


@given(st.text(max_size=200))
def test_search_words_hold_letters_and_digits_only(typed: str) -> None:
    for term in words.terms(typed):
        assert term.isalnum()


def test_common_words_are_left_out_of_a_search() -> None:
    assert words.terms("What to do about the Food-Bank, and the food?") == ("food", "bank")
    assert words.terms("what is it?") == ()
