"""Which routes an app has and what each declares; for the test that finds those without."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Route

from services.runtime.security.gate import Access, Kind

_MARK = "nv_access"


@dataclass(frozen=True, slots=True)
class DeclaredRoute:
    """A route and its declarations (normally one; none is a fault)."""

    path: str
    methods: tuple[str, ...]
    access: tuple[Access, ...]


def mark_public(target: Any, reason: str) -> Any:
    """Declare what cannot carry a dependency open to all: a mounted StaticFiles, a plain endpoint.

    Returns the target, so that it can be wrapped where it is mounted.
    """
    setattr(target, _MARK, Access(Kind.PUBLIC, None, reason))
    return target


def mark_documents_public(app: FastAPI) -> None:
    """Declare the app's OpenAPI document open; it describes the API and holds nobody's data.

    Only that: make the app with `docs_url=None, redoc_url=None`, since the viewers load scripts
    from elsewhere, which our content security policy forbids.
    """
    for route in app.routes:
        if isinstance(route, Route) and route.path == app.openapi_url:
            mark_public(route, "the API's description")


def route_table(app: FastAPI) -> list[DeclaredRoute]:
    """Every route of the app and of everything mounted in it, with full paths."""
    return list(_walk(_routes_of(app), ""))


def undeclared_routes(app: FastAPI) -> list[str]:
    """`METHOD /path` of each route that declares no access. An empty list is what we want."""
    return [
        f"{'|'.join(route.methods) or 'ANY'} {route.path}"
        for route in route_table(app)
        if not route.access
    ]


def _walk(routes: Iterable[BaseRoute], prefix: str) -> Iterator[DeclaredRoute]:
    for context in iter_route_contexts(list(routes)):
        path = prefix + (context.path or "")
        inner = _routes_of(getattr(context, "app", None))
        dependant = getattr(context, "dependant", None)
        access = [*_declared(dependant), *_marks(context)]
        if inner and dependant is None and not access:
            yield from _walk(inner, path)
        else:
            methods = tuple(sorted(set(context.methods or ()) - {"HEAD"}))
            yield DeclaredRoute(path or "/", methods, tuple(access))


def _routes_of(app: object) -> list[BaseRoute]:
    routes = [*(getattr(app, "routes", None) or [])]
    # `app.frontend(...)` keeps its routes apart from the others.
    return [*routes, *getattr(getattr(app, "router", None), "_low_priority_routes", [])]


def _declared(dependant: Dependant | None) -> Iterator[Access]:
    if dependant is None:
        return
    access = getattr(dependant.call, "access", None)
    if isinstance(access, Access):
        yield access
    for inner in dependant.dependencies:
        yield from _declared(inner)


def _marks(context: Any) -> Iterator[Access]:
    endpoint, app = getattr(context, "endpoint", None), getattr(context, "app", None)
    for target in (context.original_route, endpoint, app):
        mark = getattr(target, _MARK, None)
        if isinstance(mark, Access):
            yield mark
            return
