"""What an administrator does with colleagues' accounts, over HTTP."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from services.outreach.account_bodies import AccountDetail, PasswordLinkView, RoleBody
from services.outreach.commands import administering
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/api/v1/accounts/{account_id}", tags=["accounts"])

ADMINISTER = Permission.ACCOUNT_ADMINISTER


@router.get("")
async def read_account(account_id: UUID, context: Context = allowed(ADMINISTER)) -> AccountDetail:
    """One account of your organisation, with its ways to sign in."""
    return await context.audited(administering.read, account_id)


@router.post("/enable", status_code=204)
async def enable_account(account_id: UUID, context: Context = allowed(ADMINISTER)) -> Response:
    """Let an account sign in again that was ended, or that had too many failed tries."""
    return await context.command(administering.unlock, account_id)


@router.put("/role", status_code=204)
async def change_role(
    account_id: UUID, body: RoleBody, context: Context = allowed(ADMINISTER)
) -> Response:
    """Give a colleague another role or team. Their sessions and API tokens end."""
    return await context.command(
        administering.change_role, administering.ChangeRole(account_id, body)
    )


@router.delete("/second-factor", status_code=204)
async def reset_second_factor(account_id: UUID, context: Context = allowed(ADMINISTER)) -> Response:
    """For a lost phone: take app, recovery codes and passkeys away. Their sessions end."""
    return await context.command(administering.reset_second_factor, account_id)


@router.delete("/sessions", status_code=204)
async def end_sessions(account_id: UUID, context: Context = allowed(ADMINISTER)) -> Response:
    """Sign an account out everywhere."""
    return await context.command(administering.sign_out_everywhere, account_id)


@router.delete("/api-tokens", status_code=204)
async def withdraw_tokens(account_id: UUID, context: Context = allowed(ADMINISTER)) -> Response:
    """Withdraw every API token of an account, in every service."""
    return await context.command(administering.withdraw_tokens, account_id)


@router.post("/password-links", status_code=201, response_model=PasswordLinkView)
async def issue_password_link(account_id: UUID, context: Context = allowed(ADMINISTER)) -> Response:
    """A link with which the colleague chooses a password. Shown once, so no key repeats it."""
    base = context.node.settings.security.public_base_url
    what = administering.IssueLink(account_id, base)
    made = await context.run(administering.issue_password_link, what)
    return JSONResponse(made.model_dump(mode="json"), 201, {"Cache-Control": "no-store"})
