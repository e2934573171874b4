"""What all pages share: the layout, the menu, moving on after a form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from services.notifications.pages import wording
from services.runtime.pages import FieldError, NavItem, flash, gettext, make_pages
from services.runtime.security.gate import current_session
from services.runtime.security.permissions import Permission, allows

ROOT = "/notifications"
SERVICE_NAME = "Messages"

_MENU: tuple[tuple[str, str, Permission], ...] = (
    ("Delivery", "/delivery", Permission.PROPOSAL_READ),
    ("Inbox", "/inbox", Permission.INBOX_READ),
    ("Tasks", "/tasks", Permission.INBOX_READ),
    ("Templates", "/templates", Permission.TEMPLATE_WRITE),
)


def navigation(request: Request) -> Sequence[NavItem]:
    session = current_session(request)
    if session is None:
        return ()
    items = [
        NavItem(gettext(text), ROOT + path)
        for text, path, permission in _MENU
        if allows(session.principal, permission)
    ]
    if allows(session.principal, Permission.PROPOSAL_READ):
        items.append(NavItem(gettext("Matching"), "/matching/"))
    if allows(session.principal, Permission.CONTACT_LOG):
        items.append(NavItem(gettext("Outreach"), "/outreach/"))
    return items


PAGES = make_pages(
    SERVICE_NAME, Path(__file__).parents[1] / "templates", navigation, home=f"{ROOT}/"
)
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
