"""Signing in other than by password: at the organisation's provider, and with a passkey."""

from __future__ import annotations

import json
import secrets
from typing import Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.outreach import signing
from services.outreach.commands import identities, passkeys, stepping
from services.outreach.pages.shared import PAGES, ROOT, again
from services.runtime.errors import DomainError
from services.runtime.node import Node
from services.runtime.pages import gettext
from services.runtime.security import csrf
from services.runtime.security.gate import current_session, gate_of, public, signed_elsewhere
from services.runtime.security.oidc import OidcClient, OidcRefusedError, Proven
from services.runtime.security.passkeys import PasskeyRefusedError, Passkeys, credential_id_of
from services.runtime.security.problems import safe_next

router = APIRouter(
    prefix="/sign-in", include_in_schema=False, dependencies=[Depends(PAGES.speaking)]
)

NOBODY_YET = public("nobody is signed in yet")
SIGNED = signed_elsewhere("the identity provider signs its logout_token")
BACK = f"{ROOT}/sign-in/back"
PROVIDER_STEP, PASSKEY_STEP = "provider", "passkey"
MOST_CHARACTERS = 20_000


class NoSuchProvider(DomainError):
    code = "no-such-provider"
    status = 404
    title = "Not found"

    def __init__(self) -> None:
        super().__init__("There is no such sign-in here. Use your password, or ask a colleague.")


class ProviderFailed(DomainError):
    code = "provider-failed"
    status = 502
    title = "Not signed in"

    def __init__(self) -> None:
        super().__init__(
            "Your organisation's sign-in did not work just now. Try again, or use your password."
        )


class LogoutRefused(DomainError):
    code = "logout-refused"
    status = 400
    title = "Not a sign-out we can believe"

    def __init__(self) -> None:
        super().__init__("The logout_token does not hold. Nobody was signed out.")


def sign_in_page(request: Request, problem: DomainError | None = None, **more: Any) -> Response:
    """The page with every way in that this installation has."""
    settings = request.app.state.node.settings
    known = {"next": "", "values": {}, "providers": settings.oidc} | more
    if problem is None:
        return PAGES.page(request, "sign_in.html", **known)
    told = DomainError(gettext(problem.detail), problem.field)
    response = again(request, "sign_in.html", told, **known)
    response.status_code = problem.status
    return response


@router.get("/with/{code}", dependencies=[NOBODY_YET])
async def go_to_provider(request: Request, code: str, next: str = "") -> Response:
    """Off to the organisation's own sign-in. A link, not a form: our policy lets no form leave."""
    node: Node = request.app.state.node
    client = _client(node, code)
    if client is None:
        return sign_in_page(request, NoSuchProvider())
    if csrf.comes_from_elsewhere(request.headers, node.settings.security.public_origin):
        # Nobody is signed in because another site wanted it (ASVS 5.0, 7.6.2): here is the button.
        return sign_in_page(request, next=safe_next(next, ""))
    try:
        asked = await client.begin(node.now())
    except OidcRefusedError:
        return sign_in_page(request, ProviderFailed())
    kept = {
        "provider": code,
        "nonce": asked.nonce,
        "verifier": asked.verifier,
        "next": safe_next(next, f"{ROOT}/"),
    }
    binding, now = _browser(request), node.now()
    await node.writer.run(
        lambda session: stepping.begin(
            session, PROVIDER_STEP, asked.state, binding, kept, now, stepping.AT_PROVIDER
        )
    )
    return RedirectResponse(asked.address, status_code=303)


@router.get("/back", dependencies=[NOBODY_YET])
async def back_from_provider(
    request: Request, state: str = "", code: str = "", iss: str = ""
) -> Response:
    """What the provider says; anything that does not fit together ends on the sign-in page."""
    node: Node = request.app.state.node
    now, binding = node.now(), _browser(request)
    try:
        kept = await _taken(node, PROVIDER_STEP, state, binding)
        client = _client(node, str(kept["provider"]))
        if client is None or not code:
            raise ProviderFailed
        proven = await client.finish(code, kept["nonce"], kept["verifier"], now, iss)
        begun = await _begin(request, str(kept["provider"]), proven)
    except OidcRefusedError:
        signing.note_refusal(ProviderFailed.code)
        return sign_in_page(request, ProviderFailed())
    except DomainError as error:
        signing.note_refusal(error.code)
        return sign_in_page(request, error)
    needed = begun.view.second_factor_needed
    target = f"{ROOT}/account/second-factor" if needed else kept["next"]
    response = RedirectResponse(target, status_code=303)
    gate_of(request).sign_in(response, begun.session)
    return response


@router.get("/with/{code}/out", dependencies=[NOBODY_YET])
async def leave_provider(request: Request, code: str) -> Response:
    """Off to end the session there too, and back to our sign-in page."""
    node: Node = request.app.state.node
    client = _client(node, code)
    if client is None:
        return sign_in_page(request, NoSuchProvider())
    back = f"{node.settings.security.public_base_url}{ROOT}/sign-in"
    try:
        address = await client.sign_out_address(back, node.now())
    except OidcRefusedError:
        return sign_in_page(request, ProviderFailed())
    return RedirectResponse(address or back, status_code=303)


