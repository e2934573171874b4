import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.links import links_in, unsafe_links


@pytest.mark.parametrize(
    ("link", "word"),
    [
        ("http://voices.example.org/a", "https"),
        ("https://bit.ly/3xyz", "full link"),
        ("https://www.tinyurl.com/x", "full link"),
        ("bit.ly/3xyz", "in full"),
        ("www.example.org", "in full"),
        ("https://bank.example@evil.example/", "@"),
        ("https://192.0.2.1/a", "name"),
        ("https://[2001:db8::1]/a", "cannot be read"),
        ("https://аpple.example/", "plain letters"),
        ("https://xn--pple-43d.example/", "plain letters"),
        ("https://[broken/", "cannot be read"),
    ],
)
def test_an_unsafe_link_is_named_with_what_to_do(link: str, word: str) -> None:
    (found,) = unsafe_links(f"Go to {link} today.")
    assert word in found.problem


def test_a_full_https_link_is_fine_and_a_foreign_site_is_pointed_out() -> None:
    text = "Answer at https://voices.example.org/a?x=1. Thank you."
    assert links_in(text) == ("https://voices.example.org/a?x=1",)
    assert unsafe_links(text) == ()
    assert unsafe_links(text, frozenset({"example.org"})) == ()
    (found,) = unsafe_links(text, frozenset({"ample.org"}))
    assert "list of sites" in found.problem


@pytest.mark.parametrize(
    "text", ["Come at 10.30am. Bring tea.", "amina@example.org", "e.g. this", "Dr.Smith is here"]
)
def test_what_is_no_link_is_left_alone(text: str) -> None:
    assert unsafe_links(text) == ()


@given(st.text(max_size=200))
def test_no_text_breaks_the_check(text: str) -> None:
    assert isinstance(unsafe_links("https://" + text), tuple)
