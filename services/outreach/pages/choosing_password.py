"""A colleague chooses a password, with a link from their administrator."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from services.outreach import signing
from services.outreach.commands import choosing_password
from services.outreach.pages.shared import PAGES, again, moved
from services.runtime.errors import DomainError
from services.runtime.node import Node
from services.runtime.security.gate import public
from services.runtime.security.passwords import problem_with

router = APIRouter(
    prefix="/choose-password", include_in_schema=False, dependencies=[Depends(PAGES.speaking)]
)

HAS_LINK = public("the link itself shows who may choose, once")
PAGE = "choose_password.html"


@router.get("/{secret}", dependencies=[HAS_LINK])
async def form(request: Request, secret: str) -> Response:
    node: Node = request.app.state.node
    now = node.now()
    try:
        node.database.read(lambda s: choosing_password.personal_words(s, secret, now))
    except choosing_password.LinkOver as error:
        return PAGES.page(request, PAGE, status=error.status, over=True)
    return PAGES.page(request, PAGE, over=False)


@router.post("/{secret}", dependencies=[HAS_LINK])
async def choose(request: Request, secret: str) -> Response:
    node: Node = request.app.state.node
    now, given = node.now(), str((await request.form()).get("new", ""))[:1000]
    try:
        words = node.database.read(lambda s: choosing_password.personal_words(s, secret, now))
        weakness = problem_with(given, words)
        if weakness is not None:
            raise DomainError(weakness, "new")
        new_hash = await run_in_threadpool(signing.passwords().hash, given)
        what = choosing_password.Chosen(secret, new_hash)
        await node.writer.run(lambda session: choosing_password.choose(session, what, now))
    except choosing_password.LinkOver as error:
        return PAGES.page(request, PAGE, status=error.status, over=True)
    except DomainError as error:
        return again(request, PAGE, error, over=False)
    return moved("/sign-in", "Your password is saved. Sign in with it.")
