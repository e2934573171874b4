"""The pages in a real browser: WCAG 2.2 AA on a phone and a desktop, without JavaScript."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, ViewportSize

from schemas.events import InvitationRequested
from services.notifications.service import app as make_app
from services.notifications.signed_links import LinkFor, make_token
from services.runtime.pages import mount_static
from services.runtime.security.headers import harden
from services.runtime.security.principal import Role
from tests.support.browser import DESKTOP, PHONE, OpenPage, check_accessible, serve
from tests.support.journey import Journey

pytestmark = pytest.mark.browser
WAYS: dict[str, ViewportSize] = {"phone": PHONE, "desktop": DESKTOP}


class Site:
    def __init__(
        self, journey: Journey, event: InvitationRequested, failed: InvitationRequested
    ) -> None:
        self.journey, self.event, self.failed = journey, event, failed
        self.service = make_app(journey.node)
        self.app = FastAPI()
        harden(self.app, journey.node.settings.security)
        mount_static(self.app)
        self.app.mount("/notifications", self.service)
        self.base = ""

    def open(self, open_page: OpenPage, path: str, role: Role, **options: Any) -> Page:
        page = open_page(**options)
        gate = self.service.state.gate
        session = gate.keeper.begin(
            account_id=uuid4(),
            role=role,
            organisation_id="elmfield",
            team_id=None,
            now=self.journey.clock(),
        )
        name, value = gate.cookies.session_name, gate.keeper.token(session)
        page.context.add_cookies([{"name": name, "value": value, "url": self.base}])
        page.goto(f"{self.base}/notifications{path}")
        return page


@pytest.fixture
def site(journey: Journey) -> Iterator[Site]:
    event = journey.invited()
    journey.text("Is there a lift? My wheelchair is wide.")
    journey.standin.fail_delivery("+447700900124", 30005)
    failed = journey.invited(phone="+447700900124")
    message = next(m for m in journey.messages() if m.invitation_id == failed.invitation_id)
    assert message.provider_id is not None
    journey.report(message.provider_id, "undelivered", ErrorCode="30005")
    journey.invited(phone="+447700900125", communication_formats=["bsl_video"])
    journey.invited(phone="+447700900126", communication_formats=["large_print", "phone_call"])
    made = Site(journey, event, failed)
    with serve(made.app) as base:
        made.base = base
        yield made


def test_every_page_is_accessible_on_a_phone_and_a_desktop(site: Site, open_page: OpenPage) -> None:
    event = site.event
    sealer = site.journey.node.sealer
    stop = make_token(sealer, LinkFor.STOP_EMAILS, event.participant_id)
    answer = make_token(sealer, LinkFor.ANSWER, event.invitation_id)
    page = site.open(open_page, "/", Role.COORDINATOR)
    paths = (
        *("/delivery", f"/delivery/{event.invitation_id}", "/inbox", "/tasks", "/templates"),
        *("/templates/shipped?kind=invitation&language=en", "/templates/new?kind=invitation"),
        *(f"/stop-emails/{stop}", f"/answer/{answer}"),
        f"/delivery/{site.failed.invitation_id}",
    )
    for number, path in enumerate(paths):
        page.goto(f"{site.base}/notifications{path}")
        assert page.locator("h1").count() == 1, path
        for way, size in WAYS.items():
            page.set_viewport_size(size)
            check_accessible(page)
            save(page, f"{way}-{number}")


def save(page: Page, name: str) -> None:
    """For people who want to look: NEWVOICES_SCREENSHOTS names a folder."""
    folder = os.environ.get("NEWVOICES_SCREENSHOTS")
    if folder:
        page.screenshot(path=f"{folder}/notifications-{name}.png", full_page=True)


def test_an_invitation_that_failed_is_sent_once_more(site: Site, open_page: OpenPage) -> None:
    page = site.open(open_page, f"/delivery/{site.failed.invitation_id}", Role.COORDINATOR)
    # As they asked to be reached is what is meant unless another way is chosen.
    assert page.get_by_label("As this person asked to be reached").is_checked()
    page.get_by_label("By email").check()
    page.get_by_role("button", name="Send it once more").click()
    page.get_by_text("We cannot write to this person by email").wait_for()
    page.get_by_label("By text message").check()
    page.get_by_role("button", name="Send it once more").click()
    page.get_by_text("That is done").wait_for()
    check_accessible(page)
    assert page.get_by_role("button", name="Send it once more").count() == 0
    before = len(site.journey.bodies())
    site.journey.run_jobs()
    assert len(site.journey.bodies()) == before + 1


def test_a_reply_is_read_answered_and_leaves_the_inbox(site: Site, open_page: OpenPage) -> None:
    page = site.open(open_page, "/inbox", Role.LINK_WORKER)
    assert "wheelchair" not in page.content()
    page.get_by_role("button", name="Read it").click()
    page.get_by_text("My wheelchair is wide").wait_for()
    check_accessible(page)
    page.get_by_label("Your answer").fill("Yes, there is a lift. Joan at New Voices")
    page.get_by_role("button", name="Send the answer").click()
    page.get_by_text("Nothing waits for you").wait_for()
    site.journey.run_jobs()
    assert "there is a lift" in site.journey.bodies()[-1]


def test_an_empty_answer_says_what_to_do(site: Site, open_page: OpenPage) -> None:
    page = site.open(open_page, "/inbox", Role.LINK_WORKER)
    page.get_by_role("button", name="Read it").click()
    page.get_by_role("button", name="Send the answer").click()
    page.get_by_role("alert").wait_for()
    check_accessible(page)


def test_a_video_invites_who_waited_for_it(site: Site, open_page: OpenPage) -> None:
    page = site.open(open_page, "/tasks", Role.COORDINATOR)
    page.get_by_label("Address of the video").fill("https://video.example.org/1")
    page.get_by_role("button", name="Save and invite").click()
    page.get_by_text("is invited now").wait_for()
    site.journey.run_jobs()
    assert "https://video.example.org/1" in site.journey.bodies()[-1]


def test_an_answer_by_phone_is_taken_down(site: Site, open_page: OpenPage) -> None:
    event = site.event
    page = site.open(open_page, f"/delivery/{event.invitation_id}", Role.COORDINATOR)
    page.get_by_label("Yes", exact=True).check()
    page.get_by_role("button", name="Save the answer").click()
    page.get_by_text("That is done").wait_for()
    assert site.journey.answers() == ["yes"]
    assert page.get_by_text(re.compile("Said yes")).count() >= 1


def test_a_version_is_written_checked_and_approved(site: Site, open_page: OpenPage) -> None:
    page = site.open(open_page, "/templates", Role.COORDINATOR)
    page.get_by_role("combobox", name="Message").select_option("thanks_no")
    page.get_by_role("button", name="Look at version 0").click()
    page.wait_for_url("**/templates/shipped**")
    page.go_back()
    page.get_by_role("combobox", name="Message").select_option("thanks_no")
    page.get_by_role("button", name="Write a version of your own").click()
    page.wait_for_url("**/templates/new?kind=thanks_no**")
    page.get_by_label("A first-language speaker has checked it").check()
    words = page.get_by_label("Text message")
    words.fill(words.input_value().replace("That is fine.", "We are glad you said so."))
    page.get_by_role("button", name="Save and check").click()
    page.get_by_text("The version is saved and checked").wait_for()
    check_accessible(page)
    if page.get_by_label("Why may the warnings stand?").count():
        page.get_by_role("button", name="Approve it for use").click()
        page.get_by_role("alert").wait_for()
        page.get_by_label("Why may the warnings stand?").fill("Our readers asked for it.")
    page.get_by_role("button", name="Approve it for use").click()
    page.get_by_text("is approved and in use").wait_for()
    site.journey.text("no thanks")
    assert "We are glad you said so." in site.journey.bodies()[-1]


def test_a_link_worker_sees_no_delivery(site: Site, open_page: OpenPage) -> None:
    page = site.open(open_page, "/delivery", Role.LINK_WORKER)
    assert page.locator("h1").inner_text() != "Delivery"
    assert "Better home care" not in page.content()
    assert page.get_by_role("link", name="Delivery").count() == 0
