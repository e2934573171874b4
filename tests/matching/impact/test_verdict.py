from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.impact.measuring import share
from services.matching.impact.verdict import Figure, answer, sentence
from services.matching.suppression import Rule

RATE, FILL = "new_voice_rate", "time_to_fill"


@pytest.mark.parametrize(
    ("figure", "status"),
    [
        (Figure(RATE, 0.6, 0.5, 0.7, aim=0.5), "met"),
        (Figure(RATE, 0.4, 0.3, 0.55, aim=0.5), "unclear"),
        (Figure(RATE, 0.3, 0.2, 0.4, aim=0.5), "missed"),
        (Figure(FILL, 30, 20, 40, aim=42), "met"),
        (Figure(FILL, 50, 35, None, aim=42), "unclear"),
        (Figure(FILL, 60, 50, 70, aim=42), "missed"),
        (Figure(RATE, hidden=True, aim=0.5), "too_few"),
        (Figure(RATE, aim=0.5), "nothing_yet"),
        (Figure(RATE, 0.6, 0.5, 0.7), "no_aim"),
    ],
)
def test_a_figure_is_judged_by_its_aim_and_what_chance_may_do(figure: Figure, status: str) -> None:
    assert figure.status == status


def test_an_answer_claims_no_more_than_its_figures() -> None:
    met = Figure(RATE, 0.6, 0.5, 0.7, aim=0.5)
    unclear = Figure("accepted", 0.4, 0.3, 0.55, aim=0.5)
    missed = Figure(FILL, 60, 50, 70, aim=42)
    few = Figure("retention", hidden=True, aim=0.5)
    assert answer("working", [met, few]).word == "yes"
    assert answer("working", [met, unclear]).word == "mostly"
    assert answer("working", [met, missed]).word == "in_part"
    assert answer("working", [missed]).word == "not_yet"
    assert answer("working", [few]).word == "too_early"
    assert answer("worthwhile", [met]).word == "too_early"


def test_a_sentence_gives_the_count_the_range_and_the_aim() -> None:
    told = sentence(Figure(RATE, 21 / 33, 0.466, 0.778, 21, 33, aim=0.5))
    assert told == (
        "Seats taken by new voices: 64%, 21 of 33. It may well be anything from 47% to 78%. "
        "The aim is at least 50%: reached."
    )
    cost = sentence(Figure("cost_per_new_voice", 31_000, 20_000, None, aim=40_000))
    assert "£310" in cost
    assert "from £200 up" in cost
    assert "at most £400: reached" in cost


@given(st.integers(0, 60), st.integers(0, 60))
def test_no_share_of_people_tells_of_a_few(part: int, rest: int) -> None:
    figure = share(RATE, part, part + rest, Rule(threshold=5))
    if figure.value is not None:
        assert part == 0 or part >= 5
        assert rest == 0 or rest >= 5
    elif part + rest:
        assert figure.hidden
        assert sentence(figure).endswith("too few people to show.")
