"""Outreach in a real browser: the site, and a signed-in phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from playwright.sync_api import Page
from starlette.types import ASGIApp, Receive, Scope, Send

from services.runtime.pages import mount_static
from services.runtime.security.headers import harden
from tests.outreach.conftest import PASSWORD, World
from tests.support.browser import check_accessible, serve

Seen = list[tuple[str, str]]


@contextmanager
def site(world: World, seen: Seen | None = None) -> Iterator[str]:
    """The address of outreach, served as in one process with the others.

    `seen` takes the method and path of each request that reached the server.
    """
    root = FastAPI()
    harden(root, world.node.settings.security)
    mount_static(root)
    root.mount("/outreach", world.app)
    with serve(root if seen is None else noting(root, seen)) as base:
        yield base


def noting(app: ASGIApp, seen: Seen) -> ASGIApp:
    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            seen.append((scope["method"], scope["path"]))
        await app(scope, receive, send)

    return noted


def open_form(page: Page, base: str, path: str, name: str) -> None:
    page.goto(f"{base}/outreach{path}")
    page.wait_for_selector(f"form[data-offline={name}][data-nv-ready]")


def go_on(page: Page) -> None:
    page.locator(".nv-step:not([hidden]) [data-nv-next]").click()


def sign_in(page: Page, base: str, email: str = "worker@example.org") -> None:
    """The page's browser is signed in, as after the sign-in page, with no page opened for it."""
    answer = page.context.request.post(
        f"{base}/outreach/api/v1/sign-in",
        data={"email": email, "password": PASSWORD},
        headers={"origin": base},
    )
    assert answer.ok, answer.text()


def sign_in_by_hand(page: Page, base: str, email: str = "worker@example.org") -> None:
    page.goto(f"{base}/outreach/sign-in")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{base}/outreach/")


def look(page: Page, name: str) -> None:
    try:
        check_accessible(page)
    except AssertionError as error:
        raise AssertionError(f"{name}: {error}") from None
