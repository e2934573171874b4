"""The web side of a service: its FastAPI app, and what an endpoint needs to run a command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from fastapi.telemetry import TelemetryConfig
from pydantic import BaseModel
from sqlalchemy.orm import Session

from services.runtime import access, api_documents, audit, problems
from services.runtime.conditions import ConditionalReads
from services.runtime.idempotency import Answer, IdempotencyKey, once
from services.runtime.node import Node
from services.runtime.openapi import DescribedApp
from services.runtime.security.gate import Gate, requires
from services.runtime.security.permissions import PARTICIPANT_DATA, Permission
from services.runtime.security.principal import Principal
from services.runtime.security.tokens import StoredToken
from services.runtime.tracing import TracingMiddleware

T = TypeVar("T")
C = TypeVar("C")
Command = Callable[[Session, Principal, C, datetime], T]


# Spans and timings are ours (`tracing`). FastAPI's own would cost as much as a small request,
# and its logs hold what validation refused.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}


class Context:
    """One request of one principal, on one service.

    Commands are plain functions `command(session, principal, body, now) -> answer`;
    queries are plain functions whose first argument is a session.
    """

    def __init__(
        self, request: Request, principal: Principal, permission: Permission | None = None
    ) -> None:
        self.request = request
        self.principal = principal
        self.node: Node = request.app.state.node
        self._unwritten = permission if permission in PARTICIPANT_DATA else None

    async def command(self, command: Command[C, T], body: C, status: int = 200) -> Response:
        """Run a command once per Idempotency-Key and answer with its result as JSON."""
        key = await self._key()
        now = self.node.now()
        self._unwritten = None

        def job(session: Session) -> Answer:
            return once(session, key, now, lambda: act(session))

        def act(session: Session) -> Answer:
            result = command(session, self.principal, body, now)
            if result is None:
                return Answer(204, "")
            if not isinstance(result, BaseModel):
                raise TypeError("a command answers with a pydantic model or None")
            return Answer(status, result.model_dump_json())

        answer = await self.node.writer.run(job)
        headers = {"Idempotent-Replayed": "true"} if answer.repeated else None
        told = problems.MEDIA_TYPE if answer.status >= 400 else "application/json"
        media = told if answer.body else None
        return Response(answer.body, answer.status, headers=headers, media_type=media)

    async def audited(self, reading: Command[C, T], body: C) -> T:
        """Run a read that writes into the audit trail. Its answer is stored nowhere."""
        return await self.run(reading, body)

    async def run(self, command: Command[C, T], body: C) -> T:
        """Run a command for a page, which renders or redirects itself."""
        now = self.node.now()
        look, self._unwritten = self._unwritten, None

        def job(session: Session) -> T:
            before = audit.count_waiting(session)
            result = command(session, self.principal, body, now)
            if look is not None and audit.count_waiting(session) == before:
                self._write_down(session, look, now)
            return result

        return await self.node.writer.run(job)

    async def query(self, query: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run a read-only query off the event loop.

        Where the route's permission lets an account learn about one person, under a name or an id,
        the look is written into the audit trail before anything is shown.
        """

        def job() -> T:
            return self.node.database.read(lambda session: query(session, *args, **kwargs))

        found = await run_in_threadpool(job)
        look, self._unwritten = self._unwritten, None
        if look is not None:
            now = self.node.now()
            await self.node.writer.run(lambda session: self._write_down(session, look, now))
        return found

    def _write_down(self, session: Session, look: Permission, now: datetime) -> None:
        """Who looked at what, in the words of the route: its last id, and its path."""
        known, path = self.request.path_params, self.request.scope["route"].path
        kind, about = next(reversed(known.items())) if known else ("list", "")
        kind, about = str(kind).removesuffix("_id"), str(about)[:60]
        audit.record(session, self.principal, look.value, kind, about, now, path)

    async def _key(self) -> IdempotencyKey | None:
        given = self.request.headers.get("idempotency-key")
        if given is None:
            return None
        return IdempotencyKey.of(
            str(self.principal.account_id),
            self.request.method,
            self.request.url.path,
            given,
            await self.request.body(),
        )


def allowed(permission: Permission, fresh: bool = False) -> Any:
    """The context of an endpoint, for a principal who holds `permission`.

    `fresh` asks for a recent sign-in too, as some permissions always do.
    """
    requirement = requires(permission, fresh)

    async def context(request: Request, principal: Principal = requirement) -> Context:
        return Context(request, principal, permission)

    return Depends(context)


def make_app(node: Node, title: str, description: str) -> FastAPI:
    """A service's app with problem+json errors; `add_routes` adds what it answers."""
    app = DescribedApp(
        title=title,
        description=description,
        version="1",
        docs_url=None,
        redoc_url=None,
        telemetry=NO_TELEMETRY,
    )
    app.state.node = node
    problems.install(app)
    app.add_middleware(ConditionalReads)
    app.add_middleware(TracingMiddleware, service=node.name)
    _gate(node).install(app)
    api_documents.install(app)
    return app


def add_routes(app: FastAPI, *routers: APIRouter) -> None:
    """Answer the routers' routes, in their order.

    `include_router` would build every route anew for each app and look for a path router by
    router. Here the apps of a process share the routes, and a path is looked up in one list.
    Dependencies and prefixes belong to the router.
    """
    for router in routers:
        app.router.routes.extend(router.routes)


def _gate(node: Node) -> Gate:
    def is_revoked(session_id: str) -> bool:
        return node.database.read(lambda session: access.is_revoked(session, session_id))

    async def is_revoked_here(session_id: str) -> bool:
        return access.is_revoked_at_a_glance(node.database, session_id)

    def find_token(token_hash: str) -> StoredToken | None:
        return node.database.read(lambda session: access.find_token(session, token_hash))

    return Gate.from_settings(
        node.settings.security,
        is_revoked_here if node.database.is_sqlite else is_revoked,
        find_token,
        node.settings.secrets_dir(),
        sign_in_path="/outreach/sign-in",
        now=node.now,
    )


def created(location: str, answer: Response) -> Response:
    """Name the new resource's address in the Location header."""
    answer.headers["Location"] = location
    return answer


def json_with_etag(body: BaseModel, etag: str) -> Response:
    return JSONResponse(body.model_dump(mode="json"), headers={"ETag": etag})
