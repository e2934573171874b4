"""One-time codes: right ones once, wrong ones never."""

from datetime import UTC, datetime, timedelta

import pyotp
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.security.totp import (
    accept_code,
    new_recovery_codes,
    new_totp_secret,
    provisioning_uri,
    recovery_hash,
)

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
times = st.integers(1_600_000_000, 2_800_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))


@given(now=times, drift=st.integers(-30, 30))
def test_a_code_from_a_slightly_wrong_clock_is_accepted_once(now: datetime, drift: int) -> None:
    code = pyotp.TOTP(SECRET).at(now + timedelta(seconds=drift))
    step = accept_code(SECRET, code, now, None)
    assert step is not None
    assert accept_code(SECRET, code, now, step) is None
    assert accept_code(SECRET, code, now + timedelta(seconds=5), step) is None


@given(now=times, steps=st.integers(-20, 20).filter(lambda steps: abs(steps) > 1))
def test_an_old_or_future_code_is_refused(now: datetime, steps: int) -> None:
    totp = pyotp.TOTP(SECRET)
    code = totp.at(now, counter_offset=steps)
    near = {totp.at(now, counter_offset=offset) for offset in (-1, 0, 1)}
    assert (accept_code(SECRET, code, now, None) is None) == (code not in near)


@given(now=times, noise=st.text(max_size=12))
def test_noise_is_no_code(now: datetime, noise: str) -> None:
    near = {pyotp.TOTP(SECRET).at(now, counter_offset=offset) for offset in (-1, 0, 1)}
    if "".join(noise.split()) not in near:
        assert accept_code(SECRET, noise, now, None) is None


def test_a_code_typed_with_a_space_is_accepted() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    code = pyotp.TOTP(SECRET).at(now)
    assert accept_code(SECRET, f" {code[:3]} {code[3:]} ", now, None) is not None


def test_secrets_differ_and_the_uri_names_account_and_issuer() -> None:
    first, second = new_totp_secret(), new_totp_secret()
    assert first != second
    assert len(first) == 32
    uri = provisioning_uri(first, "lw@example.org")
    assert uri.startswith("otpauth://totp/New%20Voices:lw%40example.org?")
    assert first in uri


def test_recovery_codes_are_recognised_however_they_are_typed() -> None:
    codes = new_recovery_codes()
    assert len({code for code, _ in codes}) == 8
    code, stored = codes[0]
    assert recovery_hash(code.lower().replace("-", " ")) == stored
    assert recovery_hash(code[:-1]) != stored
    assert code.replace("-", "") not in stored
