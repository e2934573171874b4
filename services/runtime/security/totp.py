"""One-time codes from an authenticator app (RFC 6238), each accepted once, and recovery codes."""

import hmac
import secrets
from datetime import datetime

import pyotp

from services.runtime.security.tokens import hash_of

STEP_SECONDS = 30
_DRIFT_STEPS = 1  # a phone's clock may be half a minute off
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def new_totp_secret() -> str:
    """160 random bits in base32; keep it sealed."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, account_name: str, issuer: str = "New Voices") -> str:
    """The otpauth:// text behind the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account_name, issuer_name=issuer)


def accept_code(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """The time step of a right code, or None for a wrong, old or already used one.

    Store the step with the account in the transaction that signs in, and give it as `last_step`
    next time: a code seen over somebody's shoulder does not work again.
    """
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    code = "".join(code.split())
    current = int(now.timestamp()) // STEP_SECONDS
    accepted = None
    for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1):
        right = hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())
        if right and (last_step is None or step > last_step):
            accepted = step
    return accepted


def new_recovery_codes(count: int = 8) -> list[tuple[str, str]]:
    """Codes for a lost phone, each with the hash to keep; 120 random bits, used once.

    Long enough for a plain hash (ASVS 5.0, 6.5.2). Shown once, in groups of four.
    """
    return [_recovery_code() for _ in range(count)]


def recovery_hash(typed: str) -> str:
    """The hash of a typed recovery code, whatever its case, spaces and hyphens."""
    return hash_of("".join(character for character in typed.upper() if character.isalnum()))


def _recovery_code() -> tuple[str, str]:
    groups = ["".join(secrets.choice(_BASE32) for _ in range(4)) for _ in range(6)]
    code = "-".join(groups)
    return code, recovery_hash(code)
