"""A small OpenID Connect provider on this machine: discovery, PKCE, RS256, keys that can change.

It answers over real HTTP on a loopback port. A test says who signs in next (`person`), and may
spoil the answer in the ways that a broken or hostile provider would (`spoil`).
"""

from __future__ import annotations

import hashlib
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.browser import serve

CLIENT_ID, CLIENT_SECRET = "newvoices", "a secret of the two"
Claims = dict[str, Any]


@dataclass
class IdentityProvider:
    """`person` holds the claims of whoever is signed in there; None: they press cancel."""

    issuer: str = ""
    person: Claims | None = None
    spoil: Callable[[Claims], Claims] = lambda claims: claims
    sign_with: RSAKey | None = None
    key: RSAKey = field(default_factory=lambda: new_key())
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    is_down: bool = False
    names_itself: bool = False
    """Whether it says who it is in its answers (RFC 9207)."""
    ends: bool = True
    ended: list[dict[str, str]] = field(default_factory=list)

    def app(self) -> FastAPI:
        made = FastAPI(openapi_url=None)
        made.get("/.well-known/openid-configuration")(self._document)
        made.get("/keys")(self._keys)
        made.get("/authorize")(self._authorize)
        made.post("/token")(self._token)
        made.get("/end")(self._end)
        return made

    async def _document(self) -> Response:
        if self.is_down:
            return JSONResponse({}, 503)
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                **({"end_session_endpoint": f"{self.issuer}/end"} if self.ends else {}),
                "id_token_signing_alg_values_supported": ["RS256"],
                "authorization_response_iss_parameter_supported": self.names_itself,
            }
        )

    async def _keys(self) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.asked.append(asked)
        assert asked["code_challenge_method"] == "S256"
        assert asked["response_type"] == "code"
        back = {"state": asked["state"]}
        if self.person is None:
            back["error"] = "access_denied"
        else:
            back["code"] = uuid4().hex
            self.codes[back["code"]] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", status_code=303)

    async def _end(self, request: Request) -> Response:
        """The session there is over; the browser goes back where the client said."""
        asked = dict(request.query_params)
        self.ended.append(asked)
        assert asked["client_id"] == CLIENT_ID
        return RedirectResponse(asked["post_logout_redirect_uri"], status_code=303)

    def logout_token(self, kind: str = "logout+jwt", **changes: Any) -> str:
        """What it sends when a session there is over. None as a change leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 120,
            "jti": uuid4().hex,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **changes,
        }
        signer = self.sign_with or self.key
        header = {"alg": "RS256", "kid": signer.kid, "typ": kind}
        return jwt.encode(header, {k: v for k, v in claims.items() if v is not None}, signer)

    async def _token(self, request: Request) -> Response:
        form = {key: str(value) for key, value in (await request.form()).items()}
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        right = (
            asked is not None
            and asked["code_challenge"] == challenge
            and asked["redirect_uri"] == form.get("redirect_uri")
            and form.get("client_secret") == CLIENT_SECRET
        )
        if not right or asked is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **(self.person or {}),
        }
        signer = self.sign_with or self.key
        header = {"alg": "RS256", "kid": signer.kid}
        token = jwt.encode(header, self.spoil(claims), signer)
        return JSONResponse({"id_token": token, "access_token": "a", "token_type": "Bearer"})


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": uuid4().hex})


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    made = IdentityProvider()
    with serve(made.app()) as address:
        made.issuer = address
        yield made
