"""A link worker's phone in the rain: no signal, a dead battery, a wrong clock, two open tabs.

One server and one database for the whole file; each test has a link worker of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from sqlalchemy import select

from services.outreach.commands.accounts import end_all_sessions
from services.outreach.models import OutreachContact
from services.runtime.clock import as_utc, utc_now
from services.runtime.security.principal import Role
from tests.outreach.browsing import Seen, go_on, open_form, sign_in, sign_in_by_hand, site
from tests.outreach.conftest import World, new_world
from tests.runtime.pages.steps import answers, log_more_like_it, press, stored, until, waits
from tests.support.browser import CHROMIUM_FLAGS, PHONE, OpenPage, check_accessible

pytestmark = pytest.mark.browser

SIGN_OUT = ("POST", "/outreach/api/v1/sign-out")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with new_world(tmp_path_factory.mktemp("rain")) as made:
        yield made


@pytest.fixture(scope="module")
def seen() -> Seen:
    return []


@pytest.fixture(scope="module")
def base(world: World, seen: Seen) -> Iterator[str]:
    with site(world, seen) as address:
        yield address


@dataclass
class Worker:
    """One link worker, and what the database holds of them."""

    world: World
    email: str
    account: UUID

    def contacts(self) -> list[OutreachContact]:
        query = select(OutreachContact).where(OutreachContact.account_id == self.account)
        return self.world.node.database.read(lambda session: list(session.scalars(query)))

    def venues(self) -> list[str]:
        return sorted(contact.venue for contact in self.contacts())


@pytest.fixture
def link_worker(world: World) -> Worker:
    email = f"{uuid4().hex[:12]}@example.org"
    return Worker(world, email, world.account(email, team="north"))


@pytest.fixture
def form(phone: Page, base: str, link_worker: Worker) -> Page:
    """The phone, signed in, on the contact form, with the service worker at work."""
    sign_in(phone, base, link_worker.email)
    open_form(phone, base, "/contacts/new", "contact")
    ready(phone)
    return phone


def ready(page: Page) -> None:
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def say_where(page: Page, venue: str) -> None:
    page.fill("#venue", venue)
    page.select_option("#venue_kind", "food_bank")
    page.select_option("#area_code", "E08000035")


def send_form(page: Page) -> None:
    page.evaluate("document.querySelector('form[data-offline]').requestSubmit()")


def log_contact(page: Page, base: str, venue: str) -> None:
    open_form(page, base, "/contacts/new", "contact")
    say_where(page, venue)
    send_form(page)
    page.wait_for_url("**/contacts/saved")


def signal_back(page: Page) -> None:
    page.context.set_offline(False)


def test_with_the_network_cut_in_mid_form_a_reload_keeps_the_answers(
    form: Page, link_worker: Worker
) -> None:
    say_where(form, "Harehills food bank")
    go_on(form)
    form.context.set_offline(True)
    form.get_by_label("A group").check()
    go_on(form)
    form.fill("#people", "8")
    until(form, lambda: [a["people"] for a in answers(form)] == ["8"], "the draft was not kept")
    form.reload()
    form.wait_for_selector("form[data-nv-ready]")
    expect(form.locator("#people")).to_be_visible()
    expect(form.locator("#people")).to_have_value("8")
    expect(form.locator("#venue")).to_have_value("Harehills food bank")
    send_form(form)
    form.wait_for_url("**/contacts/saved")
    expect(form.locator("h1:visible")).to_have_text("Saved on this device")
    signal_back(form)
    until(form, lambda: waits(form) == [], "it was not sent")
    (contact,) = link_worker.contacts()
    assert (contact.venue, contact.kind, contact.people) == ("Harehills food bank", "group", 8)


# A proxy that nobody answers at: no request leaves the browser, its service worker's neither.
NO_NETWORK = ["--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>"]


@dataclass
class Shelf:
    """A phone whose browser can be closed and opened again."""

    driver: Playwright
    chromium: str
    folder: Path

    @contextmanager
    def opened(self, *flags: str) -> Iterator[Page]:
        context: BrowserContext = self.driver.chromium.launch_persistent_context(
            self.folder,
            executable_path=self.chromium,
            args=[*CHROMIUM_FLAGS, *flags],
            viewport=PHONE,
            locale="en-GB",
        )
        context.set_default_timeout(30_000)
        yield context.new_page()
        context.close()


@pytest.fixture
def shelf(playwright_driver: Playwright, chromium_path: str, tmp_path: Path) -> Shelf:
    return Shelf(playwright_driver, chromium_path, tmp_path / "phone")


def test_a_browser_that_was_closed_and_opened_again_still_has_what_waits(
    shelf: Shelf, base: str, link_worker: Worker
) -> None:
    with shelf.opened() as page:
        sign_in(page, base, link_worker.email)
        open_form(page, base, "/contacts/new", "contact")
        ready(page)
    with shelf.opened(*NO_NETWORK) as page:
        log_contact(page, base, "Castle Street")
        open_form(page, base, "/contacts/new", "contact")
        page.fill("#venue", "Half an answer")
        until(page, lambda: sorted(waits(page)) == ["draft", "waiting"], "not kept")
    with shelf.opened(*NO_NETWORK) as page:
        page.goto(f"{base}/outreach/waiting")
        expect(page.get_by_text("Castle Street").first).to_be_visible()
        assert sorted(waits(page)) == ["draft", "waiting"]
    with shelf.opened() as page:
        sign_in_by_hand(page, base, link_worker.email)
        until(page, lambda: waits(page) == ["draft"], "it was not sent after the sign-in")
        assert link_worker.venues() == ["Castle Street"]
        open_form(page, base, "/contacts/new", "contact")
        press(page, "Carry on with it")
        page.wait_for_selector("form[data-nv-ready]")
        expect(page.locator("#venue")).to_have_value("Half an answer")


def test_thirty_contacts_that_waited_are_in_the_database_once_each(
    form: Page, base: str, link_worker: Worker, seen: Seen
) -> None:
    form.context.set_offline(True)
    names = sorted(f"Place {number}" for number in range(30))
    log_contact(form, base, names[0])
    log_more_like_it(form, names[1:])
    expect(form.get_by_role("link", name="30 waiting to send")).to_be_visible()
    assert link_worker.contacts() == []
    signal_back(form)
    until(form, lambda: waits(form) == [], "some still wait")
    assert link_worker.venues() == names
    assert set(uploads(link_worker, seen).values()) == {1}


def uploads(worker: Worker, seen: Seen) -> Counter[str]:
    """How often the server was sent each contact of this link worker."""
    paths = {f"/outreach/api/v1/contacts/{contact.id}" for contact in worker.contacts()}
    return Counter(path for method, path in seen if method == "PUT" and path in paths)


def test_two_open_tabs_send_each_contact_once(
    form: Page, base: str, link_worker: Worker, seen: Seen
) -> None:
    form.context.set_offline(True)
    log_contact(form, base, "Place 0")
    log_more_like_it(form, [f"Place {number}" for number in range(1, 5)])
    twin = form.context.new_page()
    twin.goto(f"{base}/outreach/waiting")
    expect(twin.locator("[data-nv-item]")).to_have_count(5)
    signal_back(form)
    until(form, lambda: waits(form) == [], "some still wait")
    expect(twin.get_by_text("Nothing is waiting.")).to_be_visible()
    assert link_worker.venues() == [f"Place {number}" for number in range(5)]
    assert set(uploads(link_worker, seen).values()) == {1}


@pytest.mark.parametrize("minutes", [-25, 25])
def test_a_clock_more_than_ten_minutes_off_is_flagged_and_both_times_are_kept(
    minutes: int, open_page: OpenPage, base: str, link_worker: Worker
) -> None:
    # Without a service worker, whose clock cannot be set from here.
    page = open_page(viewport=PHONE, service_workers="block")
    device = utc_now() + timedelta(minutes=minutes)
    page.clock.install(time=device)
    page.clock.resume()
    sign_in(page, base, link_worker.email)
    log_contact(page, base, "Harehills food bank")
    until(page, lambda: waits(page) == [], "it was not sent")
    (contact,) = link_worker.contacts()
    assert contact.clock_skewed
    assert abs(as_utc(contact.recorded_at) - device) < timedelta(minutes=5)
    assert abs(as_utc(contact.received_at) - utc_now()) < timedelta(minutes=5)


def test_a_clock_that_is_right_is_not_flagged(form: Page, base: str, link_worker: Worker) -> None:
    log_contact(form, base, "Harehills food bank")
    until(form, lambda: waits(form) == [], "it was not sent")
    assert [contact.clock_skewed for contact in link_worker.contacts()] == [False]


def test_a_contact_that_the_server_refuses_stays_in_view_and_can_be_put_right(
    form: Page, base: str, link_worker: Worker
) -> None:
    form.context.set_offline(True)
    open_form(form, base, "/contacts/new", "contact")
    say_where(form, "Harehills food bank")
    form.evaluate("document.querySelector('[name=contacted_on-month]').value = '13'")
    send_form(form)
    form.wait_for_url("**/contacts/saved")
    signal_back(form)
    until(form, lambda: waits(form) == ["rejected"], "it was not refused")
    form.goto(f"{base}/outreach/waiting")
    expect(form.get_by_role("link", name="1 to check")).to_be_visible()
    expect(form.get_by_text("Needs another answer")).to_be_visible()
    check_accessible(form)
    press(form, "Put it right")
    form.wait_for_selector("form[data-nv-ready]")
    expect(form.locator("[name=contacted_on-month]")).to_be_visible()
    form.fill("[name=contacted_on-month]", str(utc_now().month))
    send_form(form)
    form.wait_for_url("**/contacts/saved")
    until(form, lambda: waits(form) == [], "it was not sent")
    assert link_worker.venues() == ["Harehills food bank"]


def test_when_the_session_is_over_everything_stays_and_the_page_asks_to_sign_in(
    form: Page, base: str, world: World, link_worker: Worker
) -> None:
    form.context.set_offline(True)
    log_contact(form, base, "Harehills food bank")
    world.node.database.write(
        lambda session: end_all_sessions(session, link_worker.account, world.node.now())
    )
    signal_back(form)
    expect(form.get_by_text("You are signed out.")).to_be_visible()
    assert waits(form) == ["waiting"]
    assert link_worker.contacts() == []
    sign_in_by_hand(form, base, link_worker.email)
    until(form, lambda: waits(form) == [], "it was not sent after the sign-in")
    assert link_worker.venues() == ["Harehills food bank"]


def test_signing_out_takes_the_key_off_the_device_and_leaves_only_sealed_records(
    form: Page, base: str, world: World, link_worker: Worker, seen: Seen
) -> None:
    form.context.set_offline(True)
    log_contact(form, base, "Zebra crossing")
    assert len(stored(form, "device")) == 1
    press(form, "Sign out")
    expect(form.get_by_role("heading", name="This device is locked")).to_be_visible()
    assert stored(form, "device") == []
    [row] = stored(form)
    assert b"Zebra" not in bytes(row["sealed"])
    seen.clear()
    signal_back(form)
    until(form, lambda: SIGN_OUT in seen, "the session goes on")
    # A colleague takes the phone: their session neither opens nor sends what is sealed.
    world.account(f"b{link_worker.email}", team="north")
    sign_in_by_hand(form, base, f"b{link_worker.email}")
    form.goto(f"{base}/outreach/waiting")
    expect(form.get_by_text("Only the person who wrote this can open it.")).to_be_visible()
    expect(form.get_by_text("Zebra")).to_have_count(0)
    assert link_worker.contacts() == []


def test_an_account_that_was_closed_leaves_no_draft_and_no_key_on_the_device(
    form: Page, base: str, world: World, link_worker: Worker
) -> None:
    form.context.set_offline(True)
    log_contact(form, base, "Harehills food bank")
    administrator = world.signed_in("administrator@example.org", Role.ADMINISTRATOR)
    closed = administrator.post(f"/api/v1/accounts/{link_worker.account}/disable")
    assert closed.status_code < 300, closed.text
    signal_back(form)
    until(form, lambda: stored(form) == [], "the record is still there")
    assert stored(form, "device") == []
    expect(form.get_by_text(re.compile("account was closed"))).to_be_visible()
    assert link_worker.contacts() == []
