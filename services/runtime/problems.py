"""Errors as problem+json (RFC 9457) for the APIs."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from services.runtime.errors import DomainError, NotFound, type_of
from services.runtime.processor import describe

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """What an error answer holds."""

    type: str = Field(
        description="names the kind of error, the same everywhere; docs/api.md lists them",
        examples=["urn:newvoices:problem:fields"],
    )
    title: str = Field(examples=["Check what you sent"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["Two fields need another value."])
    errors: list[FieldProblem] = []


VERSIONED = {"412": "Somebody changed it after you read it", "428": "If-Match is missing"}
# What the framework itself refuses, by status: the code of the problem and its title.
BY_STATUS = {
    400: ("unreadable", "This could not be read"),
    401: ("not-signed-in", "Sign in first"),
    403: ("not-allowed", "Not allowed"),
    404: (NotFound.code, "Not found"),
    405: ("method-not-allowed", "Not possible here"),
    413: ("too-large", "Too large"),
    429: ("too-many-tries", "Too many tries"),
    500: ("failed", "Something went wrong"),
    503: ("try-again", "Try again soon"),
}
FIELDS = "fields"
REFUSALS = {
    "401": "Sign in first",
    "403": "Your role does not allow this",
    "404": "No such record, or not yours",
    "409": "Changed meanwhile, or done already",
    "422": "Something in the request needs another value",
    "429": "Too many requests; Retry-After says how many seconds to wait",
}
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")


def with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """The problems that any operation may answer with, added to an OpenAPI document.

    Done once for the document: as `responses` of the app, each would be a model of each route.
    """
    place = "#/components/schemas/"
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FASTAPIS_OWN:
        schemas.pop(name, None)
    schema = Problem.model_json_schema(ref_template=place + "{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas[Problem.__name__] = schema
    content = {MEDIA_TYPE: {"schema": {"$ref": place + Problem.__name__}}}
    for item in document["paths"].values():
        for operation in item.values():
            answers = operation["responses"]
            if _FASTAPIS_OWN[0] in str(answers.get("422")):
                del answers["422"]
            for code, text in REFUSALS.items():
                answers.setdefault(code, {"description": text, "content": content})
    return document


def problem(
    status: int,
    title: str,
    detail: str,
    code: str,
    errors: list[FieldProblem] | None = None,
) -> JSONResponse:
    """A problem+json answer. `code` ends its type."""
    body = Problem(
        type=type_of(code), title=title, status=status, detail=detail, errors=errors or []
    )
    return JSONResponse(body.model_dump(), status_code=status, media_type=MEDIA_TYPE)


def by_status(status: int, detail: str) -> JSONResponse:
    code, title = BY_STATUS.get(status, (DomainError.code, DomainError.title))
    return problem(status, title, detail, code)


def from_domain(error: DomainError) -> JSONResponse:
    errors = [FieldProblem(field=error.field, message=error.detail)] if error.field else []
    return problem(error.status, error.title, error.detail, error.code, errors)


def from_validation(error: RequestValidationError) -> JSONResponse:
    errors = [
        FieldProblem(
            field=".".join(str(part) for part in e["loc"] if part != "body") or "body",
            message=str(e["msg"]).removeprefix("Value error, "),
        )
        for e in error.errors()
    ]
    count = "One field needs" if len(errors) == 1 else f"{len(errors)} fields need"
    return problem(422, "Check what you sent", f"{count} another value.", FIELDS, errors)


def install(app: FastAPI) -> None:
    """Every error of an app answers as problem+json and is logged without values."""

    @app.exception_handler(DomainError)
    async def _domain(_request: Request, error: DomainError) -> Response:
        return from_domain(error)

    @app.exception_handler(RequestValidationError)
    async def _validation(_request: Request, error: RequestValidationError) -> Response:
        # Places only: values are somebody's, and a made-up field's name may be anything.
        log.info("body refused", code=FIELDS, faults=len(error.errors()))
        return from_validation(error)

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> Response:
        answer = by_status(error.status_code, str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(OperationalError)
    async def _database(_request: Request, error: OperationalError) -> Response:
        log.error("database did not answer", reason=describe(error))
        answer = by_status(503, "The database did not answer. Nothing was saved.")
        answer.headers["Retry-After"] = "5"
        return answer

    @app.exception_handler(Exception)
    async def _other(_request: Request, error: Exception) -> Response:
        log.error("request failed", reason=describe(error))
        return by_status(500, "Nothing was saved. Try again in a minute.")
