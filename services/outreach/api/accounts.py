"""Accounts, sign-in and API tokens over HTTP."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from services.outreach import queries, signing
from services.outreach.account_bodies import (
    AccountBody,
    AccountId,
    Accounts,
    Me,
    PasswordBody,
    SignedIn,
    SignInBody,
    TokenBody,
    TokenIssued,
    Tokens,
)
from services.outreach.commands import accounts
from services.outreach.commands.signing_in import TooManyTries
from services.runtime import lists, problems
from services.runtime.security.gate import gate_of, public
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/api/v1", tags=["accounts"])


@router.post(
    "/sign-in",
    response_model=SignedIn,
    dependencies=[public("nobody is signed in yet")],
    responses={429: {"model": problems.Problem, "description": "Too many tries"}},
)
async def sign_in(body: SignInBody, request: Request) -> Response:
    """Sign in; the session comes as a cookie.

    Programs other than our pages send the header `Origin` with the service's own address, as
    browsers do.
    """
    try:
        password = body.password.get_secret_value()
        begun = await signing.sign_in(request, body.email, password, body.code)
    except TooManyTries as error:
        answer = problems.from_domain(error)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    response = JSONResponse(begun.view.model_dump(mode="json"))
    gate_of(request).sign_in(response, begun.session)
    return response


@router.post("/sign-out", status_code=204)
async def sign_out(
    request: Request, context: Context = allowed(Permission.ACCOUNT_OWN)
) -> Response:
    """End this session in every service."""
    await signing.sign_out(request, context)
    response = Response(status_code=204)
    gate_of(request).sign_out(response)
    return response


@router.get("/me")
async def who_am_i(context: Context = allowed(Permission.ACCOUNT_OWN)) -> Me:
    """The account that asks."""
    principal = context.principal
    return Me(
        account_id=principal.account_id,
        role=principal.role,
        organisation_id=principal.organisation_id,
        team_id=principal.team_id,
    )


@router.post("/password", status_code=204)
async def change_password(
    body: PasswordBody, request: Request, context: Context = allowed(Permission.ACCOUNT_OWN)
) -> Response:
    """Change your password. Every session ends, so sign in again."""
    await signing.change_password(
        request, context, body.current.get_secret_value(), body.new.get_secret_value()
    )
    response = Response(status_code=204)
    gate_of(request).sign_out(response)
    return response


@router.get("/accounts")
async def list_accounts(
    page: lists.Paged, context: Context = allowed(Permission.ACCOUNT_ADMINISTER)
) -> Accounts:
    """Accounts of your organisation, oldest first."""
    return await context.audited(accounts.list_all, page)


@router.post("/accounts", status_code=201, response_model=AccountId)
async def add_account(
    body: AccountBody, context: Context = allowed(Permission.ACCOUNT_ADMINISTER)
) -> Response:
    """Make an account in your organisation."""
    return await context.command(accounts.add, body, 201)


@router.post("/accounts/{account_id}/disable", status_code=204)
async def disable_account(
    account_id: UUID, context: Context = allowed(Permission.ACCOUNT_ADMINISTER)
) -> Response:
    """End an account: its sessions and API tokens stop in every service."""
    return await context.command(accounts.disable, account_id)


@router.get("/api-tokens")
async def list_tokens(
    page: lists.Paged, context: Context = allowed(Permission.ACCOUNT_OWN)
) -> Tokens:
    """Your API tokens, without their secrets."""
    return await context.query(queries.tokens, context.principal.account_id, page)


@router.post("/api-tokens", status_code=201, response_model=TokenIssued)
async def issue_token(
    body: TokenBody, context: Context = allowed(Permission.ACCOUNT_OWN)
) -> Response:
    """Make an API token. The secret is shown once, so an Idempotency-Key repeats nothing here."""
    issued = await context.run(accounts.issue_token, body)
    return JSONResponse(issued.model_dump(mode="json"), 201, {"Cache-Control": "no-store"})


@router.delete("/api-tokens/{token_id}", status_code=204)
async def withdraw_token(
    token_id: UUID, context: Context = allowed(Permission.ACCOUNT_OWN)
) -> Response:
    """Withdraw an API token in every service."""
    return await context.command(accounts.withdraw_token, token_id)
