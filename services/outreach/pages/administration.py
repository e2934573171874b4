"""An administrator's pages: colleagues' accounts. Nothing of a participant is shown here.

In English only, as the coordinators' console is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from services.outreach import forms
from services.outreach.account_bodies import AccountBody, RoleBody
from services.outreach.commands import accounts, administering
from services.outreach.pages.shared import HERE, ROOT, again, moved
from services.runtime.errors import DomainError
from services.runtime.lists import EVERYTHING
from services.runtime.pages import make_pages
from services.runtime.pages.navigation import navigation
from services.runtime.security.permissions import Permission
from services.runtime.security.principal import Principal, Role
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/accounts", include_in_schema=False)

ADMINISTER = Permission.ACCOUNT_ADMINISTER
ROLE_NAMES = {
    Role.LINK_WORKER: "Link worker",
    Role.COORDINATOR: "Coordinator",
    Role.SAFEGUARDING_LEAD: "Safeguarding lead",
    Role.HOST: "Host of a group",
    Role.AUDITOR: "Auditor: reads the log only",
    Role.ADMINISTRATOR: "Administrator: accounts, no participants",
}
SENTENCES = {
    "email": "Enter the colleague's work email address.",
    "name": "Enter the colleague's name.",
    "role": "Choose what the colleague does.",
    "team_id": "Use small letters, digits and hyphens for a team, such as north.",
}

PAGES = make_pages("Outreach", HERE / "templates", navigation, home=f"{ROOT}/")
PAGES.env.globals.update(role_names=ROLE_NAMES, control_id=forms.control_id)


@router.get("")
async def listing(
    request: Request, role: str = "", context: Context = allowed(ADMINISTER)
) -> Response:
    found = await context.audited(accounts.list_all, EVERYTHING)
    held = [one.role for one in found.items]
    shown = [one for one in found.items if role in ("", one.role.value)]
    shown.sort(key=lambda one: (one.disabled, one.name.casefold()))
    counts = {one: held.count(one) for one in ROLE_NAMES if one in held}
    return PAGES.page(
        request, "administration/accounts.html", shown=shown, role=role, counts=counts
    )


@router.get("/new")
async def new(request: Request, _context: Context = allowed(ADMINISTER)) -> Response:
    return PAGES.page(request, "administration/new.html", values={})


@router.post("/new")
async def add(request: Request, context: Context = allowed(ADMINISTER)) -> Response:
    """Make the account, then show the link with which the colleague chooses a password."""
    form = await request.form()
    try:
        body = forms.validate(AccountBody, forms.nested(form), SENTENCES)
        made = await context.run(accounts.add, body)
    except (DomainError, forms.FormProblems) as problem:
        return again(request, "administration/new.html", problem, pages=PAGES, values=form)
    return await _with_link(request, context, made.id)


@router.get("/{account_id}")
async def one(
    request: Request, account_id: UUID, context: Context = allowed(ADMINISTER)
) -> Response:
    return await _account(request, context, account_id)


async def _account(
    request: Request,
    context: Context,
    account_id: UUID,
    problem: DomainError | forms.FormProblems | None = None,
    **more: Any,
) -> Response:
    account = await context.audited(administering.read, account_id)
    known: dict[str, Any] = {
        "account": account,
        "own": account.id == context.principal.account_id,
        "values": {"role": account.role.value, "team_id": account.team_id or ""},
    } | more
    if problem is None:
        return PAGES.page(request, "administration/account.html", **known)
    return again(request, "administration/account.html", problem, pages=PAGES, **known)


@router.post("/{account_id}/password-link")
async def link(
    request: Request, account_id: UUID, context: Context = allowed(ADMINISTER)
) -> Response:
    try:
        return await _with_link(request, context, account_id)
    except DomainError as problem:
        if problem.status == 404:
            raise
        return await _account(request, context, account_id, problem)


async def _with_link(request: Request, context: Context, account_id: UUID) -> Response:
    base = context.node.settings.security.public_base_url
    made = await context.run(
        administering.issue_password_link, administering.IssueLink(account_id, base)
    )
    account = await context.audited(administering.read, account_id)
    return PAGES.page(request, "administration/link.html", account=account, link=made)


@router.post("/{account_id}/role")
async def role(
    request: Request, account_id: UUID, context: Context = allowed(ADMINISTER)
) -> Response:
    form = await request.form()
    try:
        body = forms.validate(RoleBody, forms.nested(form), SENTENCES)
        await context.run(administering.change_role, administering.ChangeRole(account_id, body))
    except (DomainError, forms.FormProblems) as problem:
        if isinstance(problem, DomainError) and problem.status == 404:
            raise
        return await _account(request, context, account_id, problem, values=form)
    return moved(f"/accounts/{account_id}", "Saved. They sign in again with the new role.")


@router.post("/{account_id}/lock")
async def lock(
    request: Request, account_id: UUID, context: Context = allowed(ADMINISTER)
) -> Response:
    told = "Locked. Nobody can sign in with this account."
    return await _done(request, context, account_id, accounts.disable, told)


@router.post("/{account_id}/unlock")
async def unlock(
    request: Request, account_id: UUID, context: Context = allowed(ADMINISTER)
) -> Response:
    told = "Unlocked. They can sign in now."
    return await _done(request, context, account_id, administering.unlock, told)


@router.post("/{account_id}/second-factor")
async def second_factor(
    request: Request, account_id: UUID, context: Context = allowed(ADMINISTER)
) -> Response:
    told = "Their app and passkeys are taken away. They set up new ones after signing in."
    return await _done(request, context, account_id, administering.reset_second_factor, told)


@router.post("/{account_id}/sessions")
async def sessions(
    request: Request, account_id: UUID, context: Context = allowed(ADMINISTER)
) -> Response:
    told = "Signed out everywhere."
    return await _done(request, context, account_id, administering.sign_out_everywhere, told)


@router.post("/{account_id}/api-tokens")
async def api_tokens(
    request: Request, account_id: UUID, context: Context = allowed(ADMINISTER)
) -> Response:
    told = "Their API tokens are withdrawn."
    return await _done(request, context, account_id, administering.withdraw_tokens, told)


async def _done(
    request: Request,
    context: Context,
    account_id: UUID,
    command: Callable[[Session, Principal, UUID, datetime], None],
    told: str,
) -> Response:
    try:
        await context.run(command, account_id)
    except DomainError as problem:
        if problem.status == 404:
            raise
        return await _account(request, context, account_id, problem)
    return moved(f"/accounts/{account_id}", told)
