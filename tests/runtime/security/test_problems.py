"""Refusals, and where a person may be sent after signing in."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from services.runtime.security.problems import RefusedError, refusal_response, safe_next


@pytest.mark.parametrize("target", ["/", "/contacts", "/opportunities/1?page=2#top", "/a//b"])
def test_a_path_of_ours_is_followed(target: str) -> None:
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "contacts",
        "/\t/evil.example",
        "\n//evil.example",
        "/x\r\nset-cookie: a=b",
    ],
)
def test_anything_else_leads_to_the_start_page(target: str | None) -> None:
    assert safe_next(target) == "/"


@given(target=st.text("/\\:@.?#aé \t\n", max_size=12))
def test_no_target_ever_leads_to_another_site(target: str) -> None:
    # Browsers drop tabs and line ends, and read a backslash as a slash (WHATWG URL).
    as_read = safe_next(target).translate({9: None, 10: None, 13: None}).replace("\\", "/")
    assert urlsplit(urljoin("https://voices.example/sign-in", as_read)).netloc == "voices.example"


def test_words_in_a_refusal_cannot_become_markup() -> None:
    scope = {"type": "http", "headers": [(b"accept", b"text/html")], "method": "GET", "path": "/"}
    error = RefusedError(403, "x", "<script>", "<b>")
    body = refusal_response(Request(scope), error, "/sign-in").body
    assert b"<script>" not in bytes(body)
    assert b"&lt;script&gt;" in bytes(body)
