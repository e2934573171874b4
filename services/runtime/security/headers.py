"""Security headers on every response (OWASP Secure Headers, ASVS 5.0 chapter 3.4).

No inline script or style runs: the policy has neither 'unsafe-inline' nor 'unsafe-eval'. A known
inline script (the one line of the GOV.UK page template) is let in by its hash.
"""

from collections.abc import Iterable
from http import HTTPStatus

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.runtime.security.cookies import CookieMiddleware
from services.runtime.security.problems import RefusedError, refusal_response
from services.runtime.security.settings import SecuritySettings

FEATURES = ("camera", "microphone", "geolocation", "payment", "usb", "browsing-topics")


def permissions_policy(*ours: str) -> str:
    """No page may use these features of a device, but for those that a page of ours names."""
    return ", ".join(f"{name}={'(self)' if name in ours else '()'}" for name in FEATURES)


PERMISSIONS_POLICY = permissions_policy()


def content_security_policy(script_hashes: Iterable[str] = (), https: bool = True) -> str:
    """The policy's text. `script_hashes` are 'sha256-...' with or without their quotes."""
    hashes = " ".join(f"'{value.strip(chr(39))}'" for value in script_hashes)
    directives = [
        "default-src 'none'",
        f"script-src 'self' {hashes}".strip(),
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "object-src 'none'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    if https:
        directives.append("upgrade-insecure-requests")
    return "; ".join(directives)


def security_headers(settings: SecuritySettings) -> dict[str, str]:
    """Header names and values; HSTS (two years) only where the site is https."""
    headers = {
        "Content-Security-Policy": content_security_policy(
            settings.csp_script_hashes, settings.secure_cookies
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # Paths of ours can hold one-time links, so no other site gets more than nothing.
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if settings.secure_cookies:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return headers


def harden(app: FastAPI, settings: SecuritySettings) -> None:
    """Put the outermost app behind headers, body limit and the cookies that gates ask for.

    A route that takes more than `settings.max_body_bytes` says so: `max_body_size=` when it is
    declared.
    """
    app.add_middleware(CookieMiddleware, secure=settings.secure_cookies)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=settings.max_body_bytes)
    app.add_middleware(TooLargeMiddleware)
    app.add_middleware(SecurityHeadersMiddleware, settings=settings)


class SecurityHeadersMiddleware:
    """Adds the headers to each response that has not set its own.

    Pages of signed-in people must not be kept: without a Cache-Control of its own a response is
    `no-store`. Static files and public pages set theirs.
    """

    def __init__(self, app: ASGIApp, settings: SecuritySettings) -> None:
        self._app = app
        self._headers = {**security_headers(settings), "Cache-Control": "no-store"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class TooLargeMiddleware:
    """Puts the framework's bare 413 for a declared length into words.

    Where a body turns out too large only while it arrives, the gate's own handler answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        replaced = False

        async def send_in_words(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and _is_bare_413(message):
                replaced = True
                answer = refusal_response(Request(scope), RefusedError.too_large(), "/")
                await answer(scope, receive, send)
            elif not replaced:
                await send(message)

        await self._app(scope, receive, send_in_words)


def _is_bare_413(start: Message) -> bool:
    media_type = MutableHeaders(scope=start).get("content-type", "")
    return start["status"] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and media_type.startswith(
        "text/plain"
    )
