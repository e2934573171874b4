"""Opaque cursors: where the page before ended, so that new rows never shift a page."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from services.runtime.errors import DomainError

LIMIT, MOST = 50, 200


def encode(*parts: Any) -> str:
    raw = json.dumps([str(p) for p in parts], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(cursor: str, count: int) -> list[str]:
    """The parts of a cursor that we gave; raises DomainError for anything else."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        parts = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, binascii.Error):
        parts = None
    if not isinstance(parts, list) or [type(p) for p in parts] != [str] * count:
        raise DomainError("This is no page of ours. Leave `cursor` out to start again.", "cursor")
    return parts


def bounded(limit: int) -> int:
    return min(max(limit, 1), MOST)
