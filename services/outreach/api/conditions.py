"""Revisions as entity tags: what a client has in hand, and what it got (RFC 9110, section 13)."""

from __future__ import annotations

import json
import re
from typing import Annotated

from fastapi import Header, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from services.runtime.errors import DomainError

DeviceTime = Annotated[
    AwareDatetime | None,
    Header(alias="Client-Time", description="what the device's clock says as it sends this"),
]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description='the ETag of the revision you looked at, such as "3"'),
]


class RevisionNeeded(DomainError):
    status = 428
    title = "Say which revision you changed"


def revision_of(if_match: str | None) -> int:
    """The revision in an If-Match header. Raises RevisionNeeded without one that we gave."""
    found = re.fullmatch(r'"(\d{1,9})"', if_match or "")
    if found is None:
        raise RevisionNeeded("Send the header If-Match with the ETag that you got for this record.")
    return int(found[1])


def etag(revision: int) -> str:
    return f'"{revision}"'


def answered(request: Request, answer: Response, path: str) -> Response:
    """Give a command's answer its ETag and, for a new record, status 201 and its Location."""
    if answer.status_code >= 400:
        return answer
    body = json.loads(bytes(answer.body))
    answer.headers["ETag"] = etag(body["revision"])
    if body.get("created"):
        answer.status_code = 201
        root = request.scope.get("root_path", "")
        answer.headers["Location"] = f"{root}{path}/{body['id']}"
    return answer
