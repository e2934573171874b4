"""Sign-in at an organisation's identity provider (OpenID Connect Core 1.0, code flow).

PKCE (RFC 7636, S256), state, nonce and a checked id_token; discovery and keys are fetched when
first needed and again when a token names an unknown key. Only addresses that the settings name, or
that the named issuer's own document gives, are ever asked. Authlib checks the claims.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.runtime.security.oidc_settings import OidcProvider, check_address

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
TIMEOUT = httpx.Timeout(5.0)
FRESH_FOR = timedelta(hours=1)
LEEWAY_SECONDS = 60
LOGOUT_SECONDS = 300
LARGEST_ANSWER = 262_144
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
# What a provider says it checked beside a password (RFC 8176).
STRONG = frozenset({"mfa", "otp", "hwk", "swk", "sc", "fpt", "face"})


class OidcRefusedError(Exception):
    """The provider's answer does not prove who somebody is. Holds nothing of the answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to keep, for this browser only, until the provider sends it back."""

    address: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proven:
    """Who the provider says it is. `email` is None unless the provider has verified it."""

    issuer: str
    subject: str = field(repr=False)
    email: str | None = field(repr=False)
    name: str | None = field(repr=False)
    strong: bool
    session: str | None = field(default=None, repr=False)
    """The provider's own id of the session there (`sid`), if it tells."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Which sign-ins a provider says are over: of a session there, or of somebody; up to a time."""

    issuer: str
    subject: str | None = field(repr=False)
    session: str | None = field(repr=False)
    at: datetime


