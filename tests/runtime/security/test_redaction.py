"""No phone number, email address or personal field passes into a log line."""

import re
import string
from uuid import UUID

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.security.redaction import BLANK, is_personal_key, redact, redact_text

separators = st.sampled_from(["", " ", "-", ".", " - ", "\u00a0", ") "])
around = st.sampled_from(["", " ", ": ", "to=", "(", "'", "phone-", "tel:", "x", "\n"])


@st.composite
def phone_numbers(draw: st.DrawFn) -> str:
    """UK numbers as people and programs write them."""
    national = draw(st.sampled_from(["7", "20", "113", "1632"]))
    national += draw(
        st.text(string.digits, min_size=10 - len(national), max_size=10 - len(national))
    )
    written = draw(st.sampled_from(["0", "+44", "0044", "44", "+44 (0)", "(0"])) + national[0]
    for digit in national[1:]:
        written += draw(separators) + digit
    return written


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


@given(phone=phone_numbers(), before=around, after=around)
def test_a_phone_number_is_blanked_however_it_is_written(
    phone: str, before: str, after: str
) -> None:
    cleaned = redact_text(f"{before}{phone}{after}")
    assert BLANK in cleaned
    assert len(digits(cleaned)) <= 4


@given(email=st.emails(), before=around, after=st.sampled_from(["", " ", ">", ", "]))
def test_an_email_address_is_blanked(email: str, before: str, after: str) -> None:
    cleaned = redact_text(f"{before}{email}{after}")
    assert email not in cleaned
    assert "@" not in cleaned


def test_an_email_address_in_a_web_address_is_blanked() -> None:
    assert redact_text("GET /sign-in?email=amina%40example.org 303") == f"GET {BLANK} 303"


@given(identifier=st.uuids())
def test_ids_stay_readable(identifier: UUID) -> None:
    line = f"participant {identifier} registered at 2026-03-01T09:00:00.123456+00:00"
    assert redact_text(line) == line


@pytest.mark.parametrize(
    "line",
    [
        "took 0.0123456789 s",
        "sent 3,000 of 22,500",
        "trace 0af7651916cd43dd8448eb211c80319c",
        "hash 07a7700900123456ffffffffffffffff0770090012345678bbbbbbbbbbbbbbbb",
        "port 8000, offset 1767225600",
        "on 2026-03-01",
        "services.runtime.outbox:142",
    ],
)
def test_figures_and_hashes_stay_readable(line: str) -> None:
    assert redact_text(line) == line


@pytest.mark.parametrize(
    "key",
    [
        "phone",
        "phone_number",
        "mobilePhone",
        "email",
        "to_address",
        "given_name",
        "participant_name",
        "name",
        "note",
        "date_of_birth",
        "ethnicity",
        "api-token",
        "AUTHORIZATION",
        "set-cookie",
        "free_text",
        "answers",
    ],
)
def test_keys_that_name_something_personal_lose_their_value(key: str) -> None:
    assert is_personal_key(key)
    assert redact(None, "info", {key: "Amina"}) == {key: BLANK}
    assert redact(None, "info", {"inner": [{key: "Amina"}]}) == {"inner": [{key: BLANK}]}


@pytest.mark.parametrize(
    "key", ["event", "topic_name", "participant_id", "service", "phone_count", "level", "duration"]
)
def test_keys_of_the_work_itself_keep_theirs(key: str) -> None:
    assert not is_personal_key(key)
    assert redact(None, "info", {key: "registered"}) == {key: "registered"}


nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.uuids(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(st.text(max_size=8) | st.tuples(st.integers()), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(value=nested, phone=phone_numbers(), email=st.emails())
def test_nothing_personal_survives_at_any_depth(value: object, phone: str, email: str) -> None:
    line = {"event": value, "context": [value, {"deep": (phone, {email: phone.encode()})}]}
    shown = repr(redact(None, "info", line)["context"][1])
    assert email not in shown
    assert len(digits(shown)) <= 12


def test_a_phone_number_logged_as_a_whole_number_is_blanked() -> None:
    line = redact(None, "info", {"value": 447700900123, "rows": 12, "ok": True, "rate": 0.5})
    assert line == {"value": BLANK, "rows": 12, "ok": True, "rate": 0.5}


def test_a_traceback_that_quotes_a_number_is_cleaned() -> None:
    lines: list[str] = []

    class Sink:
        def msg(self, message: str) -> None:
            lines.append(message)

        error = msg

    log = structlog.wrap_logger(
        Sink(),
        processors=[
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(),
        ],
    )
    try:
        raise ValueError("cannot text +44 7700 900123 or amina@example.org")
    except ValueError:
        log.error("sending failed", exc_info=True)
    assert "ValueError" in lines[0]
    assert "900123" not in lines[0]
    assert "amina" not in lines[0]


def test_a_very_long_line_is_cleaned_too() -> None:
    line = "a" * 200_000 + " 07700 900123"
    assert redact_text(line).endswith(f" {BLANK}")
