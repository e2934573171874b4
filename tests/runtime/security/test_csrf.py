"""Form tokens and where a request says it comes from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.security import csrf

KEY = bytes(range(32))
OURS = "https://voices.example"
bindings = st.text(min_size=1, max_size=40)


@given(binding=bindings, other=bindings)
def test_a_form_token_holds_for_its_own_session_only(binding: str, other: str) -> None:
    token = csrf.make_token(KEY, binding)
    assert csrf.token_holds(KEY, binding, token)
    assert csrf.token_holds(KEY, other, token) == (other == binding)
    assert not csrf.token_holds(bytes(32), binding, token)


@given(binding=bindings, noise=st.text(max_size=90))
def test_noise_is_no_form_token(binding: str, noise: str) -> None:
    assert not csrf.token_holds(KEY, binding, noise)


def test_no_token_holds_without_a_binding() -> None:
    assert not csrf.token_holds(KEY, "", csrf.make_token(KEY, ""))


def test_two_pages_show_two_different_tokens() -> None:
    assert csrf.make_token(KEY, "s") != csrf.make_token(KEY, "s")


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin", "origin": OURS}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site", "origin": OURS}, True),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "null"}, True),
        ({"origin": "http://voices.example:99", "host": "voices.example"}, True),
        ({"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}, False),
        ({"origin": "https://voices.example.evil.example"}, True),
    ],
)
def test_requests_from_other_sites_are_known(headers: dict[str, str], foreign: bool) -> None:
    assert csrf.comes_from_elsewhere(headers, OURS) == foreign


@pytest.mark.parametrize(
    ("headers", "proved"),
    [
        ({"content-type": "application/json", "sec-fetch-site": "same-origin"}, True),
        ({"content-type": "application/cloudevents+json; a=b", "origin": OURS}, True),
        ({"content-type": "application/json"}, False),
        ({"content-type": "application/json", "sec-fetch-site": "none"}, False),
        ({"content-type": "application/json", "origin": "https://evil.example"}, False),
        ({"content-type": "text/plain", "origin": OURS}, False),
        ({"origin": OURS}, False),
    ],
)
def test_json_needs_proof_of_our_page(headers: dict[str, str], proved: bool) -> None:
    assert csrf.is_json_from_our_page(headers, OURS) == proved
