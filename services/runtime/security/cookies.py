"""Our cookies: the session, before sign-in the one that forms are bound to, and those of pages.

Host-only, HttpOnly, SameSite=Lax; over https with the prefix `__Host-` (RFC 6265bis), which a
browser accepts only from this very host, with Secure and the path /. Pages set theirs (language,
a sentence for the next page) by a plain name; `CookieMiddleware` gives it the prefix.
"""

import secrets
from dataclasses import dataclass
from http.cookies import SimpleCookie

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PENDING = "nv_pending_cookies"
_SECURE = "nv_secure_cookies"
_PREFIX = "__Host-"
_OURS = "nv_"


@dataclass(frozen=True, slots=True)
class CookieJar:
    """Names and attributes of our cookies. `secure` is false on plain http localhost only."""

    secure: bool

    @property
    def session_name(self) -> str:
        return f"{_PREFIX}nv_session" if self.secure else "nv_session"

    @property
    def form_name(self) -> str:
        return f"{_PREFIX}nv_form" if self.secure else "nv_form"

    def set_session(self, response: Response, token: str) -> None:
        response.headers.append("set-cookie", self._line(self.session_name, token))

    def clear_session(self, response: Response) -> None:
        response.headers.append("set-cookie", self._line(self.session_name, "", max_age=0))

    def renew_later(self, request: Request, token: str) -> None:
        """Have `CookieMiddleware` set the session anew, unless the route sets it itself."""
        _pending(request)[self.session_name] = self._line(self.session_name, token)

    def form_value(self, request: Request) -> str:
        """The form cookie's value; if the browser has none yet, it gets one with this response."""
        existing = request.cookies.get(self.form_name)
        if existing:
            return existing
        values: dict[str, str] = request.scope.setdefault("state", {}).setdefault("nv_form", {})
        if self.form_name not in values:
            values[self.form_name] = secrets.token_urlsafe(24)
            line = self._line(self.form_name, values[self.form_name])
            _pending(request)[self.form_name] = line
        return values[self.form_name]

    def _line(self, name: str, value: str, max_age: int | None = None) -> str:
        cookie: SimpleCookie = SimpleCookie()
        cookie[name] = value
        morsel = cookie[name]
        morsel["path"] = "/"
        morsel["httponly"] = True
        morsel["samesite"] = "Lax"
        if self.secure:
            morsel["secure"] = True
        if max_age is not None:
            morsel["max-age"] = max_age
        return morsel.OutputString()


class CookieMiddleware:
    """Adds the cookies that the gate asked for, whatever response the route returns.

    Over https (`secure`) no cookie of ours leaves without the prefix and Secure.
    """

    def __init__(self, app: ASGIApp, secure: bool = False) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state[_SECURE] = self._secure
        pending: dict[str, str] = state.setdefault(_PENDING, {})

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if self._secure:
                    _prefix_all(headers)
            if message["type"] == "http.response.start" and pending:
                chosen = {line.partition("=")[0] for line in headers.getlist("set-cookie")}
                for name, line in pending.items():
                    if name not in chosen:
                        headers.append("set-cookie", line)
                # A response that carries a session must never be kept by a shared cache.
                headers["cache-control"] = "no-store"
                pending.clear()
            await send(message)

        await self._app(scope, receive, send_with_cookies)


def value_of(request: Request, name: str) -> str | None:
    """What the browser sent of a cookie that a page set as `name`."""
    secure = request.scope.get("state", {}).get(_SECURE, False)
    return request.cookies.get(f"{_PREFIX}{name}" if secure else name)


def _prefix_all(headers: MutableHeaders) -> None:
    lines = headers.getlist("set-cookie")
    if not any(line.startswith(_OURS) for line in lines):
        return
    del headers["set-cookie"]
    for line in lines:
        ours = line.startswith(_OURS)
        headers.append("set-cookie", f"{_PREFIX}{line}; Secure" if ours else line)


def _pending(request: Request) -> dict[str, str]:
    pending: dict[str, str] = request.scope.setdefault("state", {}).setdefault(_PENDING, {})
    return pending
