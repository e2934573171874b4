"""Passkeys with Chromium's virtual authenticator; app, codes and forced second factor as pages."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from fastapi import FastAPI
from playwright.sync_api import CDPSession, Page, expect

from services.runtime.clock import utc_now
from services.runtime.pages import mount_static
from services.runtime.security.headers import harden
from services.runtime.security.principal import Role
from tests.outreach.conftest import PASSWORD, World, new_world
from tests.support.browser import OpenPage, check_accessible, serve

pytestmark = pytest.mark.browser

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
LEAD = "lead@example.org"


class Site:
    """Outreach at an address that it knows, as passkeys need, in production's own way of roles."""

    def __init__(self, world: World, base: str) -> None:
        self.world, self.base = world, base

    def sign_in(self, page: Page, email: str = LEAD) -> None:
        page.goto(f"{self.base}/outreach/sign-in")
        page.fill("#email", email)
        page.fill("#password", PASSWORD)
        page.click("main form button[type=submit]")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://localhost:{port}"
    forced = (Role.ADMINISTRATOR, Role.SAFEGUARDING_LEAD)
    with new_world(tmp_path, public_base_url=base, second_factor_roles=forced) as world:
        root = FastAPI()
        harden(root, world.node.settings.security)
        mount_static(root)
        root.mount("/outreach", world.app)
        world.account(LEAD, Role.SAFEGUARDING_LEAD)
        world.account("worker@example.org", team="north")
        with serve(root, port):
            yield Site(world, base)


def with_authenticator(page: Page, **changes: Any) -> tuple[CDPSession, str]:
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {**AUTHENTICATOR, **changes}})
    return cdp, str(made["authenticatorId"])


def at(page: Page, site: Site, path: str) -> None:
    page.wait_for_url(f"{site.base}/outreach{path}")


def test_a_passkey_is_added_and_signs_in_without_a_password(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page()
    cdp, device = with_authenticator(page)
    site.sign_in(page, "worker@example.org")
    at(page, site, "/")
    page.goto(f"{site.base}/outreach/account")
    check_accessible(page)
    page.click("text=Add a passkey")
    expect(page.get_by_text("Added on")).to_have_count(1)
    assert len(cdp.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1
    check_accessible(page)
    page.click(".nv-header button[type=submit]")
    at(page, site, "/sign-in")
    page.goto(f"{site.base}/outreach/sign-in?next=/outreach/learning")
    page.click("text=Sign in with a passkey")
    at(page, site, "/learning")
    account = site.world.accounts["worker@example.org"]
    assert site.world.audited(str(account)).count("passkey:add") == 1


def test_a_passkey_that_was_taken_away_or_of_an_ended_account_signs_nobody_in(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page()
    with_authenticator(page)
    site.sign_in(page, "worker@example.org")
    page.goto(f"{site.base}/outreach/account")
    page.click("text=Add a passkey")
    page.get_by_role("button", name="Take this passkey away").click()
    expect(page.get_by_text("You have none yet.")).to_be_visible()
    page.click(".nv-header button[type=submit]")
    at(page, site, "/sign-in")
    page.click("text=Sign in with a passkey")
    expect(page.get_by_role("alert")).to_have_text(
        "That passkey was not accepted. Try again, or use your password."
    )
    check_accessible(page)
    assert page.url.endswith("/sign-in")


def test_a_device_that_does_not_check_who_holds_it_is_refused(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page()
    with_authenticator(page, isUserVerified=False)
    site.sign_in(page, "worker@example.org")
    page.goto(f"{site.base}/outreach/account")
    page.click("text=Add a passkey")
    expect(page.locator("[data-nv-said]")).to_have_text(
        "The passkey was not set up. Please try again."
    )
    expect(page.get_by_text("You have none yet.")).to_be_visible()


def test_a_sign_in_of_long_ago_does_not_do_for_a_new_passkey(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page()
    with_authenticator(page)
    site.sign_in(page, "worker@example.org")
    page.goto(f"{site.base}/outreach/account")
    later = utc_now() + timedelta(minutes=16)
    site.world.node.clock = lambda: later
    page.click("text=Add a passkey")
    expect(page.locator("[data-nv-said]")).to_contain_text("Sign in again first.")


def test_a_forced_second_factor_comes_before_anything_else_and_a_passkey_is_one(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page()
    with_authenticator(page)
    site.sign_in(page)
    at(page, site, "/account/second-factor")
    check_accessible(page)
    for path in ("/concerns", "/people", "/contacts"):
        answer = page.goto(f"{site.base}/outreach{path}")
        assert answer is not None
        assert answer.status == 403, path
    page.goto(f"{site.base}/outreach/")
    at(page, site, "/account/second-factor")
    page.click("text=Add a passkey")
    at(page, site, "/account")
    answer = page.goto(f"{site.base}/outreach/concerns")
    assert answer is not None
    assert answer.status == 200
    # By password alone the passkey is asked for.
    page.click(".nv-header button[type=submit]")
    at(page, site, "/sign-in")
    site.sign_in(page)
    at(page, site, "/account/second-factor")
    check_accessible(page)
    page.click("text=Use my passkey")
    at(page, site, "/")


def test_an_app_is_set_up_by_picture_or_letters_and_its_codes_and_spare_codes_let_one_in(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page(java_script_enabled=False)
    site.sign_in(page)
    at(page, site, "/account/second-factor")
    page.click("text=Set up an app")
    letters = page.locator("#letters").inner_text().replace(" ", "")
    assert (page.locator("img.nv-qr").get_attribute("src") or "").startswith("data:image/svg+xml")
    page.fill("#code", "000000")
    page.click("text=Go on")
    expect(page.locator(".govuk-error-summary")).to_contain_text("The code is not right")
    again = page.locator("#letters").inner_text().replace(" ", "")
    assert again == letters
    page.fill("#code", pyotp.TOTP(letters).at(site.world.node.now()))
    page.click("text=Go on")
    spare = page.locator("code").all_inner_texts()
    assert len(spare) == 8
    page.click("text=I have kept them")
    at(page, site, "/")
    page.click(".nv-header button[type=submit]")
    at(page, site, "/sign-in")
    site.sign_in(page)
    page.fill("#password", PASSWORD)
    page.fill("#code", spare[0])
    page.click("main form button[type=submit]")
    at(page, site, "/")


def test_the_pages_of_the_second_step_are_accessible(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    site.sign_in(page)
    at(page, site, "/account/second-factor")
    page.click("text=Set up an app")
    check_accessible(page)
    letters = page.locator("#letters").inner_text().replace(" ", "")
    page.fill("#code", "1")
    page.click("text=Go on")
    check_accessible(page)
    page.fill("#code", pyotp.TOTP(letters).at(site.world.node.now()))
    page.click("text=Go on")
    check_accessible(page)


def test_a_password_is_changed_on_the_page_and_ends_every_session(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page()
    site.sign_in(page, "worker@example.org")
    page.goto(f"{site.base}/outreach/account")
    page.fill("#current", PASSWORD)
    page.fill("#new", "password1234")
    page.click("text=Change my password")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    page.fill("#current", PASSWORD)
    page.fill("#new", "walnut orbit cardigan")
    page.click("text=Change my password")
    at(page, site, "/sign-in")
    page.goto(f"{site.base}/outreach/account")
    assert "/sign-in" in page.url
