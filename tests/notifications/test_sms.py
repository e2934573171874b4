from decimal import Decimal

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.sms import (
    GSM_BASIC,
    GSM_EXTENSION,
    Change,
    Encoding,
    estimate_cost,
    measure,
    parts_as_govuk_notify,
    savings,
)

GSM_TEXT = st.text(alphabet=sorted(GSM_BASIC | GSM_EXTENSION), min_size=1, max_size=700)
ANY_TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from(sorted(GSM_BASIC)),
        st.sampled_from("ŵŷ’“”–…😀👍🏽ąęہاں[]{}€"),
        st.characters(exclude_categories=("Cs",)),
    ),
    min_size=1,
    max_size=500,
)


@given(GSM_TEXT)
def test_parts_of_a_gsm_text_equal_those_of_an_independent_splitter(text: str) -> None:
    size = measure(text)
    assert size.encoding is Encoding.GSM7
    assert size.parts == len(smsutil.split(text).parts)


@given(ANY_TEXT)
def test_parts_of_any_text_equal_those_of_an_independent_splitter(text: str) -> None:
    assert measure(text).parts == len(smsutil.split(text).parts)


@given(ANY_TEXT)
def test_the_units_left_are_exactly_what_still_fits(text: str) -> None:
    size = measure(text)
    filler = "a" * size.units_left
    assert measure(text + filler).parts == size.parts
    assert measure(text + filler + "a").parts == size.parts + 1


def test_an_extension_character_is_not_cut_in_two_at_the_edge_of_a_part() -> None:
    text = "a" * 152 + "^" + "a" * 152
    assert measure(text).parts == 3
    assert parts_as_govuk_notify(text) == 2


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts", "left"),
    [
        ("", Encoding.GSM7, 0, 0, 160),
        ("a" * 160, Encoding.GSM7, 160, 1, 0),
        ("a" * 161, Encoding.GSM7, 161, 2, 145),
        ("€" * 80, Encoding.GSM7, 160, 1, 0),
        ("ŵ" * 70, Encoding.UCS2, 70, 1, 0),
        ("ŵ" * 71, Encoding.UCS2, 71, 2, 63),
        ("😀" * 35, Encoding.UCS2, 70, 1, 0),
        ("😀" * 67, Encoding.UCS2, 134, 3, 65),
    ],
)
def test_sizes_at_the_limits(
    text: str, encoding: Encoding, units: int, parts: int, left: int
) -> None:
    size = measure(text)
    assert (size.encoding, size.units, size.parts, size.units_left) == (
        encoding,
        units,
        parts,
        left,
    )


def test_one_curly_quote_that_doubles_the_price_is_found() -> None:
    text = "It’s your say. " * 8
    assert measure(text).parts == 2
    (saving,) = savings(text)
    assert saving.parts_saved == 1
    assert measure(saving.text).parts == 1
    assert [(r.character, r.instead, r.times) for r in saving.replacements] == [("’", "'", 8)]


def test_a_welsh_letter_is_only_offered_with_a_warning() -> None:
    (saving,) = savings("Mae croeso i chi ddŵad. " * 5)
    (replacement,) = saving.replacements
    assert replacement.change is Change.SPELLING
    assert "Welsh" in replacement.note


def test_square_brackets_are_offered_only_when_they_cost_a_part() -> None:
    assert savings("[hello]") == ()
    (saving,) = savings("[" + "a" * 158 + "]")
    assert (saving.parts_saved, saving.text) == (1, "(" + "a" * 158 + ")")


@given(ANY_TEXT)
def test_every_saving_saves_what_it_says_and_each_saves_more_than_the_last(text: str) -> None:
    found = savings(text)
    assert all(s.parts_saved == measure(text).parts - measure(s.text).parts for s in found)
    assert all(s.parts_saved > 0 for s in found)
    amounts = [s.parts_saved for s in found]
    assert amounts == sorted(set(amounts))


def test_the_cost_is_parts_times_tariff_times_people() -> None:
    assert estimate_cost("a" * 161, Decimal("3.5"), recipients=10) == Decimal("70.0")
    with pytest.raises(ValueError, match="below zero"):
        estimate_cost("a", Decimal(-1))
