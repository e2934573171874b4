"""OpenAPI documents completed with what the runtime does for every operation.

FastAPI describes bodies and answers from the types. It cannot know that reads answer 304, that a
change with If-Match may be refused, that errors are problem+json, and it gives no whole examples;
`complete` writes these into the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from schemas.examples import BY_MODEL, BY_NAME
from services.runtime import problems
from services.runtime.errors import type_of
from services.runtime.security.gate import Kind
from services.runtime.security.routes import route_table

METHODS = ("get", "put", "post", "patch", "delete")
MAX_DEPTH = 8
MISSING = object()
UNTOLD = "…"
JSON = "application/json"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "title": "If-None-Match"},
    "description": "ETags that you hold; 304 when one of them is still right",
}
ETAG = {"ETag": {"description": "the version of this answer", "schema": {"type": "string"}}}
MADE_UP = {
    "uuid": "0198f2a0-0000-7000-8000-000000000001",
    "date": "2026-10-06",
    "date-time": "2026-10-06T10:00:00Z",
    "time": "10:00:00",
    "uri": "https://example.org/",
    "email": "someone@example.org",
    "password": "kettle harbour violin",
}
PROBLEMS = {
    401: ("not-signed-in", "You need to sign in", "Sign in, then try again."),
    403: ("not-allowed", "Your account cannot do this", "Ask who looks after accounts."),
    404: ("not-found", "Not found", "There is no record with this id."),
    409: ("conflict", "This has changed or was done already", "This was done already."),
    412: ("version-stale", "This has changed meanwhile", "Read it again, then send your change."),
    422: ("fields", "Check what you sent", "One field needs another value."),
    428: ("version-needed", "Say which version you change", "Send the ETag in If-Match."),
    429: ("too-many-tries", "Too many tries", "Wait a minute, then try again."),
}

OTHER = ("refused", "This cannot be done", "Try again later.")


class DescribedApp(FastAPI):
    """An app whose document says everything."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            made = complete(super().openapi())
            _sign_in(
                made,
                {
                    (m, one.path)
                    for one in route_table(self)
                    for m in one.methods
                    if any(access.kind is Kind.PUBLIC for access in one.access)
                },
            )
            self.openapi_schema = made
        return self.openapi_schema


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation, in the document's order."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """The same document, with every operation completed."""
    problems.with_problems(document)
    _name_shortly(document)
    for method, path, operation in operations(document):
        names = {one["name"].lower() for one in operation.get("parameters", [])}
        answers = operation["responses"]
        if method == "get" and "/api/" in path and JSON in answers["200"].get("content", {}):
            operation.setdefault("parameters", []).append(IF_NONE_MATCH)
            answers["200"].setdefault("headers", {}).update(ETAG)
            answers["304"] = {"description": "You have this version already"}
        if "if-match" in names:
            for status, said in problems.VERSIONED.items():
                answers[status] = {"description": said, "content": {JSON: {"schema": PROBLEM}}}
        for status, answer in answers.items():
            _describe(status, answer)
        for body in [operation.get("requestBody", {}), *answers.values()]:
            _exemplify(body, document)
    return document


def _name_shortly(document: dict[str, Any]) -> None:
    """`list_opportunities` instead of its path as well: what a generated client calls it."""
    names = [_function(path, method, said) for method, path, said in operations(document)]
    for method, path, said in operations(document):
        name = _function(path, method, said)
        if names.count(name) == 1:
            said["operationId"] = name
        for one in said.get("parameters", []):
            if one["in"] == "header":
                for schema in (one["schema"], *one["schema"].get("anyOf", [])):
                    schema.pop("format", None)  # a header is text, and generators take no other


def _function(path: str, method: str, said: dict[str, Any]) -> str:
    """The function's name in what FastAPI makes of name, path and method."""
    whole: str = said["operationId"]
    address = re.sub(r"\W", "_", path)
    return whole.removesuffix(f"{address}_{method}")


