"""The gate every route stands behind: who asks, whether they may, whether our page sent it.

    router = APIRouter(dependencies=[...])

    @router.post("/contacts")
    async def log(principal: Annotated[Principal, requires(Permission.CONTACT_LOG)]): ...

    @router.get("/", dependencies=[public("the start page")])
    async def start(): ...

Every route declares one of `requires`, `public` or `signed_elsewhere`; `undeclared_routes` in
`routes.py` lists those that forgot.
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import structlog
from fastapi import Depends, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from services.runtime.errors import DomainError
from services.runtime.security import csrf
from services.runtime.security.cookies import CookieJar
from services.runtime.security.keys import derive
from services.runtime.security.limits import Asking, Meter, network_of
from services.runtime.security.permissions import ASKS_AGAIN, EXPORTS, Permission, allows
from services.runtime.security.principal import Principal
from services.runtime.security.problems import RefusedError, refusal_response
from services.runtime.security.sessions import Session, SessionKeeper, SessionRefusedError
from services.runtime.security.settings import SecuritySettings
from services.runtime.security.tokens import StoredToken, hash_of, principal_of

log = structlog.get_logger()

RevocationPort = Callable[[str], bool | Awaitable[bool]]
EXPORT_PARAMETER, EXPORT_PATH = "form", "/export"
TokenPort = Callable[[str], StoredToken | Awaitable[StoredToken | None] | None]


class Kind(StrEnum):
    """How a route is protected."""

    REQUIRES = "requires"
    PUBLIC = "public"
    SIGNED_ELSEWHERE = "signed_elsewhere"


@dataclass(frozen=True, slots=True)
class Access:
    """What a route declares: the permission it needs, or why it needs none."""

    kind: Kind
    permission: Permission | None = None
    reason: str = ""
    fresh: bool = False
    """Whether the sign-in must be recent."""


@dataclass
class Gate:
    """One service's way to tell who is asking.

    `is_revoked(session_id)` asks the service's own table; `find_token(hash)` finds an API token.
    Either may be a plain function (run in the thread pool) or a coroutine function.
    """

    settings: SecuritySettings
    keeper: SessionKeeper
    form_key: bytes = field(repr=False)
    is_revoked: RevocationPort
    find_token: TokenPort | None = None
    meter: Meter = field(default_factory=lambda: Meter({}))
    sign_in_path: str = "/sign-in"
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def from_settings(
        cls,
        settings: SecuritySettings,
        is_revoked: RevocationPort,
        find_token: TokenPort | None = None,
        data_folder: Path | None = None,
        **others: Any,
    ) -> Self:
        """Raises MissingSecretError if no secret key is given and there is no data folder."""
        keeper = SessionKeeper.from_settings(settings, data_folder)
        form_key = derive(settings.secret(data_folder), "form tokens")
        meter = Meter.from_settings(settings)
        return cls(settings, keeper, form_key, is_revoked, find_token, meter, **others)

    @property
    def cookies(self) -> CookieJar:
        return CookieJar(secure=self.settings.secure_cookies)

    def install(self, app: FastAPI) -> None:
        """Give the app this gate and its refusals. Do it for every mounted app of its own too."""
        app.state.gate = self
        app.add_exception_handler(RefusedError, self._refuse)
        app.add_exception_handler(413, self._too_large)

    def sign_in(self, response: Response, session: Session) -> None:
        """Put a session that `keeper.begin` made into the browser, in place of any before it.

        The caller revokes the old session's id, if there was one.
        """
        self.cookies.set_session(response, self.keeper.token(session))

    def sign_out(self, response: Response) -> None:
        """Take the session out of the browser. The caller also revokes its id."""
        self.cookies.clear_session(response)

    def form_token(self, request: Request) -> str:
        """The value of the hidden field `csrf_token`; give it to templates as a function."""
        session = current_session(request)
        binding = session.id if session else self.cookies.form_value(request)
        return csrf.make_token(self.form_key, binding)

    async def session_of(self, request: Request) -> Session | None:
        """The request's valid, unrevoked session, or None. Marks it for renewal when due."""
        token = request.cookies.get(self.cookies.session_name)
        if not token:
            return None
        try:
            session = self.keeper.read(token, self.now())
        except SessionRefusedError:
            return None
        if await _answer(self.is_revoked, session.id):
            return None
        renewed = self.keeper.renew(session, self.now())
        if renewed:
            self.cookies.renew_later(request, self.keeper.token(renewed))
        request.state.nv_session = session
        return session

    async def bearer_of(self, request: Request) -> Principal | None:
        """The principal of an API token in the Authorization header, or None if there is none.

        Raises RefusedError for a token that is unknown, expired or withdrawn: 401, and 429 from
        an address that tries many.
        """
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        stored = await _answer(self.find_token, hash_of(secret)) if self.find_token else None
        principal = principal_of(stored, self.now()) if stored else None
        if principal is None:
            self.count_unknown(request)
            raise RefusedError.token_unknown()
        return principal

    def count_unknown(self, request: Request) -> None:
        """Raises RefusedError (429) if this address asked too often without our knowing who asks.

        Called once it is known that a token or signature does not hold, so that a stranger at the
        same address keeps nobody out who can prove who they are.
        """
        self._count(Asking.UNKNOWN, network_of(address_of(request)))

    def count(self, request: Request, principal: Principal, permission: Permission) -> None:
        """Raises RefusedError (429) if this account or API token asked too often."""
        is_program = principal.session_id.startswith("token:")
        who = principal.session_id if is_program else str(principal.account_id)
        is_read = request.method in csrf.SAFE_METHODS
        self._count(Asking.READ if is_read else Asking.WRITE, who)
        if permission in EXPORTS or _is_export(request):
            self._count(Asking.EXPORT, who)

    def _count(self, kind: Asking, who: str) -> None:
        decision = self.meter.take(kind, who, self.now())
        if not decision.allowed:
            raise RefusedError.too_many(decision.retry_after_seconds)

    async def check_form(self, request: Request, session: Session | None) -> None:
        """Raises RefusedError (403) unless one of our own pages sent this request."""
        if request.method in csrf.SAFE_METHODS:
            return
        origin = self.settings.public_origin
        if csrf.comes_from_elsewhere(request.headers, origin):
            raise RefusedError.foreign_form()
        if csrf.is_json_from_our_page(request.headers, origin):
            return
        token = request.headers.get(csrf.HEADER) or await _form_field(request)
        binding = session.id if session else request.cookies.get(self.cookies.form_name, "")
        if not csrf.token_holds(self.form_key, binding, token):
            raise RefusedError.foreign_form()

    def check_fresh(self, session: Session | None) -> None:
        """Raises RefusedError unless a person signed in a short while ago."""
        if session is None:
            raise RefusedError.not_for_tokens()
        if not session.signed_in_within(self.settings.fresh_sign_in, self.now()):
            raise RefusedError.sign_in_again(session.principal.role)

    async def _refuse(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RefusedError)
        # No path: it may hold the secret of a link.
        log.info("request refused", code=error.code, status=error.status_code)
        return refusal_response(request, error, self.sign_in_path)

    async def _too_large(self, request: Request, _error: Exception) -> Response:
        return refusal_response(request, RefusedError.too_large(), self.sign_in_path)


