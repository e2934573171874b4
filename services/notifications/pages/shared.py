"""What all pages share: the layout, the menu, moving on after a form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.notifications.pages import wording
from services.runtime.pages import FieldError, flash, gettext, make_pages
from services.runtime.pages.navigation import navigation

ROOT = "/notifications"
SERVICE_NAME = "Messages"

PAGES = make_pages(SERVICE_NAME, Path(__file__).parents[1] / "templates", navigation)
PAGES.env.globals.update(root=ROOT, words=wording)


def page(
    request: Request, template: str, errors: Sequence[FieldError] = (), **context: Any
) -> Response:
    return PAGES.page(request, template, errors=errors, **context)


def moved(
    path: str, text: str = "", kind: Literal["success", "notice", "warning"] = "success"
) -> Response:
    """On to another page after a form, with one sentence for it."""
    response = RedirectResponse(ROOT + path, status_code=303)
    if text:
        flash(response, kind, gettext(text))
    return response
