from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.wording import find_banned, find_jargon
from schemas.wording_lists import BANNED, JARGON


@pytest.mark.parametrize(
    "text",
    [
        "We ring hard to reach groups.",
        "We ring HARD-TO-REACH groups.",
        "We ring hard\u2011to\u2011reach groups.",
        "We ring hard  to\nreach groups.",
    ],
)
def test_nobody_is_called_hard_to_reach_however_it_is_written(text: str) -> None:
    (found,) = find_banned(text)
    assert "communities we have not yet reached" in found.say
    assert text[found.start : found.end] == found.phrase


@pytest.mark.parametrize("phrase", sorted(BANNED))
def test_every_banned_phrase_is_found_and_no_suggestion_is_banned_itself(phrase: str) -> None:
    (found,) = find_banned(f"about {phrase}, we say")
    assert found.why.endswith(".")
    assert not any(find_banned(say) for say in found.say)


@pytest.mark.parametrize("phrase", sorted(JARGON))
def test_every_jargon_word_is_found_and_its_plain_word_is_plain(phrase: str) -> None:
    (found,) = find_jargon(f"about {phrase}.")
    assert not any(find_jargon(say) for say in found.say)


@pytest.mark.parametrize(
    "text",
    [
        "It is hard to hearten him.",
        "Disabled people reach hard decisions.",
        "A victimless crime of the blindfolded",
    ],
)
def test_words_that_only_look_alike_are_left_alone(text: str) -> None:
    assert [f.phrase for f in find_banned(text)] == []


def test_longer_phrases_win_over_shorter_ones_inside_them() -> None:
    assert [f.phrase for f in find_banned("dementia sufferers")] == ["dementia sufferers"]


@given(st.text(max_size=200))
def test_findings_are_in_order_and_never_overlap(text: str) -> None:
    found = find_banned(text + " hard to reach " + text)
    assert found
    assert all(a.end <= b.start for a, b in pairwise(found))
