"""What outreach's requests bring beside their body, and what its answers name beside theirs."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import Header, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from services.runtime.conditions import etag

DeviceTime = Annotated[
    AwareDatetime | None,
    Header(alias="Client-Time", description="what the device's clock says as it sends this"),
]


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