@router.post("/with/{code}/signed-out", dependencies=[SIGNED])
async def signed_out_at_provider(request: Request, code: str) -> Response:
    """A provider tells that somebody's session there is over: it is over here, too."""
    node: Node = request.app.state.node
    client = _client(node, code)
    if client is None:
        raise NoSuchProvider
    token = str((await request.form()).get("logout_token", ""))[:MOST_CHARACTERS]
    now = node.now()
    try:
        ended = await client.signed_out(token, now)
    except OidcRefusedError:
        raise LogoutRefused from None
    await node.writer.run(lambda session: identities.end_at_provider(session, code, ended, now))
    return Response(status_code=200, headers={"Cache-Control": "no-store"})


async def _begin(request: Request, code: str, proven: Proven) -> signing.Begun:
    node: Node = request.app.state.node
    provider, before = node.settings.oidc[code], current_session(request)

    def job(session: Session) -> signing.Begun:
        found = identities.account_for(session, provider, proven, node.now())
        begun = signing.begin_for(
            request, session, found.account, proven.strong, before, f"provider {code}"
        )
        how = identities.came_by_of(session, code, proven)
        identities.remember(session, begun.session.id, how)
        identities.note(session, begun.session.principal, found, node.now())
        return begun

    return await node.writer.run(job)


@router.post("/passkey/options", dependencies=[NOBODY_YET])
async def passkey_options(request: Request) -> Response:
    """A challenge for whatever passkey the browser has for this site."""
    node: Node = request.app.state.node
    challenge = Passkeys.from_settings(node.settings.security).begin_sign_in()
    return await offered(request, PASSKEY_STEP, challenge.options_json, challenge.challenge)


@router.post("/passkey", dependencies=[NOBODY_YET])
async def sign_in_with_passkey(request: Request) -> Response:
    """Checks the browser's answer; the page then goes on to `next`."""
    node: Node = request.app.state.node
    try:
        step, answer, target = await read_answer(request)
        kept = await _taken(node, PASSKEY_STEP, step, _browser(request))
        begun = await _begin_with_passkey(request, answer, passkeys.decoded(kept["challenge"]))
    except (PasskeyRefusedError, passkeys.NotAccepted):
        signing.note_refusal(passkeys.NotAccepted.code)
        return told(passkeys.NotAccepted())
    except DomainError as error:
        signing.note_refusal(error.code)
        return told(error)
    response = JSONResponse({"next": safe_next(target, f"{ROOT}/")})
    gate_of(request).sign_in(response, begun.session)
    return response


async def _begin_with_passkey(request: Request, answer: str, challenge: bytes) -> signing.Begun:
    node: Node = request.app.state.node
    checker, before = Passkeys.from_settings(node.settings.security), current_session(request)
    credential_id = credential_id_of(answer)

    def job(session: Session) -> signing.Begun:
        account, stored = passkeys.find(session, credential_id)
        count = checker.finish_sign_in(answer, challenge, stored)
        passkeys.used(session, credential_id, count, node.now())
        return signing.begin_for(request, session, account, True, before, "passkey")

    return await node.writer.run(job)


async def offered(request: Request, kind: str, options: str, challenge: bytes) -> Response:
    """Options for the browser, and the challenge kept until its answer comes."""
    node: Node = request.app.state.node
    step, binding, now = secrets.token_urlsafe(24), _browser(request), node.now()
    kept = {"challenge": passkeys.encoded(challenge)}
    await node.writer.run(lambda session: stepping.begin(session, kind, step, binding, kept, now))
    return JSONResponse({"step": step, "options": json.loads(options)})


async def read_answer(request: Request) -> tuple[str, str, str]:
    """Step, answer (JSON text) and where to go on, from a page's script. Raises DomainError."""
    try:
        body = json.loads((await request.body())[:MOST_CHARACTERS])
        return str(body["step"]), json.dumps(body["answer"]), str(body.get("next", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise passkeys.NotAccepted from None


async def taken(request: Request, kind: str, step: str) -> bytes:
    """The challenge of a step; it is used up."""
    kept = await _taken(request.app.state.node, kind, step, _browser(request))
    return passkeys.decoded(kept["challenge"])


def told(error: DomainError) -> Response:
    """One plain sentence for the page's script to show."""
    return JSONResponse({"detail": gettext(error.detail)}, status_code=error.status)


async def _taken(node: Node, kind: str, step: str, binding: str) -> dict[str, Any]:
    """Committed before the answer is looked at, so that a step is used up by a wrong answer too."""
    now = node.now()

    def job(session: Session) -> dict[str, Any] | None:
        try:
            return stepping.take(session, kind, step, binding, now)
        except stepping.StepOver:
            return None

    found = await node.writer.run(job)
    if found is None:
        raise stepping.StepOver
    return found


def _browser(request: Request) -> str:
    """What ties a step to this browser: the form cookie, which no other site and script reads."""
    return gate_of(request).cookies.form_value(request)


def _client(node: Node, code: str) -> OidcClient | None:
    provider = node.settings.oidc.get(code)
    if provider is None:
        return None
    clients: dict[str, OidcClient] = node.extras.setdefault("oidc", {})
    if code not in clients:
        base = node.settings.security.public_base_url
        clients[code] = OidcClient(provider, f"{base}{BACK}")
    return clients[code]
