"""Outreach in a real browser: the site, and a signed-in phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from playwright.sync_api import Page

from services.runtime.pages import mount_static
from services.runtime.security.headers import harden
from tests.outreach.conftest import PASSWORD, World
from tests.support.browser import serve


@contextmanager
def site(world: World) -> Iterator[str]:
    """The address of outreach, served as in one process with the others."""
    root = FastAPI()
    harden(root, world.node.settings.security)
    mount_static(root)
    root.mount("/outreach", world.app)
    with serve(root) as base:
        yield base


def sign_in(page: Page, base: str, email: str = "worker@example.org") -> None:
    page.goto(f"{base}/outreach/sign-in")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{base}/outreach/")
