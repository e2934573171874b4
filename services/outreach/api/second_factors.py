"""Second factors of one's own account over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from services.outreach import signing
from services.outreach.commands import second_factors
from services.outreach.commands.second_factors import CodeBody, FactorStarted, RecoveryCodes
from services.runtime.security.gate import gate_of
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/api/v1/second-factor", tags=["accounts"])


@router.post("", status_code=201, response_model=FactorStarted)
async def start_second_factor(
    context: Context = allowed(Permission.ACCOUNT_OWN, fresh=True),
) -> Response:
    """Start to set up an authenticator app; confirm with its first code."""
    started = await context.run(second_factors.start, None)
    return JSONResponse(started.model_dump(), 201, {"Cache-Control": "no-store"})


@router.post("/confirm", response_model=RecoveryCodes)
async def confirm_second_factor(
    request: Request, body: CodeBody, context: Context = allowed(Permission.ACCOUNT_OWN, fresh=True)
) -> Response:
    """Turn the app on with its first code. Keep the recovery codes: they are shown once."""
    codes = await context.run(second_factors.confirm, body)
    response = JSONResponse(codes.model_dump(), headers={"Cache-Control": "no-store"})
    if signing.is_limited(context.principal):
        begun = await signing.begin_anew(request, context.principal.account_id)
        gate_of(request).sign_in(response, begun.session)
    return response


@router.post("/remove", status_code=204)
async def remove_second_factor(
    body: CodeBody, context: Context = allowed(Permission.ACCOUNT_OWN, fresh=True)
) -> Response:
    """Take the app away, with a code from it or a recovery code."""
    await context.run(second_factors.remove, body)
    return Response(status_code=204)
