from hypothesis import given
from hypothesis import strategies as st

from services.notifications.letter import (
    guard,
    parse,
    to_audio_script,
    to_html,
    to_plain,
    to_text_relay,
)

LETTER = """
Hello Amina.
This is us.

# What to do

- Text YES
- Or ring 0161 496 0000

[Answer online](https://voices.example.org/a?x=1&y=2)
"""


def test_one_letter_becomes_html_with_headings_points_and_a_button() -> None:
    html = to_html(parse(LETTER))
    assert "<p>Hello Amina. This is us.</p>" in html
    assert "<h2>What to do</h2>" in html
    assert '<li>Or ring <a href="tel:01614960000" dir="ltr">0161 496 0000</a></li>' in html
    assert (
        '<a class="button" href="https://voices.example.org/a?x=1&amp;y=2">Answer online</a>'
        in html
    )


def test_the_plain_twin_says_the_same_in_the_same_order() -> None:
    assert to_plain(parse(LETTER)) == (
        "Hello Amina. This is us.\n\nWhat to do\n----------\n\n- Text YES\n"
        "- Or ring 0161 496 0000\n\nAnswer online: https://voices.example.org/a?x=1&y=2\n"
    )


def test_an_audio_script_has_no_links_and_reads_numbers_digit_by_digit() -> None:
    script = to_audio_script(parse(LETTER))
    assert "https" not in script
    assert "0 1 6 1, 4 9 6, 0 0 0 0." in script
    assert "[pause]\nWhat to do." in script


def test_text_relay_gives_numbers_to_dial_through_relay_uk() -> None:
    assert "18001 0161 496 0000" in to_text_relay(parse(LETTER))


def test_a_value_that_looks_like_markup_stays_text() -> None:
    for value in ("# Big", "- point", "[click](https://evil.example)", "a\n\n# b", "<b>x</b>"):
        blocks = parse(guard(value) + "\n")
        assert [b.kind for b in blocks] == ["paragraph"]
        assert "<a" not in to_html(blocks)
        assert "<b>" not in to_html(blocks)
        assert to_plain(blocks).strip() == " ".join(value.split())


def test_a_link_that_is_not_https_is_not_a_link() -> None:
    assert "<a" not in to_html(parse("[click](javascript:alert(1))"))
    assert "<a" not in to_html(parse("[click](http://example.org)"))


@given(st.text())
def test_whatever_a_value_holds_no_heading_point_or_link_comes_of_it(value: str) -> None:
    blocks = parse(f"Hello {guard(value)}.\n\n{guard(value)}\n\n[words]({guard(value)})")
    assert {b.kind for b in blocks} == {"paragraph"}
    urls = [s.url for b in blocks[:-1] for line in b.lines for s in line]
    assert not any(urls)
