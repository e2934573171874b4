"""A little app behind a real gate, for the tests of gate and limits."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Form, Request
from fastapi.testclient import TestClient
from pydantic import SecretStr
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from services.runtime.security.cookies import CookieMiddleware
from services.runtime.security.gate import (
    Gate,
    current_session,
    form_token,
    public,
    requires,
    signed_elsewhere,
)
from services.runtime.security.permissions import Permission
from services.runtime.security.principal import Principal, Role
from services.runtime.security.sessions import Session
from services.runtime.security.settings import SecuritySettings
from services.runtime.security.tokens import StoredToken, new_secret

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SAME_ORIGIN = {"sec-fetch-site": "same-origin"}


@dataclass
class House:
    """A little app behind a real gate, with its clock, revocations and API tokens."""

    settings: dict[str, Any] = field(default_factory=dict)
    gate: Gate = field(init=False)
    client: TestClient = field(init=False)
    time: datetime = NOW
    revoked: set[str] = field(default_factory=set)
    tokens: dict[str, StoredToken] = field(default_factory=dict)

    def __post_init__(self) -> None:
        async def find_token(token_hash: str) -> StoredToken | None:
            return self.tokens.get(token_hash)

        self.gate = Gate.from_settings(
            SecuritySettings(
                secret_key=SecretStr("s" * 40),
                public_base_url="http://testserver",
                **self.settings,
            ),
            is_revoked=lambda session_id: session_id in self.revoked,
            find_token=find_token,
            now=lambda: self.time,
        )
        self.client = TestClient(build_app(self.gate), follow_redirects=False)

    def session(self, role: Role = Role.LINK_WORKER, account_id: UUID = UUID(int=1)) -> Session:
        return self.gate.keeper.begin(
            account_id=account_id,
            role=role,
            organisation_id="leeds",
            team_id="north",
            now=self.time,
        )

    def sign_in(self, role: Role = Role.LINK_WORKER, account_id: UUID = UUID(int=1)) -> Session:
        session = self.session(role, account_id)
        self.client.cookies.set("nv_session", self.gate.keeper.token(session))
        return session


def add_dangerous(app: FastAPI) -> None:
    @app.get("/people/1/erase", dependencies=[requires(Permission.PARTICIPANT_ERASE)])
    async def ask_erase() -> str:
        return "sure?"

    @app.post("/people/1/erase", dependencies=[requires(Permission.PARTICIPANT_ERASE)])
    async def erase() -> str:
        return "erased"

    @app.get("/own/download", dependencies=[requires(Permission.OWN_PAGE, fresh=True)])
    async def download() -> str:
        return "everything"


def build_app(gate: Gate) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gate.install(app)
    app.add_middleware(CookieMiddleware)
    add_dangerous(app)

    @app.get("/", dependencies=[public("start page")])
    async def start(request: Request) -> HTMLResponse:
        return HTMLResponse(form_token(request))

    @app.post("/sign-in", dependencies=[public("nobody is signed in yet")])
    async def sign_in(request: Request) -> Response:
        response = RedirectResponse("/", 303)
        before = current_session(request)
        session = gate.keeper.begin(
            account_id=UUID(int=1),
            role=Role.LINK_WORKER,
            organisation_id="leeds",
            team_id=None,
            now=gate.now(),
        )
        assert before is None or before.id != session.id
        gate.sign_in(response, session)
        return response

    @app.post("/sign-out", dependencies=[requires(Permission.ACCOUNT_OWN)])
    async def sign_out() -> Response:
        response = RedirectResponse("/", 303)
        gate.sign_out(response)
        return response

    @app.get("/contacts")
    async def contacts(
        principal: Annotated[Principal, requires(Permission.CONTACT_READ)],
    ) -> dict[str, str]:
        return {"role": principal.role, "session": principal.session_id}

    @app.post("/contacts")
    async def log(
        principal: Annotated[Principal, requires(Permission.CONTACT_LOG)],
        place: Annotated[str, Form()],
    ) -> dict[str, str]:
        return {"place": place}

    @app.post("/api/contacts", dependencies=[requires(Permission.CONTACT_LOG)])
    async def log_json(request: Request) -> JSONResponse:
        return JSONResponse(await request.json())

    @app.post("/webhooks/sms", dependencies=[signed_elsewhere("the provider signs it")])
    async def webhook() -> str:
        return "ok"

    return app


def token_for(house: House, scope: Permission) -> str:
    """The secret of a link worker's API token with this one scope."""
    secret, token_hash = new_secret()
    house.tokens[token_hash] = StoredToken(
        id=UUID(int=9),
        token_hash=token_hash,
        account_id=UUID(int=1),
        role=Role.LINK_WORKER,
        organisation_id="leeds",
        team_id=None,
        scopes=frozenset({scope.value}),
        expires_at=NOW + timedelta(days=1),
    )
    return secret
