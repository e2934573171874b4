"""What lets the forms work without a network: the worker, the device's key, the waiting list."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from services.outreach.account_models import Account
from services.outreach.commands import organisation
from services.outreach.pages.shared import OFFLINE, PAGES
from services.runtime.node import Node
from services.runtime.pages.compression import compress
from services.runtime.pages.offline import LOCK_AFTER, DeviceSession, device_answer
from services.runtime.security.gate import public, requires
from services.runtime.security.permissions import Permission
from services.runtime.security.principal import Principal

router = APIRouter(dependencies=[Depends(PAGES.speaking)])


@router.get("/sw.js", include_in_schema=False, dependencies=[public("a script without any data")])
async def worker(request: Request) -> Response:
    response = OFFLINE.worker_response()
    compress(response, request)
    return response


@router.get(
    "/app.webmanifest",
    include_in_schema=False,
    dependencies=[public("name and icon of the app, no data")],
)
async def manifest() -> Response:
    return OFFLINE.manifest_response()


@router.get("/api/v1/device", response_model=DeviceSession, tags=["accounts"])
async def device(
    request: Request,
    principal: Principal | None = public("a closed account's device must learn of it"),
) -> Response:
    """The key of what this account left on this device; 410 once the account is closed."""
    node: Node = request.app.state.node
    secret = node.settings.security.secret(node.settings.secrets_dir())

    def is_closed(account_id: UUID) -> bool:
        account = node.database.read(lambda session: session.get(Account, account_id))
        return account is None or account.disabled_at is not None

    def answer() -> Response:
        lock = LOCK_AFTER
        if principal is not None:
            organisation_id = principal.organisation_id
            lock = node.database.read(lambda s: organisation.lock_after(s, organisation_id))
        return device_answer(request, principal, secret, is_closed, lock)

    return await run_in_threadpool(answer)


@router.get("/start", include_in_schema=False, dependencies=[requires(Permission.ACCOUNT_OWN)])
async def start(request: Request) -> Response:
    """What opens when there is no network: what can be done without one."""
    return PAGES.page(request, "start.html")


@router.get("/waiting", include_in_schema=False, dependencies=[requires(Permission.ACCOUNT_OWN)])
async def waiting(request: Request) -> Response:
    return PAGES.page(request, "waiting.html")
