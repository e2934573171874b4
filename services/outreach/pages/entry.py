"""Sign in, sign out, and the home page with what waits."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from services.outreach import signing
from services.outreach.commands import contacts, safeguarding
from services.outreach.commands.second_factors import CodeNeeded, WrongCode
from services.outreach.commands.signing_in import TooManyTries, WrongSignIn
from services.outreach.pages.shared import PAGES, ROOT, again, moved
from services.outreach.pages.ways_in import sign_in_page
from services.runtime.errors import DomainError
from services.runtime.lists import Paging
from services.runtime.pages import gettext
from services.runtime.security.gate import gate_of, public
from services.runtime.security.permissions import Permission, allows
from services.runtime.security.principal import Principal, Role
from services.runtime.security.problems import safe_next
from services.runtime.web import Context, allowed

router = APIRouter(include_in_schema=False, dependencies=[Depends(PAGES.speaking)])

COORDINATOR_HOME = "/matching/"


@router.get("/sign-in", dependencies=[public("nobody is signed in yet")])
async def sign_in_form(
    request: Request, next: str = "", again: str = "", out: str = ""
) -> Response:
    return sign_in_page(request, next=safe_next(next, ""), came_back=bool(again), left=out)


@router.post("/sign-in", dependencies=[public("nobody is signed in yet")])
async def sign_in(request: Request) -> Response:
    form = await request.form()
    email, password = str(form.get("email", "")), str(form.get("password", ""))
    target = safe_next(str(form.get("next", "")), f"{ROOT}/")
    known: dict[str, Any] = {
        "next": target,
        "values": {"email": email},
        "providers": request.app.state.node.settings.oidc,
    }
    try:
        begun = await signing.sign_in(request, email, password, str(form.get("code", "")))
    except TooManyTries as error:
        response = again(request, "sign_in.html", error, **known)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    except (CodeNeeded, WrongCode) as error:
        return again(request, "sign_in.html", error, asks_code=True, **known)
    except WrongSignIn:
        sentence = "The email or the password is not right. Check both and try again."
        return again(request, "sign_in.html", DomainError(gettext(sentence), "email"), **known)
    if begun.view.second_factor_needed:
        target = f"{ROOT}/account/second-factor"
    response = RedirectResponse(target, status_code=303)
    gate_of(request).sign_in(response, begun.session)
    return response


@router.post("/sign-out")
async def sign_out(
    request: Request,
    principal: Principal | None = public("whoever is signed in may sign out, participants too"),
) -> Response:
    left = None
    if principal is not None:
        left = await signing.sign_out(request, Context(request, principal))
    is_participant = principal is not None and principal.role is Role.PARTICIPANT
    here = "/own/link" if is_participant else "/sign-in"
    known = left in request.app.state.node.settings.oidc
    response = moved(f"{here}?out={left}" if known else here, "You are signed out.")
    gate_of(request).sign_out(response)
    return response


@router.get("/")
async def home(request: Request, context: Context = allowed(Permission.ACCOUNT_OWN)) -> Response:
    if signing.is_limited(context.principal):
        return RedirectResponse(f"{ROOT}/account/second-factor", status_code=303)
    if context.principal.role is Role.COORDINATOR:
        return RedirectResponse(COORDINATOR_HOME, status_code=303)
    waiting = None
    if allows(context.principal, Permission.CONTACT_READ):
        today = context.node.now().date()
        want = contacts.Wanted(Paging(limit=5), follow_ups_until=today)
        waiting = await context.audited(contacts.list_page, want)
    late = 0
    if allows(context.principal, Permission.SAFEGUARDING_READ):
        organisation = context.principal.organisation_id
        late = await context.query(safeguarding.overdue, organisation, context.node.now())
    return PAGES.page(
        request,
        "home.html",
        late=late,
        waiting=waiting,
        may_log=allows(context.principal, Permission.CONTACT_LOG),
        may_register=allows(context.principal, Permission.PARTICIPANT_REGISTER),
    )