class OidcClient:
    """Talks to one provider."""

    def __init__(self, provider: OidcProvider, redirect_uri: str) -> None:
        self._provider = provider
        self._redirect_uri = redirect_uri
        self._document: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._fetched_at: datetime | None = None

    async def begin(self, now: datetime) -> Asked:
        """The address to send the browser to. Raises OidcRefusedError if the provider is down."""
        document = await self._discover(now)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        parameters = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        address = add_params_to_uri(document["authorization_endpoint"], parameters.items())
        return Asked(address, state, nonce, verifier)

    async def finish(
        self, code: str, nonce: str, verifier: str, now: datetime, sender: str = ""
    ) -> Proven:
        """Trade the code for an id_token and check it. Raises OidcRefusedError.

        `sender` is the issuer that the answer itself names (RFC 9207): another one, or none where
        the provider says that it names itself, is refused before the code goes anywhere.
        """
        document = await self._discover(now)
        names_itself = document.get("authorization_response_iss_parameter_supported") is True
        if (sender or names_itself) and sender != self._provider.issuer:
            raise OidcRefusedError("another provider answered")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "client_id": self._provider.client_id,
            "code_verifier": verifier,
        }
        secret = self._provider.client_secret
        if secret is not None:
            form["client_secret"] = secret.get_secret_value()
        answer = await _ask("POST", document["token_endpoint"], data=form)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise OidcRefusedError("the provider sent no id_token")
        claims = await self._checked(token, nonce, answer.get("access_token"), now)
        return self._proven(claims)

    async def sign_out_address(self, back: str, now: datetime) -> str | None:
        """Where a browser ends its session at the provider and comes `back` from
        (OpenID Connect RP-Initiated Logout 1.0). None if the provider has no such address.

        No id_token goes along: it holds a name and an email, which belong into no address. The
        provider may ask instead whether the person means it.
        """
        address = (await self._discover(now)).get("end_session_endpoint")
        try:
            check_address(str(address or ""), self._provider.issuer)
        except ValueError:
            return None
        told = {"client_id": self._provider.client_id, "post_logout_redirect_uri": back}
        return str(add_params_to_uri(address, told.items()))

    async def signed_out(self, token: str, now: datetime) -> Ended:
        """Check a logout_token (OpenID Connect Back-Channel Logout 1.0, 2.6).

        Raises OidcRefusedError. A token sent twice ends nothing that began after it was made.
        """
        try:
            decoded = await self._decoded(token, now)
            claims, kind = decoded.claims, str(decoded.header.get("typ", "")).lower()
            at = datetime.fromtimestamp(int(claims["iat"]), UTC)
            audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
            subject, session = claims.get("sub"), claims.get("sid")
            holds = (
                kind.removeprefix("application/") == "logout+jwt"
                and claims["iss"] == self._provider.issuer
                and self._provider.client_id in audience
                and abs((now - at).total_seconds()) <= LOGOUT_SECONDS
                and now.timestamp() <= float(claims.get("exp", at.timestamp() + LOGOUT_SECONDS))
                and isinstance(claims["events"][LOGOUT], dict)
                and "nonce" not in claims
                and all(one is None or (isinstance(one, str) and one) for one in (subject, session))
                and (subject or session)
            )
        except _FAULTS:
            raise OidcRefusedError("the provider's logout_token does not hold") from None
        if not holds:
            raise OidcRefusedError("the provider's logout_token does not hold")
        return Ended(self._provider.issuer, subject, session, at)

    async def _checked(
        self, token: str, nonce: str, access_token: Any, now: datetime
    ) -> CodeIDToken:
        try:
            decoded = await self._decoded(token, now)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={
                    "iss": {"essential": True, "value": self._provider.issuer},
                    "aud": {"essential": True, "value": self._provider.client_id},
                },
                params={
                    "nonce": nonce,
                    "client_id": self._provider.client_id,
                    "access_token": access_token,
                },
            )
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
        except _FAULTS:
            raise OidcRefusedError("the provider's id_token does not hold") from None
        return claims

    async def _decoded(self, token: str, now: datetime) -> jwt.Token:
        keys = await self._key_set(now)
        try:
            return jwt.decode(token, keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            # The provider may have new keys: look once more, then it is final.
            self._keys = None
            return jwt.decode(token, await self._key_set(now), algorithms=ALGORITHMS)

    def _proven(self, claims: CodeIDToken) -> Proven:
        subject, email, name = claims["sub"], claims.get("email"), claims.get("name")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise OidcRefusedError("the provider's id_token does not hold")
        verified = claims.get("email_verified") in (True, "true")
        known = email if isinstance(email, str) and verified and "@" in email else None
        ways = claims.get("amr") or []
        strong = self._provider.strong or bool(STRONG.intersection(map(str, ways)))
        there = claims.get("sid")
        return Proven(
            self._provider.issuer,
            subject,
            known,
            name if isinstance(name, str) else None,
            strong,
            there if isinstance(there, str) and there else None,
        )

    async def _discover(self, now: datetime) -> dict[str, Any]:
        if self._fetched_at is None or now - self._fetched_at > FRESH_FOR:
            where = f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration"
            document = await _ask("GET", where)
            if document.get("issuer") != self._provider.issuer:
                raise OidcRefusedError("the provider's document is of another issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                try:
                    check_address(str(document.get(name, "")), self._provider.issuer)
                except ValueError:
                    raise OidcRefusedError("the provider's document has no safe address") from None
            self._document, self._keys, self._fetched_at = document, None, now
        return self._document

    async def _key_set(self, now: datetime) -> KeySet:
        if self._keys is None:
            document = await self._discover(now)
            answer = await _ask("GET", document["jwks_uri"])
            try:
                self._keys = KeySet.import_key_set(answer)  # type: ignore[arg-type]
            except _FAULTS:
                raise OidcRefusedError("the provider's keys cannot be read") from None
        return self._keys


async def _ask(method: str, address: str, data: dict[str, str] | None = None) -> dict[str, Any]:
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client:
            answer = await client.request(
                method, address, data=data, headers={"accept": "application/json"}
            )
        if answer.status_code != 200 or len(answer.content) > LARGEST_ANSWER:
            raise OidcRefusedError("the identity provider did not answer as it should")
        document = answer.json()
    except (httpx.HTTPError, ValueError):
        raise OidcRefusedError("the identity provider did not answer") from None
    if not isinstance(document, dict):
        raise OidcRefusedError("the identity provider did not answer as it should")
    return document


# Libraries answer malformed input with their own exceptions, and now and then a built-in one.
_FAULTS = (
    JoseError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    OSError,
    RecursionError,
)
