"""Signed, expiring session tokens that any service verifies without a call.

Outreach signs with an Ed25519 key (RFC 8032); the other services need only the public key, so one
that is broken into cannot sign anybody in. A token is

    <key id>.<payload, base64url JSON>.<signature, base64url>

and travels in a host-only cookie. The id of a session changes at every sign-in and every change of
privilege (`begin`), and stays the same when only its idle time is extended (`renew`). A token names
the address that it is for, so that one of a trial installation with the same key opens nothing.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Self
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.runtime.security.keys import derive
from services.runtime.security.principal import ALL_SCOPES, Principal, Role
from services.runtime.security.settings import SecuritySettings

MAX_TOKEN_CHARACTERS = 3000  # browsers cut cookies at 4,096 bytes, name and attributes included
KNOWN_TOKENS = 2000


class SessionRefusedError(Exception):
    """The token is not a session of ours, or it has ended."""


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in principal and the session's times (UTC, whole seconds)."""

    principal: Principal
    started_at: datetime
    expires_at: datetime
    second_factor: bool = False

    @property
    def id(self) -> str:
        return self.principal.session_id

    def signed_in_within(self, period: timedelta, now: datetime) -> bool:
        """For changes that ask for a fresh sign-in, such as a new password or passkey."""
        return now - self.started_at <= period


class SessionKeeper:
    """Begins, renews, writes and reads sessions. Without a private key it only reads."""

    def __init__(
        self,
        verify_with: Sequence[Ed25519PublicKey],
        sign_with: Ed25519PrivateKey | None = None,
        idle: timedelta = timedelta(hours=1),
        absolute: timedelta = timedelta(hours=12),
        audience: str = "",
    ) -> None:
        keys = [*verify_with, *([sign_with.public_key()] if sign_with else [])]
        self._public = {_key_id(key): key for key in keys}
        self._private = sign_with
        # A signature once good stays good; whether the session is over or revoked is asked anew.
        self._known = lru_cache(maxsize=KNOWN_TOKENS)(self._verified)
        self._idle = idle
        self._absolute = absolute
        self._audience = audience

    @classmethod
    def from_settings(cls, settings: SecuritySettings, data_folder: Path | None = None) -> Self:
        """Reads with the public keys if they are given; otherwise signs with the secret key.

        Raises MissingSecretError if there is neither.
        """
        if settings.session_public_keys:
            public = [
                Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
                for key in settings.session_public_keys
            ]
            return cls(
                public,
                None,
                settings.session_idle,
                settings.session_absolute,
                settings.public_origin,
            )
        seed = derive(settings.secret(data_folder), "session signing key")
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(
            [],
            private,
            settings.session_idle,
            settings.session_absolute,
            settings.public_origin,
        )

    @property
    def public_keys(self) -> tuple[str, ...]:
        """For NEWVOICES_SESSION_PUBLIC_KEYS of the services that only verify."""
        return tuple(
            base64.b64encode(key.public_bytes_raw()).decode() for key in self._public.values()
        )

    @property
    def can_sign(self) -> bool:
        return self._private is not None

    def begin(
        self,
        *,
        account_id: UUID,
        role: Role,
        organisation_id: str,
        team_id: str | None,
        now: datetime,
        scopes: frozenset[str] = ALL_SCOPES,
        second_factor: bool = False,
    ) -> Session:
        """A new session with an id nobody has seen before (ASVS 5.0, 7.2.4)."""
        session_id = secrets.token_urlsafe(24)
        principal = Principal(account_id, role, organisation_id, team_id, session_id, scopes)
        now = now.replace(microsecond=0)
        return Session(principal, now, now + min(self._idle, self._absolute), second_factor)

    def renew(self, session: Session, now: datetime) -> Session | None:
        """The session with its idle time extended, once half of it is used; otherwise None."""
        if not self.can_sign or session.expires_at - now > self._idle / 2:
            return None
        latest = session.started_at + self._absolute
        until = min(now.replace(microsecond=0) + self._idle, latest)
        return replace(session, expires_at=until) if until > session.expires_at else None

    def token(self, session: Session) -> str:
        """The session as signed text. Raises RuntimeError in a service that only verifies."""
        if self._private is None:
            raise RuntimeError("this service verifies sessions; outreach signs them")
        claims = {**_to_claims(session), "u": self._audience}
        payload = _encode(json.dumps(claims, separators=(",", ":")).encode())
        signed = f"{_key_id(self._private.public_key())}.{payload}"
        return f"{signed}.{_encode(self._private.sign(signed.encode()))}"

    def read(self, token: str, now: datetime) -> Session:
        """The session. Raises SessionRefusedError if it is forged, damaged or over.

        Whether it was revoked is the caller's question to its own table.
        """
        session = self._known(token)
        if not session.started_at - timedelta(minutes=1) <= now < session.expires_at:
            raise SessionRefusedError("the session is over")
        if now >= session.started_at + self._absolute:
            raise SessionRefusedError("the session is over")
        return session

    def _verified(self, token: str) -> Session:
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise SessionRefusedError("not a session")
        try:
            key_id, payload, signature = token.split(".")
            signed = f"{key_id}.{payload}".encode("ascii")
            self._public[key_id].verify(_decode(signature), signed)
            claims = json.loads(_decode(payload))
            if claims["u"] != self._audience:
                raise SessionRefusedError("a session of another installation")
            return _from_claims(claims)
        except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature):
            raise SessionRefusedError("not a session") from None


def _key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:8]


def _to_claims(session: Session) -> dict[str, object]:
    principal = session.principal
    return {
        "a": str(principal.account_id),
        "r": principal.role.value,
        "o": principal.organisation_id,
        "t": principal.team_id,
        "s": principal.session_id,
        "c": sorted(principal.scopes),
        "i": int(session.started_at.timestamp()),
        "e": int(session.expires_at.timestamp()),
        "f": session.second_factor,
    }


def _from_claims(claims: dict[str, object]) -> Session:
    scopes = claims["c"]
    if not isinstance(scopes, list):
        raise TypeError("scopes")
    team = claims["t"]
    principal = Principal(
        account_id=UUID(str(claims["a"])),
        role=Role(str(claims["r"])),
        organisation_id=str(claims["o"]),
        team_id=None if team is None else str(team),
        session_id=str(claims["s"]),
        scopes=frozenset(map(str, scopes)),
    )
    times = [datetime.fromtimestamp(int(str(claims[key])), UTC) for key in ("i", "e")]
    return Session(principal, times[0], times[1], claims["f"] is True)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
