"""A small site with an offline form, as outreach has: what the browser tests run against.

The server's side of the contract is real code (sessions, CSP, device keys); only the record is
simpler than an outreach contact.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from services.runtime.pages import make_pages, mount_static
from services.runtime.pages.offline import OfflineApp, device_answer, owner_of
from services.runtime.problems import problem
from services.runtime.security.headers import SecurityHeadersMiddleware
from services.runtime.security.principal import Principal, Role
from services.runtime.security.settings import SecuritySettings

TEMPLATES = Path(__file__).parent / "templates"
SECRET = b"a secret of the tests, long enough"
OFFLINE = OfflineApp(
    scope="/field/",
    pages=("/field/contact", "/field/saved"),
    fallback="/field/start",
    waiting="/field/waiting",
    session="/field/api/device",
    sign_out="/field/api/sign-out",
)


@dataclass
class Account:
    id: UUID = field(default_factory=uuid4)
    closed: bool = False


@dataclass
class Site:
    """The server's state; tests change it and look at it."""

    lock_after: timedelta = timedelta(minutes=15)
    account: Account = field(default_factory=Account)
    session: str | None = "session-1"
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    uploads: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    lose_answers: int = 0
    signed_out: int = 0
    device_down: bool = False
    posted: list[dict[str, str]] = field(default_factory=list)

    @property
    def principal(self) -> Principal | None:
        if self.session is None:
            return None
        return Principal(self.account.id, Role.LINK_WORKER, "org", None, self.session)

    def is_closed(self, account: UUID) -> bool:
        return self.account.closed and account == self.account.id

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_middleware(SecurityHeadersMiddleware, settings=SecuritySettings())
        mount_static(app)
        self._add_pages(app)
        self._add_api(app)
        return app

    def _add_pages(self, app: FastAPI) -> None:
        pages = make_pages(
            "Field", TEMPLATES, home="/field/start", sign_in="/sign-in", offline=OFFLINE
        )

        def show(request: Request, template: str) -> Response:
            if self.session is None:
                return RedirectResponse("/sign-in", 303)
            owner = owner_of(self.account.id)
            return pages.page(request, template, signed_in=True, device_owner=owner)

        @app.get("/sign-in")
        def sign_in(request: Request) -> Response:
            return pages.page(request, "sign_in.html")

        @app.get("/field/sw.js")
        def worker() -> Response:
            return OFFLINE.worker_response()

        @app.get("/field/app.webmanifest")
        def manifest() -> Response:
            return OFFLINE.manifest_response()

        @app.post("/field/contact")
        async def post(request: Request) -> Response:
            self.posted.append({k: str(v) for k, v in (await request.form()).items()})
            return RedirectResponse("/field/saved", 303)

        @app.get("/field/{name}")
        def any_page(request: Request, name: str) -> Response:
            return show(request, f"{name}.html")

    def _add_api(self, app: FastAPI) -> None:
        @app.get("/field/api/device")
        def device(request: Request) -> Response:
            if self.device_down:
                return problem(503, "Later", "Try again soon.", "try-again")
            return device_answer(request, self.principal, SECRET, self.is_closed, self.lock_after)

        @app.post("/field/api/sign-out")
        def sign_out() -> Response:
            self.signed_out += 1
            self.session = None
            return Response(status_code=204)

        @app.put("/field/api/records/{record_id}")
        async def put(record_id: str, request: Request) -> Response:
            return self._answer(request.method, record_id, await request.body(), request)

        @app.patch("/field/api/records/{record_id}")
        async def patch(record_id: str, request: Request) -> Response:
            return self._answer(request.method, record_id, await request.body(), request)

        @app.get("/field/api/records/{record_id}")
        def get(record_id: str) -> Response:
            record = self.records[record_id]
            return JSONResponse(record["body"], headers={"ETag": f'"{record["revision"]}"'})

    def _answer(self, method: str, record_id: str, raw: bytes, request: Request) -> Response:
        self.uploads.append((method, record_id, dict(request.headers)))
        if self.session is None:
            return problem(401, "Sign in first", "Sign in, then try again.", "not-signed-in")
        if self.answers:
            return self.answers.pop(0)
        body = json.loads(raw)
        if record_id in self.erased:
            return problem(410, "Erased", "This record was erased.", "erased")
        response = self._store(method, record_id, body, request.headers.get("if-match"))
        if self.lose_answers:
            self.lose_answers -= 1
            # The record is stored, and the answer never arrives as it was meant.
            return Response("<html>Welcome to the café's network</html>", media_type="text/html")
        return response

    def _store(
        self, method: str, record_id: str, body: dict[str, Any], if_match: str | None
    ) -> Response:
        known = self.records.get(record_id)
        if method == "PATCH":
            if known is None or if_match != f'"{known["revision"]}"':
                return problem(412, "Changed", "Somebody changed this record.", "version-stale")
            known["body"] |= body
            known["revision"] += 1
        elif known is None:
            self.records[record_id] = {"body": body, "revision": 1}
        elif known["body"] != body:
            return problem(409, "Changed", "It is here with other content.", "conflict")
        return JSONResponse({"id": record_id, "revision": self.records[record_id]["revision"]})
