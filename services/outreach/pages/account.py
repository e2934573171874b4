"""One's own account: password, authenticator app with recovery codes, passkeys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import segno
from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.outreach import signing
from services.outreach.commands import own_sessions, passkeys, second_factors
from services.outreach.commands.second_factors import CodeBody
from services.outreach.pages.shared import PAGES, ROOT, again, moved
from services.outreach.pages.ways_in import offered, read_answer, taken, told
from services.runtime.errors import DomainError
from services.runtime.node import Node
from services.runtime.security.gate import current_session, gate_of
from services.runtime.security.passkeys import PasskeyRefusedError, Passkeys
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(
    prefix="/account", include_in_schema=False, dependencies=[Depends(PAGES.speaking)]
)

NEW_PASSKEY = "new passkey"
OWN = Permission.ACCOUNT_OWN
# Changing how one signs in asks for a sign-in of a short while ago (ASVS 5.0, 7.5.1).
ANEW = allowed(OWN, fresh=True)


@router.get("")
async def show(request: Request, context: Context = allowed(OWN)) -> Response:
    return await _account(request, context)


async def _account(request: Request, context: Context, **more: Any) -> Response:
    known = await context.query(_state, context) | {"values": {}} | more
    problem = known.pop("problem", None)
    if problem is None:
        return PAGES.page(request, "account.html", **known)
    return again(request, "account.html", problem, **known)


def _state(session: Session, context: Context) -> dict[str, Any]:
    principal = context.principal
    return {
        "has_app": second_factors.is_on(session, principal.account_id),
        "passkeys": passkeys.own(session, principal.account_id),
        "forced": second_factors.is_forced(session, principal.organisation_id, principal.role),
        "limited": signing.is_limited(principal),
        "sessions": own_sessions.own(session, principal, context.node.now()),
    }


@router.post("/password")
async def change_password(request: Request, context: Context = allowed(OWN)) -> Response:
    """The new password ends every session, so one signs in again with it."""
    form = await request.form()
    current, new = str(form.get("current", ""))[:1000], str(form.get("new", ""))[:1000]
    try:
        await signing.change_password(request, context, current, new)
    except DomainError as error:
        return await _account(request, context, problem=error)
    response = moved("/sign-in", "Your password is changed. Sign in with the new one.")
    gate_of(request).sign_out(response)
    return response


@router.get("/second-factor")
async def second_factor(request: Request, context: Context = allowed(OWN)) -> Response:
    """Where somebody goes who has to enter, or set up, a second factor."""
    state = await context.query(_state, context)
    if not state["limited"] and state["has_app"]:
        return RedirectResponse(f"{ROOT}/account", status_code=303)
    if state["limited"] and (state["has_app"] or state["passkeys"]):
        return PAGES.page(request, "second_factor_enter.html", values={}, **state)
    return PAGES.page(request, "second_factor.html", **state)


@router.post("/second-factor/start")
async def start(request: Request, context: Context = ANEW) -> Response:
    """A new secret as a picture and as text; it counts from its first code on."""
    try:
        begun = await context.run(second_factors.start, None)
    except DomainError as error:
        return await _account(request, context, problem=error)
    return _scan(request, begun.secret, begun.address)


def _scan(
    request: Request, secret: str, address: str, problem: DomainError | None = None
) -> Response:
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff")
    groups = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    known: dict[str, Any] = {"picture": picture, "groups": groups, "values": {}}
    if problem is None:
        return PAGES.page(request, "second_factor_scan.html", **known)
    return again(request, "second_factor_scan.html", problem, **known)


@router.post("/second-factor/confirm")
async def confirm(request: Request, context: Context = ANEW) -> Response:
    """Turns the app on; the recovery codes are shown this once."""
    try:
        codes = await context.run(second_factors.confirm, await _code(request))
    except second_factors.WrongCode as error:
        shown = await context.audited(second_factors.pending, None)
        return _scan(request, shown.secret, shown.address, error)
    except DomainError as error:
        return await _account(request, context, problem=error)
    response = PAGES.page(request, "second_factor_codes.html", codes=codes.codes)
    if signing.is_limited(context.principal):
        await _rise(request, context, response)
    return response


@router.post("/second-factor/enter")
async def enter(request: Request, context: Context = allowed(OWN)) -> Response:
    """A code in a session that began without one. Wrong ones count as tries."""
    try:
        await signing.prove(request, context, (await _code(request)).code)
    except DomainError as error:
        state = await context.query(_state, context)
        return again(request, "second_factor_enter.html", error, values={}, **state)
    response = RedirectResponse(f"{ROOT}/", status_code=303)
    await _rise(request, context, response)
    return response


@router.post("/second-factor/remove")
async def remove(request: Request, context: Context = ANEW) -> Response:
    try:
        await context.run(second_factors.remove, await _code(request))
    except DomainError as error:
        return await _account(request, context, problem=error)
    return moved("/account", "The app is taken away. Signing in asks for no code now.")


@router.post("/passkeys/options")
async def passkey_options(request: Request, context: Context = allowed(OWN)) -> Response:
    """What the browser needs to make a passkey."""
    node: Node = request.app.state.node
    known = await context.run(passkeys.owner, None)
    challenge = Passkeys.from_settings(node.settings.security).begin_registration(
        known.account_id, known.email, known.existing
    )
    return await offered(request, NEW_PASSKEY, challenge.options_json, challenge.challenge)


@router.post("/passkeys")
async def add_passkey(request: Request, context: Context = allowed(OWN)) -> Response:
    """Keep the passkey that the browser made."""
    node: Node = request.app.state.node
    checker, session = Passkeys.from_settings(node.settings.security), current_session(request)
    recent = timedelta(seconds=passkeys.FRESH.total_seconds())
    try:
        step, answer, _ = await read_answer(request)
        challenge = await taken(request, NEW_PASSKEY, step)
        made = checker.finish_registration(answer, challenge)
        fresh = session is not None and session.signed_in_within(recent, node.now())
        await context.run(passkeys.register, passkeys.Register(made, fresh))
    except PasskeyRefusedError:
        return told(DomainError("The passkey was not set up. Please try again."))
    except DomainError as error:
        return told(error)
    response = JSONResponse({"next": f"{ROOT}/account"})
    if signing.is_limited(context.principal):
        await _rise(request, context, response)
    return response


@router.post("/passkeys/remove")
async def remove_passkey(request: Request, context: Context = ANEW) -> Response:
    form = await request.form()
    try:
        await context.run(passkeys.remove, str(form.get("passkey", ""))[:1400])
    except DomainError as error:
        return await _account(request, context, problem=error)
    return moved("/account", "The passkey is taken away.")


@router.post("/sessions/end")
async def end_session(request: Request, context: Context = ANEW) -> Response:
    """Sign out in one other browser."""
    form = await request.form()
    try:
        await context.run(own_sessions.end_one, str(form.get("session", ""))[:64])
    except DomainError as error:
        return await _account(request, context, problem=error)
    return moved("/account", "You are signed out there.")


@router.post("/sessions/end-others")
async def end_others(context: Context = ANEW) -> Response:
    """Sign out everywhere but here."""
    await context.run(own_sessions.end_others, None)
    return moved("/account", "You are signed out everywhere else.")


async def _code(request: Request) -> CodeBody:
    form = await request.form()
    return CodeBody(code=str(form.get("code", ""))[:60])


async def _rise(request: Request, context: Context, response: Response) -> None:
    """From a session that waits for a second factor to a whole one."""
    begun = await signing.begin_anew(request, context.principal.account_id)
    gate_of(request).sign_in(response, begun.session)
