"""What makes a part of the site work without a network: the service worker, its pages, the key.

The device's key is derived from the server's secret for each account, so that nothing about it is
stored: it goes to a signed-in browser, leaves it at sign-out or lock, and comes again with the
next sign-in. docs/front-end.md has the whole picture.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.runtime.pages.assets import Assets, shared_assets
from services.runtime.security.keys import derive
from services.runtime.security.principal import Principal
from services.runtime.security.problems import RefusedError, problem_response

SHELL = ("style.css", "core.js", "app.js", "images/icon.svg")
DEVICE_HEADER = "x-device"
LOCK_AFTER = timedelta(minutes=15)


@dataclass(frozen=True)
class OfflineApp:
    """A part of the site (`scope`, "/outreach/") that opens without a network.

    pages: addresses kept on the device; they must hold nothing about a person.
    fallback: the page shown for any other address while there is no network.
    waiting: the page that lists what has not been sent.
    session: the address that answers with `device_answer`.
    sign_out: the address that ends the session on a POST of JSON.
    """

    scope: str
    pages: tuple[str, ...]
    fallback: str
    waiting: str
    session: str
    sign_out: str
    name: str = "New Voices"

    @property
    def worker(self) -> str:
        return f"{self.scope}sw.js"

    @property
    def manifest(self) -> str:
        return f"{self.scope}app.webmanifest"

    def worker_response(self, assets: Assets | None = None) -> Response:
        """What a GET of `worker` answers: its settings, and which files its code is in.

        The browser looks at it again with each visit, and the names of the files hold their
        checksums, so a new build reaches every device. The files themselves come compressed as
        the build left them, and the shared one is the page's own.
        """
        assets = assets or shared_assets()
        settings = {
            "files": [assets.url(name) for name in SHELL],
            "pages": sorted({*self.pages, self.fallback, self.waiting}),
            "fallback": self.fallback,
            "session": self.session,
        }
        code = [assets.url(name) for name in ("core.js", "sw.js")]
        known = json.dumps([settings, code], sort_keys=True)
        version = hashlib.sha256(known.encode()).hexdigest()[:12]
        names = ",".join(json.dumps(url) for url in code)
        script = f"self.NV={json.dumps({'version': version, **settings})};importScripts({names});"
        headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": self.scope}
        return Response(script, headers=headers, media_type="text/javascript")

    def manifest_response(self, assets: Assets | None = None) -> Response:
        """What a GET of `manifest` answers, so that phones offer to install the app."""
        assets = assets or shared_assets()
        manifest = {
            "id": self.scope,
            "name": self.name,
            "short_name": self.name,
            "start_url": self.fallback,
            "scope": self.scope,
            "display": "standalone",
            "background_color": "#fbf5ec",
            "theme_color": "#622a4c",
            "icons": [
                {"src": assets.url("images/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
                {
                    "src": assets.url("images/icon-512.png"),
                    "sizes": "512x512",
                    "type": "image/png",
                    "purpose": "any maskable",
                },
            ],
        }
        return JSONResponse(
            manifest,
            headers={"Cache-Control": "public, max-age=3600"},
            media_type="application/manifest+json",
        )


class DeviceSession(BaseModel):
    """What a signed-in browser gets to open its drafts with."""

    owner: str = Field(description="whose drafts; says nothing outside this device")
    session: str = Field(description="changes with each sign-in")
    key: str = Field(description="base64 of 32 bytes for AES-GCM")
    token: str = Field(description="shown again in X-Device, to learn of a closed account")
    lock_after_seconds: int = Field(examples=[900])


def device_answer(
    request: Request,
    principal: Principal | None,
    secret: bytes,
    is_closed: Callable[[UUID], bool],
    lock_after: timedelta = LOCK_AFTER,
) -> Response:
    """200 with the device's key, 410 if its account is closed (erase all), or 401.

    The route is public: a closed account has no session, and its device must still learn of it.
    `is_closed` says whether an account may never sign in again; `secret` is the server's.
    """
    known = account_of(secret, request.headers.get(DEVICE_HEADER, ""))
    for account in (known, principal.account_id if principal else None):
        if account is not None and is_closed(account):
            return problem_response(410, "Closed", "This account was closed.", "account-closed")
    if principal is None:
        error = RefusedError.not_signed_in()
        return problem_response(401, error.title, error.detail, error.code)
    return JSONResponse(
        device_session(secret, principal, lock_after).model_dump(),
        headers={"Cache-Control": "no-store"},
    )


def device_session(
    secret: bytes, principal: Principal, lock_after: timedelta = LOCK_AFTER
) -> DeviceSession:
    account = principal.account_id
    return DeviceSession(
        owner=owner_of(account),
        session=_digest(secret, "device session", principal.session_id),
        key=base64.b64encode(derive(secret, f"device key {account}")).decode(),
        token=f"{account}.{_digest(secret, 'device token', str(account))}",
        lock_after_seconds=int(lock_after.total_seconds()),
    )


def owner_of(account: UUID) -> str:
    """What stands for an account on a device and in the pages made for it."""
    return hashlib.sha256(f"newvoices device {account}".encode()).hexdigest()[:32]


def account_of(secret: bytes, token: str) -> UUID | None:
    """The account of a device's token; None if we did not make it."""
    text, _, seal = token.partition(".")
    expected = _digest(secret, "device token", text)
    if not hmac.compare_digest(seal.encode(), expected.encode()):
        return None
    return UUID(text)


def _digest(secret: bytes, purpose: str, value: str) -> str:
    return hmac.new(derive(secret, purpose), value.encode(), hashlib.sha256).hexdigest()[:32]
