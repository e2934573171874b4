"""The only place that knows all three services: nodes, and one web application for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from services.runtime import migrations, problems
from services.runtime.clock import Clock, utc_now
from services.runtime.node import Node
from services.runtime.pages import mount_static
from services.runtime.running import Runner, runner_for
from services.runtime.security.headers import harden
from services.runtime.security.routes import mark_public
from services.runtime.service import Service
from services.runtime.settings import Settings
from services.runtime.web import NO_TELEMETRY

NAMES = ("outreach", "matching", "notifications")


def services(names: Sequence[str] = NAMES) -> list[Service]:
    return [import_module(f"services.{name}.service").SERVICE for name in names]


def make_nodes(
    settings: Settings, clock: Clock = utc_now, names: Sequence[str] = NAMES
) -> list[Node]:
    """Running services with migrated databases."""
    nodes = [Node(service, settings, clock) for service in services(names)]
    for node in nodes:
        migrations.upgrade(node.service, node.database)
    return nodes


def make_root(nodes: Sequence[Node], runner: Runner | None = None) -> FastAPI:
    """One application: each service under its name, `/` leads to the sign-in or the work."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if runner is not None:
            runner.start()
        yield
        if runner is not None:
            runner.stop()
        for node in nodes:
            node.close()

    root = FastAPI(title="New Voices", openapi_url=None, lifespan=lifespan, telemetry=NO_TELEMETRY)
    problems.install(root)
    harden(root, nodes[0].settings.security)
    for node in nodes:
        root.mount(f"/{node.name}", node.service.make_app(node))
    mount_static(root)
    _start_page(root)
    return root


def _start_page(root: FastAPI) -> None:
    async def start(_request: Request) -> Response:
        return RedirectResponse("/outreach/", status_code=303)

    async def live(_request: Request) -> Response:
        return PlainTextResponse("ok")

    root.add_route("/", mark_public(start, "leads to the start page"))
    root.add_route("/health/live", mark_public(live, "says that the process answers"))


def everything(settings: Settings, clock: Clock = utc_now) -> tuple[FastAPI, list[Node]]:
    """Web and work of all three services in one process, whatever carries the events."""
    nodes = make_nodes(settings, clock)
    return make_root(nodes, runner_for(nodes)), nodes
