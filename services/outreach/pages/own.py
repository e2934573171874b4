"""Pages of a participant: see, correct, download, withdraw, erase."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from services.outreach import own_page
from services.outreach.commands import consents, erasure, own_sessions, participants
from services.outreach.commands.signing_in import TooManyTries
from services.outreach.pages.shared import PAGES, again, moved
from services.outreach.participant_bodies import (
    ConsentBody,
    ConsentChange,
    ParticipantCorrection,
    ParticipantView,
)
from services.runtime.errors import DomainError
from services.runtime.node import Node
from services.runtime.security.gate import address_of, gate_of, public
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed

router = APIRouter(prefix="/own", include_in_schema=False, dependencies=[Depends(PAGES.speaking)])

OTHER_ADVOCATE = "Ask your link worker to note another advocate. We must ask them first."
NO_LINK_YET = public("whoever has lost their link asks for one here")
HAS_LINK = public("the link itself shows who may come in, once")


@router.get("")
async def show(request: Request, context: Context = allowed(Permission.OWN_PAGE)) -> Response:
    person = await context.audited(own_page.read, None)
    now = context.node.now()
    sessions = await context.query(own_sessions.own, context.principal, now)
    elsewhere = [one for one in sessions if not one.here]
    return PAGES.page(
        request, "own.html", person=person, values=person.model_dump(), elsewhere=elsewhere
    )


@router.post("/correct")
async def correct(request: Request, context: Context = allowed(Permission.OWN_PAGE)) -> Response:
    """Name and addresses; an emptied field takes the address away."""
    form = await request.form()
    person = await context.audited(own_page.read, None)
    fields = ("name", "phone", "email", "postal_address")
    given = {field: str(form.get(field, "")).strip() or None for field in fields}
    try:
        body = ParticipantCorrection.model_validate(given | _advocate(person, form))
        what = participants.Correct(person.id, person.revision, body)
        await context.run(participants.correct, what)
    except (DomainError, ValueError) as error:
        told = error if isinstance(error, DomainError) else DomainError("Check these answers.")
        return again(request, "own.html", told, person=person, values=given)
    return moved("/own", "Your details are changed.")


def _advocate(person: ParticipantView, form: FormData) -> dict[str, Any]:
    """Here an advocate can only be taken away: a new one has to be asked first."""
    said = str(form.get("advocate_email", "")).strip()
    if not person.advocate_email or said == person.advocate_email:
        return {}
    if said:
        raise DomainError(OTHER_ADVOCATE, "advocate_email")
    return {"advocate": {}}


@router.get("/download")
async def download(context: Context = allowed(Permission.OWN_PAGE, fresh=True)) -> Response:
    held = await context.audited(own_page.download, None)
    headers = {"Content-Disposition": 'attachment; filename="new-voices.json"'}
    text = json.dumps(held, indent=2, ensure_ascii=False)
    return Response(text, media_type="application/json", headers=headers)


@router.post("/withdraw")
async def withdraw(request: Request, context: Context = allowed(Permission.OWN_PAGE)) -> Response:
    """Say no to one purpose and channel; what was held on it goes at once."""
    form = await request.form()
    person = await context.audited(own_page.read, None)
    wanted = (str(form.get("purpose", "")), str(form.get("channel", "")) or None)
    said = next((c for c in person.consents if (c.purpose, c.channel) == wanted), None)
    if said is None:
        return moved("/own", "Choose what to stop.", "warning")
    no = ConsentBody(
        purpose=said.purpose,
        channel=said.channel,
        given=False,
        wording_version=said.wording_version,
    )
    body = ConsentChange(consents=[no], recorded_at=context.node.now())
    await context.run(consents.change, consents.Change(person.id, body))
    return moved("/own", "Done. We stopped this.")


@router.post("/erase")
async def erase(
    request: Request, context: Context = allowed(Permission.OWN_PAGE, fresh=True)
) -> Response:
    form = await request.form()
    if form.get("confirm") != "yes":
        return moved("/own", "Tick the box if you want us to erase all of it.", "warning")
    await context.run(erasure.erase, context.principal.account_id)
    # Nobody is signed in any more, as the page says.
    response = PAGES.page(request, "own_erased.html", signed_in=False)
    gate_of(request).sign_out(response)
    return response


@router.post("/end-others")
async def sign_out_elsewhere(
    context: Context = allowed(Permission.OWN_PAGE, fresh=True),
) -> Response:
    await context.run(own_sessions.end_others, None)
    return moved("/own", "You are signed out everywhere else.")


@router.get("/link", dependencies=[NO_LINK_YET])
async def link_form(request: Request, again: str = "") -> Response:
    return PAGES.page(request, "own_link.html", values={}, came_back=bool(again))


@router.post("/link", dependencies=[NO_LINK_YET])
async def ask_for_link(request: Request) -> Response:
    """Says the same for every address, so that nobody learns who is with us."""
    node: Node = request.app.state.node
    form = await request.form()
    sender = address_of(request)
    given = {"phone": str(form.get("phone", ""))[:40], "email": str(form.get("email", ""))[:254]}
    what, now = own_page.Ask(**given, sender=sender), node.now()
    try:
        decision = await node.writer.run(lambda session: own_page.ask_for_link(session, what, now))
        if not decision.allowed:
            raise TooManyTries(decision)
    except DomainError as error:
        response = again(request, "own_link.html", error, values=given)
        if isinstance(error, TooManyTries):
            response.headers["Retry-After"] = str(error.retry_after)
        return response
    return PAGES.page(request, "own_link_sent.html")


@router.get("/{secret}", dependencies=[HAS_LINK])
async def arrive(request: Request, secret: str) -> Response:
    """A page with a button: programs that look into messages must not use the link up."""
    node: Node = request.app.state.node
    now = node.now()
    found = node.database.read(lambda session: own_page.holds(session, secret, now))
    return PAGES.page(request, "own_enter.html", status=200 if found else 410, holds=found)


@router.post("/{secret}", dependencies=[HAS_LINK])
async def enter(request: Request, secret: str) -> Response:
    node: Node = request.app.state.node
    gate, now = gate_of(request), node.now()
    absolute = node.settings.security.session_absolute
    try:
        begun = await node.writer.run(
            lambda session: own_page.enter(session, secret, gate.keeper, absolute, now)
        )
    except own_page.LinkOver:
        return PAGES.page(request, "own_enter.html", status=410, holds=False)
    response = RedirectResponse("/outreach/own", status_code=303)
    gate.sign_in(response, begun)
    return response