def _sign_in(document: dict[str, Any], open_to_all: set[tuple[str, str]]) -> None:
    """Programs come with a token, but for what is open to all."""
    schemes = {"token": {"type": "http", "scheme": "bearer", "description": "an API token, nv_…"}}
    document.setdefault("components", {})["securitySchemes"] = schemes
    document["security"] = [{"token": []}]
    for method, path, said in operations(document):
        if (method.upper(), path) in open_to_all:
            said["security"] = []


def _describe(status: str, answer: dict[str, Any]) -> None:
    """Errors as what they are: problem+json, with one that can happen."""
    content = answer.get("content", {})
    schema = (content.get(problems.MEDIA_TYPE) or content.get(JSON, {})).get("schema")
    if schema != PROBLEM:
        return
    code, title, detail = PROBLEMS.get(int(status), OTHER)
    example = {
        "type": type_of(code),
        "title": title,
        "status": int(status),
        "detail": detail,
        "errors": [{"field": "seats", "message": "Enter 1 or more."}] if status == "422" else [],
    }
    answer["content"] = {problems.MEDIA_TYPE: {"schema": schema, "example": example}}


def _exemplify(body: dict[str, Any], document: dict[str, Any]) -> None:
    said = body.get("content", {}).get(JSON)
    if said is not None and not {"example", "examples"} & set(said) and said.get("schema"):
        said["example"] = example_of(said["schema"], document)


def example_of(schema: dict[str, Any], document: dict[str, Any], depth: int = 0) -> Any:
    """A value for a schema: its own example if it has one, else one made from its fields."""
    schema = _followed(schema, document)
    found = _given(schema)
    if found is not MISSING:
        return _whole(found, schema, document, depth)
    if depth > MAX_DEPTH:
        return None
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return example_of(schema[key][0], document, depth + 1)
    return _made_up(schema, document, depth)


def _given(schema: dict[str, Any]) -> Any:
    for key in ("example", "const"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    return schema.get("default", MISSING)


def _whole(found: Any, schema: dict[str, Any], document: dict[str, Any], depth: int) -> Any:
    """An example that was written for what is sent, with what an answer has besides."""
    if not isinstance(found, dict):
        return found
    fields = schema.get("properties", {})
    more = {
        name: None if _may_be_null(fields[name]) else _field(name, schema, document, depth)
        for name in schema.get("required", [])
        if name not in found and name in fields
    }
    return found | more


def _may_be_null(schema: dict[str, Any]) -> bool:
    return {"type": "null"} in schema.get("anyOf", [])


def _field(name: str, owner: dict[str, Any], document: dict[str, Any], depth: int) -> Any:
    """An example of a model's field: its own, else one by its name, else made from its type."""
    made = example_of(owner["properties"][name], document, depth + 1)
    if made not in (UNTOLD, [UNTOLD]):
        return made
    named = BY_MODEL.get(owner.get("title", ""), {}).get(name, BY_NAME.get(name, UNTOLD))
    return [named] if made == [UNTOLD] else named


def _followed(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][str(schema["$ref"]).rpartition("/")[2]]
    return schema


def _made_up(schema: dict[str, Any], document: dict[str, Any], depth: int) -> Any:
    if "properties" in schema:
        return {name: _field(name, schema, document, depth) for name in schema["properties"]}
    if schema.get("type") == "array":
        if "prefixItems" in schema:
            return [example_of(one, document, depth + 1) for one in schema["prefixItems"]]
        return [example_of(schema.get("items", {}), document, depth + 1)]
    if schema.get("type") in ("integer", "number"):
        return schema.get("minimum", 1)
    if schema.get("type") == "object":
        return _made_up_map(schema, document, depth)
    plain = {"boolean": True, "null": None}
    if schema.get("type") in plain:
        return plain[schema["type"]]
    return MADE_UP.get(str(schema.get("format")), UNTOLD)


def _made_up_map(schema: dict[str, Any], document: dict[str, Any], depth: int) -> Any:
    values = schema.get("additionalProperties")
    if not isinstance(values, dict):
        return {}
    names = schema.get("propertyNames")
    name = example_of(names, document, depth + 1) if names else "code"
    return {name: example_of(values, document, depth + 1)}
