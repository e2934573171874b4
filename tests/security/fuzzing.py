"""Every operation of the composed application, and requests that could have come from anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from httpx import Response
from sqlalchemy import text

from services.runtime.api_documents import example_of
from services.runtime.security.gate import Access
from services.runtime.security.routes import route_table
from tests.support.whole import Who, Whole

SERVICES = ("outreach", "matching", "notifications")
PARAMETER = re.compile(r"\{(\w+)\}")
# Pages name some ids otherwise than the API.
KINDS = {"person_id": "participant_id"}
# They end the session that asks; their own tests cover them.
ENDING = ("/sign-out", "/password")
# Written by every request, or by the clock.
UNWATCHED = frozenset(
    {"audit", "idempotency", "sign_ins", "sign_in_tries", "sign_in_steps", "alembic_version"}
)


@dataclass(frozen=True)
class Operation:
    """A route and method. `body` is an example of its JSON body, None without one."""

    method: str
    path: str
    access: Access
    body: Any
    is_page: bool

    @property
    def parameters(self) -> list[str]:
        """The kinds of id in the path."""
        return [KINDS.get(name, name) for name in PARAMETER.findall(self.path)]

    def at(self, ids: Mapping[str, str]) -> str:
        def fill(found: re.Match[str]) -> str:
            kind = KINDS.get(found[1], found[1])
            return ids[kind] if kind in ids else stranger_id(kind)

        return PARAMETER.sub(fill, self.path)


def operations(world: Whole) -> list[Operation]:
    bodies = dict(_bodies(world))
    return [
        Operation(
            method,
            route.path,
            route.access[0],
            bodies.get((method, route.path)),
            (method, route.path) not in bodies,
        )
        for route in route_table(world.root)
        for method in route.methods
    ]


def _bodies(world: Whole) -> Iterator[tuple[tuple[str, str], Any]]:
    """For every operation of the OpenAPI documents its example body."""
    for name in SERVICES:
        document = world.app(name).openapi()
        for path, item in document["paths"].items():
            for method, said in item.items():
                content = said.get("requestBody", {}).get("content", {})
                schema = content.get("application/json", {}).get("schema")
                example = example_of(schema, document) if schema else None
                yield (method.upper(), f"/{name}{path}"), example


def send(who: Who, operation: Operation, path: str, body: Any = ...) -> Response:
    """The request as our own page or a program of ours would send it, with a revision in hand."""
    headers = {"if-match": '"1"', "x-csrf-token": who.form_token}
    if operation.is_page:
        headers["accept"] = "text/html"
        return who.client.request(
            operation.method,
            path,
            data={"confirm": "yes"},
            headers=headers | {"content-type": "application/x-www-form-urlencoded"},
            follow_redirects=False,
        )
    content = operation.body if body is ... else body
    return who.client.request(
        operation.method, path, json=content, headers=headers, follow_redirects=False
    )


def with_ids(body: Any, ids: Mapping[str, str]) -> Any:
    """The body with every id in it replaced by one of `ids`, chosen by the field's name."""
    if isinstance(body, dict):
        # The documents' example dates are past by now, which would be refused before any id.
        return {k: _replaced(k, value, ids) for k, value in body.items() if k != "reply_by"}
    return body


BODY_IDS = {
    "other_id": "participant_id",
    "contact_id": "contact_id",
    "match_id": "match_id",
    "match_ids": "match_id",
    "participant_id": "participant_id",
    "participant_ids": "participant_id",
    "seat_id": "seat_id",
}


def _replaced(key: str, value: Any, ids: Mapping[str, str]) -> Any:
    kind = BODY_IDS.get(key)
    if kind is None or kind not in ids:
        return with_ids(value, ids)
    return [ids[kind]] if isinstance(value, list) else ids[kind]


def names_records(body: Any) -> bool:
    return isinstance(body, dict) and any(
        key in BODY_IDS or names_records(value) for key, value in body.items()
    )


def stranger_id(parameter: str) -> str:
    """An id of the right kind that nothing has."""
    return f"SM{uuid4().hex}" if parameter == "reply_id" else str(uuid4())


def contents(world: Whole) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a request about a record could change."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for node in world.nodes:
        with node.database.reading() as session:
            names = session.execute(
                text(
                    "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite%'"
                )
            ).scalars()
            for name in sorted(set(names) - UNWATCHED):
                rows = session.execute(text(f'SELECT * FROM "{name}"')).all()
                found[f"{node.name}.{name}"] = [tuple(row) for row in rows]
    return found
