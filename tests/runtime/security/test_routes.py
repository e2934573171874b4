"""The check that finds every route without a declaration, however it was added."""

from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI, WebSocket
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Host, Mount, Route, Router
from starlette.staticfiles import StaticFiles

from services.runtime.security.gate import Kind, public, requires, signed_elsewhere
from services.runtime.security.permissions import Permission
from services.runtime.security.routes import (
    mark_documents_public,
    mark_public,
    route_table,
    undeclared_routes,
)


def bare_app() -> FastAPI:
    return FastAPI(openapi_url=None, docs_url=None, redoc_url=None)


async def plain(_: Request) -> Response:
    return PlainTextResponse("ok")


def test_declared_routes_are_not_listed() -> None:
    app = bare_app()
    app.get("/a", dependencies=[requires(Permission.CONTACT_READ)])(lambda: "a")
    app.get("/b", dependencies=[public("start")])(lambda: "b")
    app.post("/c", dependencies=[signed_elsewhere("webhook")])(lambda: "c")
    guarded = APIRouter(dependencies=[requires(Permission.AUDIT_READ)])
    guarded.get("/d")(lambda: "d")
    app.include_router(guarded, prefix="/log")
    app.include_router(plain_router(), dependencies=[public("whole router")])
    assert undeclared_routes(app) == []
    assert {route.path: route.access[0].kind for route in route_table(app)} == {
        "/a": Kind.REQUIRES,
        "/b": Kind.PUBLIC,
        "/c": Kind.SIGNED_ELSEWHERE,
        "/log/d": Kind.REQUIRES,
        "/e": Kind.PUBLIC,
    }


def plain_router() -> APIRouter:
    router = APIRouter()
    router.get("/e")(lambda: "e")
    return router


def test_a_declaration_inside_another_dependency_counts() -> None:
    def reader(principal: object = requires(Permission.CONTACT_READ)) -> object:
        return principal

    app = bare_app()
    app.get("/a", dependencies=[Depends(reader)])(lambda: "a")
    assert undeclared_routes(app) == []


def test_routes_without_a_declaration_are_found_wherever_they_hide(tmp_path: Path) -> None:
    app = bare_app()
    app.get("/open")(lambda: "a")
    app.include_router(plain_router(), prefix="/v1")
    nested = APIRouter()
    nested.include_router(plain_router(), prefix="/deep")
    app.include_router(nested, prefix="/v2")

    sub = bare_app()
    sub.get("/inner")(lambda: "b")
    sub.get("/fine", dependencies=[public("ok")])(lambda: "c")
    app.mount("/sub", sub)
    app.router.routes.append(Mount("/old", app=Router([Route("/plain", plain)])))
    app.router.routes.append(Host("api.example", Router([Route("/hosted", plain)])))
    app.mount("/static", StaticFiles(directory=tmp_path))

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.close()

    assert undeclared_routes(app) == [
        "GET /open",
        "GET /v1/e",
        "GET /v2/deep/e",
        "GET /sub/inner",
        "GET /old/plain",
        "GET /hosted",
        "ANY /static",
        "ANY /live",
    ]


def test_the_api_documents_are_routes_like_any_other() -> None:
    assert "GET /openapi.json" in undeclared_routes(FastAPI())

    app = FastAPI(docs_url=None, redoc_url=None)
    mark_documents_public(app)
    assert undeclared_routes(app) == []


def test_static_files_and_plain_endpoints_can_be_marked_public(tmp_path: Path) -> None:
    app = bare_app()
    app.mount("/static", mark_public(StaticFiles(directory=tmp_path), "style sheets"))
    app.router.routes.append(Route("/robots.txt", mark_public(plain, "robots")))
    assert undeclared_routes(app) == []


def test_front_end_folders_are_checked_too(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("hello")
    app = bare_app()
    app.frontend("/app", directory=tmp_path)
    assert undeclared_routes(app) != []
