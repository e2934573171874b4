"""Pages behind the links in our emails, without a sign-in: stop emails, answer an invitation.

Opening a link changes nothing, since mail scanners open links too. The form's POST does. It needs
no form token: nobody can make the address but us, and it says all that is needed (RFC 8058).
"""

from __future__ import annotations

from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import Response

from schemas.events import Answer, PaymentChoice
from services.notifications import by_link
from services.notifications.pages.shared import page
from services.notifications.signed_links import LinkFor
from services.runtime.node import Node
from services.runtime.security.gate import public, signed_elsewhere

router = APIRouter(include_in_schema=False)
OPEN = public("the link itself proves whose it is")
SIGNED = signed_elsewhere("the address carries a keyed proof (RFC 8058 asks for no more)")


def _node(request: Request) -> Node:
    node = request.app.state.node
    assert isinstance(node, Node)
    return node


@router.get("/stop-emails/{token}", dependencies=[OPEN])
async def ask_to_stop(request: Request, token: str) -> Response:
    node = _node(request)
    node.database.read(lambda session: by_link.opened(session, LinkFor.STOP_EMAILS, token))
    return _public_page(request, "stop_emails.html", done=False)


@router.post("/stop-emails/{token}", dependencies=[SIGNED])
async def stop_emails(request: Request, token: str) -> Response:
    """One click, from a mail reader's button or from our page. Twice is the same as once."""
    node = _node(request)
    now = node.now()
    await node.writer.run(lambda session: by_link.stop_emails(session, token, now))
    return _public_page(request, "stop_emails.html", done=True)


@router.get("/answer/{token}", dependencies=[OPEN])
async def ask(request: Request, token: str) -> Response:
    asked = _node(request).database.read(lambda session: by_link.asked(session, token))
    return _public_page(request, "answer.html", asked=asked)


@router.post("/answer/{token}/{said}", dependencies=[SIGNED])
async def answer(request: Request, token: str, said: Answer) -> Response:
    node = _node(request)
    now = node.now()
    choice = _choice((await request.form()).get("payment_choice"))
    await node.writer.run(lambda session: by_link.answer(session, token, said, now, choice))
    asked = node.database.read(lambda session: by_link.asked(session, token))
    return _public_page(request, "answer.html", asked=asked)


def _choice(typed: object) -> PaymentChoice | None:
    return next((choice for choice in get_args(PaymentChoice) if choice == typed), None)


def _public_page(request: Request, template: str, **context: Any) -> Response:
    settings = _node(request).settings
    response = page(
        request,
        template,
        organisation=settings.organisation_name,
        help_phone=settings.help_phone,
        path=request.url.path,
        **context,
    )
    # The address is a key: no other site may learn it, no shared cache keep it.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
