"""One sentence for the next page, after a redirect: "The contact is saved."

It travels in a short-lived cookie, so it must never hold a name, a number or anything that a
person told us.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from services.runtime.security.cookies import value_of

COOKIE = "nv_flash"
SECONDS = 120
Kind = Literal["success", "notice", "warning"]


@dataclass(frozen=True, slots=True)
class Flash:
    kind: Kind
    text: str


def flash(response: Response, kind: Kind, text: str) -> None:
    """Show `text` at the top of the next page that this browser opens."""
    value = base64.urlsafe_b64encode(json.dumps([kind, text]).encode()).decode()
    response.set_cookie(COOKIE, value, max_age=SECONDS, httponly=True, samesite="lax")


def take_flash(request: Request) -> Flash | None:
    raw = value_of(request, COOKIE)
    if not raw:
        return None
    try:
        kind, text = json.loads(base64.urlsafe_b64decode(raw))
    except (ValueError, TypeError, binascii.Error):
        return None
    known: dict[object, Kind] = {"success": "success", "notice": "notice", "warning": "warning"}
    return Flash(known.get(kind, "notice"), str(text)[:300])
