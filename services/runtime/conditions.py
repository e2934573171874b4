"""Versions as entity tags: a read that nothing changed since, a change that overwrites nobody.

RFC 9110, section 13. Every JSON answer to a GET has an ETag; with it in If-None-Match the answer is
304 and empty. A record that several people can change names its revision in the ETag, and a change
of it sends that in If-Match.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated

from fastapi import Header
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.runtime.errors import PreconditionFailed, PreconditionRequired

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description='the ETag that you got for this record, such as `"3"`'),
]
NEEDED = "Send the ETag that you got for this record in If-Match."
STALE = "Somebody changed this after you read it. Read it again, then send your change."
MARK = 16


def revision_of(if_match: str | None) -> int:
    """The revision in If-Match; what follows a dot in it tells of more than the record.

    Raises PreconditionRequired without the header, PreconditionFailed for a tag that is not ours.
    A weak tag is taken: proxies that compress make strong ones weak.
    """
    if if_match is None:
        raise PreconditionRequired(NEEDED)
    found = re.fullmatch(r'(?:W/)?"(\d{1,9})(?:\.[0-9a-f]{1,64})?"', if_match.strip())
    if found is None:
        raise PreconditionFailed("This ETag is not of this record. Read the record again first.")
    return int(found[1])


def etag(revision: int, mark: str = "") -> str:
    """A record's tag. `mark`: a digest of what an answer shows beside the record itself."""
    return f'"{revision}.{mark}"' if mark else f'"{revision}"'


def digest(content: bytes) -> str:
    """A short mark of some content, not of its secrecy."""
    return hashlib.sha256(content).hexdigest()[:MARK]


def tag_of(content: str) -> str:
    """The tag of a record that has no revision: a mark of what is stored now."""
    return f'"{digest(content.encode())}"'


def check_unchanged(if_match: str | None, content: str) -> None:
    """For a record that has no revision.

    Raises PreconditionRequired without the header, PreconditionFailed when the content differs.
    """
    if if_match is None:
        raise PreconditionRequired(NEEDED)
    if not is_listed(if_match, tag_of(content)):
        raise PreconditionFailed(STALE)


def is_listed(header: str, tag: str) -> bool:
    """Whether a tag is among those of If-Match or If-None-Match; weak and strong count alike."""
    if header.strip() == "*":
        return True
    return tag.removeprefix("W/") in re.findall(r'"[^"]*"', header)


class ConditionalReads:
    """Gives each JSON answer to a GET of an API its ETag, and answers 304 to who has it already.

    Answers that arrive in a stream (live news) and everything that is not JSON pass untouched.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or "/api/" not in scope["path"]:
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("if-none-match")
        held: list[Message] = []

        async def send_once_known(message: Message) -> None:
            if not held and not _is_json(message):
                await send(message)
                return
            held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                for ready in _tagged(held, asked):
                    await send(ready)

        await self._app(scope, receive, send_once_known)


def _is_json(message: Message) -> bool:
    if message["type"] != "http.response.start" or message["status"] != 200:
        return False
    return Headers(raw=message["headers"]).get("content-type", "").startswith("application/json")


def _tagged(messages: list[Message], asked: str | None) -> list[Message]:
    start, *bodies = messages
    headers = MutableHeaders(raw=start["headers"])
    tag = headers.get("etag")
    if tag is None:
        tag = f'"{digest(b"".join(body.get("body", b"") for body in bodies))}"'
        headers["ETag"] = tag
    if asked is None or not is_listed(asked, tag):
        return messages
    for name in ("content-length", "content-type", "content-disposition"):
        if name in headers:
            del headers[name]
    start["status"] = 304
    return [start, {"type": "http.response.body", "body": b""}]
