"""Errors as pages: whoever asks with a browser reads the problem in plain sentences."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from inspect import isawaitable
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.runtime.pages.language import gettext, speak
from services.runtime.pages.pages import Pages
from services.runtime.security.problems import RefusedError, wants_page

Handler = Callable[[Request, Any], Response | Awaitable[Response]]


def install_error_pages(app: FastAPI, pages: Pages) -> None:
    """Wrap the error handlers that the app has so far; call it after all others are set."""
    for kind, handler in list(app.exception_handlers.items()):
        app.exception_handlers[kind] = _as_page(handler, pages)


def _as_page(handler: Handler, pages: Pages) -> Handler:
    async def answer(request: Request, error: Any) -> Response:
        result = handler(request, error)
        response = await result if isawaitable(result) else result
        if response.status_code < HTTPStatus.BAD_REQUEST or not wants_page(request):
            return response
        speak(pages.speech(request))
        title, detail = _words(error, response)
        page = pages.page(
            request, "nv/error.html", response.status_code, title=title, detail=detail
        )
        if "retry-after" in response.headers:
            page.headers["Retry-After"] = response.headers["retry-after"]
        return page

    return answer


def _words(error: Any, response: Response) -> tuple[str, str]:
    status = response.status_code
    if isinstance(error, RefusedError):
        return gettext(error.title), gettext(error.detail)
    default = _defaults().get(status)
    if isinstance(error, HTTPException) and default and _is_default(error):
        return default
    try:
        problem = json.loads(bytes(response.body))
        return gettext(str(problem["title"])), gettext(str(problem["detail"]))
    except (ValueError, KeyError, TypeError):
        return default or _defaults()[500]


def _is_default(error: HTTPException) -> bool:
    return str(error.detail) == HTTPStatus(error.status_code).phrase


def _defaults() -> dict[int, tuple[str, str]]:
    return {
        403: (
            gettext("You cannot open this page"),
            gettext("Your role does not include it. Ask your coordinator if you think it should."),
        ),
        404: (
            gettext("We could not find this page"),
            gettext("Check the address for mistakes, or go back to the start page."),
        ),
        405: (
            gettext("This page cannot be used like that"),
            gettext("Go back to the form and send it again."),
        ),
        422: (
            gettext("Something needs another answer"),
            gettext("Go back, check your answers, and send them again."),
        ),
        500: (
            gettext("Something went wrong on our side"),
            gettext("Nothing was saved. Wait a minute, then try again."),
        ),
    }