class _Requires:
    def __init__(self, permission: Permission, fresh: bool) -> None:
        fresh = fresh or permission in ASKS_AGAIN
        self.access = Access(Kind.REQUIRES, permission, fresh=fresh)

    async def __call__(self, request: Request) -> Principal:
        gate = gate_of(request)
        principal, session = await gate.bearer_of(request), None
        if principal is None:
            session = await gate.session_of(request)
            if session is None:
                gate.count_unknown(request)
                raise RefusedError.not_signed_in()
            await gate.check_form(request, session)
            principal = session.principal
        assert self.access.permission is not None
        gate.count(request, principal, self.access.permission)
        if not allows(principal, self.access.permission):
            raise RefusedError.not_allowed()
        if self.access.fresh:
            gate.check_fresh(session)
        request.state.nv_principal = principal
        return principal


class _Public:
    def __init__(self, reason: str) -> None:
        self.access = Access(Kind.PUBLIC, None, reason)

    async def __call__(self, request: Request) -> Principal | None:
        gate = gate_of(request)
        session = await gate.session_of(request)
        if session is None:
            gate.count_unknown(request)
        await gate.check_form(request, session)
        return session.principal if session else None


class _SignedElsewhere:
    def __init__(self, reason: str) -> None:
        self.access = Access(Kind.SIGNED_ELSEWHERE, None, reason)

    async def __call__(self, request: Request) -> AsyncIterator[None]:
        try:
            yield
        except DomainError:
            # What its sender could prove is never held up; what does not hold is counted.
            gate_of(request).count_unknown(request)
            raise


@lru_cache
def _requires(permission: Permission, fresh: bool) -> _Requires:
    return _Requires(permission, fresh)


def requires(permission: Permission, fresh: bool = False) -> Any:
    """The route needs this permission; the dependency's value is the Principal.

    Refuses with 401 or 403 (problem+json), or sends a page's visitor to sign in. A state-changing
    request on a session cookie must also come from one of our pages (`csrf.py`). `fresh` asks for
    a recent sign-in, as the permissions of `ASKS_AGAIN` always do.
    """
    return Depends(_requires(permission, fresh))


def public(reason: str) -> Any:
    """The route is open to all, for this reason; the value is the Principal if signed in.

    Forms on it are still protected against other sites.
    """
    return Depends(_Public(reason))


def signed_elsewhere(reason: str) -> Any:
    """The route checks a signature of its own, such as a provider's webhook."""
    return Depends(_SignedElsewhere(reason))


def gate_of(request: Request) -> Gate:
    gate = getattr(request.app.state, "gate", None)
    if not isinstance(gate, Gate):
        raise RuntimeError("call Gate.install(app) for this app")
    return gate


def address_of(request: Request) -> str:
    """Where a request comes from. Behind a proxy: as the trusted proxy says."""
    return request.client.host if request.client else "unknown"


def current_session(request: Request) -> Session | None:
    """The session that `requires` or `public` found for this request."""
    session = getattr(request.state, "nv_session", None)
    return session if isinstance(session, Session) else None


def form_token(request: Request) -> str:
    """The hidden field's value for a page's form."""
    return gate_of(request).form_token(request)


def _is_export(request: Request) -> bool:
    """Whether a file is made, by what every export has: a path of its own, or a form to choose."""
    asked = {*request.query_params, *request.path_params}
    return EXPORT_PARAMETER in asked or request.url.path.endswith(EXPORT_PATH)


async def _answer(port: Callable[[str], Any], question: str) -> Any:
    if inspect.iscoroutinefunction(port):
        return await port(question)
    answer = await run_in_threadpool(port, question)
    return await answer if inspect.isawaitable(answer) else answer


async def _form_field(request: Request) -> str:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return ""
    value = (await request.form()).get(csrf.FORM_FIELD)
    return value if isinstance(value, str) else ""
