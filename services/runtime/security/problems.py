"""Refusals: problem+json (RFC 9457) for programs, the sign-in page or a plain page for people."""

import html
from http import HTTPStatus
from typing import Self
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from services.runtime.errors import type_of
from services.runtime.security.principal import Role

PROBLEM_MEDIA_TYPE = "application/problem+json"
OWN_LINK = "/outreach/own/link"


class RefusedError(HTTPException):
    """A request that the gate does not let through. `detail` says what to do next."""

    sign_in_path: str | None = None
    """Where a page's visitor signs in, if elsewhere than usual."""

    def __init__(self, status: int, code: str, title: str, detail: str) -> None:
        headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
        super().__init__(status, detail, headers)
        self.code = code
        self.title = title

    @classmethod
    def not_signed_in(cls) -> Self:
        return cls(401, "not-signed-in", "You need to sign in", "Sign in, then try again.")

    @classmethod
    def token_unknown(cls) -> Self:
        return cls(
            401,
            "token-unknown",
            "This API token does not work",
            "It may be mistyped, over or withdrawn. Make a new one on your account page.",
        )

    @classmethod
    def sign_in_again(cls, role: Role) -> Self:
        """The sign-in is too old for what was asked (RFC 9470 calls for 401 as well)."""
        detail = "Sign in again, then repeat this. It needs a new sign-in, to keep people safe."
        made = cls(401, "sign-in-again", "You need to sign in again", detail)
        if role is Role.PARTICIPANT:
            made.sign_in_path = OWN_LINK
        return made

    @classmethod
    def not_for_tokens(cls) -> Self:
        return cls(
            403,
            "not-for-tokens",
            "An API token cannot do this",
            "Sign in and do it yourself. Programs may not erase, export or administer.",
        )

    @classmethod
    def not_allowed(cls) -> Self:
        return cls(
            403,
            "not-allowed",
            "Your account cannot do this",
            "Ask the person who looks after accounts in your organisation.",
        )

    @classmethod
    def foreign_form(cls) -> Self:
        return cls(
            403,
            "form-not-ours",
            "We could not be sure that you sent this",
            "Nothing was changed. Go back, load the page again, and send the form once more.",
        )

    @classmethod
    def too_many(cls, seconds: int) -> Self:
        """`seconds`: how long to wait, for Retry-After."""
        made = cls(429, "too-many-tries", "Too many requests", wait_sentence(seconds))
        made.headers = {"Retry-After": str(seconds)}
        return made

    @classmethod
    def too_large(cls) -> Self:
        return cls(
            413, "too-large", "This is too large", "Nothing was saved. Send it in smaller parts."
        )


def wait_sentence(seconds: int) -> str:
    minutes = max(1, -(-seconds // 60))
    unit = "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"Too many tries. Wait {unit}, then try again."


def problem_response(
    status: int, title: str, detail: str, code: str, headers: dict[str, str] | None = None
) -> Response:
    """A problem+json response. `code` ends the type URI."""
    body = {
        "type": type_of(code),
        "title": title,
        "status": status,
        "detail": detail,
    }
    return JSONResponse(body, status, headers, PROBLEM_MEDIA_TYPE)


def wants_page(request: Request) -> bool:
    """Whether a person in a browser asks, rather than a script or another program."""
    return (
        "text/html" in request.headers.get("accept", "") and "authorization" not in request.headers
    )


def refusal_response(request: Request, error: RefusedError, sign_in_path: str) -> Response:
    """The refusal in the form that suits whoever asked."""
    if not wants_page(request):
        headers = dict(error.headers or {})
        return problem_response(error.status_code, error.title, error.detail, error.code, headers)
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        known = {"next": request.url.path} if request.method == "GET" else {}
        if error.code == "sign-in-again":
            known["again"] = "yes"
        # The query is left behind: it may hold what somebody typed into a search.
        query = f"?{urlencode(known, safe='/')}" if known else ""
        target = f"{error.sign_in_path or sign_in_path}{query}"
        return RedirectResponse(target, HTTPStatus.SEE_OTHER)
    page = _page(error.title, error.detail)
    return HTMLResponse(page, error.status_code, dict(error.headers or {}))


def safe_next(target: str | None, default: str = "/") -> str:
    """Where to go after sign-in: a path of ours, never another site (open redirect)."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return default
    if "\\" in target or any(ord(character) < 33 for character in target):
        return default
    return target


def _page(title: str, detail: str) -> str:
    title, detail = html.escape(title), html.escape(detail)
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title></head><body><main><h1>{title}</h1><p>{detail}</p>"
        '<p><a href="/">Go to the start page</a></p></main></body></html>'
    )
