"""An API's description to read: a page without script, made from the OpenAPI document.

The usual viewers load scripts from elsewhere or need inline styles; our content security policy
allows neither. `install` serves the document at /openapi.json and the page at /docs, both open to
all: they describe the API and hold nobody's data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from services.runtime.openapi import example_of, operations
from services.runtime.pages import Pages, make_pages
from services.runtime.pages.assets import HERE
from services.runtime.security.gate import Access, Kind, public
from services.runtime.security.routes import mark_documents_public, route_table


@dataclass(frozen=True)
class Operation:
    """One line of the page. `example` is a request body as JSON text, empty without a body."""

    method: str
    path: str
    summary: str
    description: str
    needs: str
    parameters: tuple[dict[str, str], ...]
    example: str
    answers: tuple[tuple[str, str], ...]


def install(app: FastAPI) -> None:
    """Add the page; the app must be made with `docs_url=None, redoc_url=None`."""
    mark_documents_public(app)

    async def documents(request: Request) -> Response:
        groups = grouped(app)
        return _pages().page(request, "nv/api.html", title=app.title, groups=groups, wide=True)

    app.add_api_route(
        "/docs",
        documents,
        include_in_schema=False,
        dependencies=[public("describes the API, holds nobody's data")],
    )


def grouped(app: FastAPI) -> dict[str, list[Operation]]:
    """The app's operations by their first tag, in the document's order."""
    found: dict[str, list[Operation]] = {}
    for tag, operation in _operations(app):
        found.setdefault(tag, []).append(operation)
    return found


def _operations(app: FastAPI) -> Iterator[tuple[str, Operation]]:
    document = app.openapi()
    needs = _needs(app)
    for method, path, said in operations(document):
        yield (
            str((said.get("tags") or ["other"])[0]),
            Operation(
                method=method.upper(),
                path=path,
                summary=str(said.get("summary", "")),
                description=str(said.get("description", "")),
                needs=needs.get((method.upper(), path), ""),
                parameters=tuple(_parameter(one) for one in said.get("parameters", [])),
                example=_example(said.get("requestBody", {}), document),
                answers=tuple(
                    (code, str(answer.get("description", "")))
                    for code, answer in sorted(said["responses"].items())
                ),
            ),
        )


def _needs(app: FastAPI) -> dict[tuple[str, str], str]:
    return {
        (method, route.path): ", ".join(_in_words(access) for access in route.access)
        for route in route_table(app)
        for method in route.methods
    }


def _in_words(access: Access) -> str:
    if access.kind is Kind.REQUIRES and access.permission is not None:
        return f"permission {access.permission.value}"
    if access.kind is Kind.SIGNED_ELSEWHERE:
        return access.reason
    return f"open to all: {access.reason}"


def _parameter(said: dict[str, Any]) -> dict[str, str]:
    return {
        "name": str(said["name"]),
        "where": str(said["in"]),
        "needed": "yes" if said.get("required") else "no",
        "about": str(said.get("description") or said.get("schema", {}).get("title", "")),
    }


def _example(body: dict[str, Any], document: dict[str, Any]) -> str:
    content = body.get("content", {}).get("application/json")
    if content is None:
        return ""
    value = content.get("example", example_of(content.get("schema", {}), document))
    return json.dumps(value, indent=2, ensure_ascii=False)


@lru_cache(maxsize=1)
def _pages() -> Pages:
    return make_pages("API", HERE / "templates", home="/outreach/")
