"""What a phone keeps for the real outreach: for good, side by side, and dropped when erased."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from services.outreach import store
from tests.outreach.browsing import open_form, sign_in, site
from tests.outreach.conftest import World, contact_body
from tests.runtime.pages.steps import press, stored, until, waits
from tests.support.browser import PHONE, OpenPage, check_accessible

pytestmark = pytest.mark.browser

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
)
COUNT_PERSIST = (
    "window.persisted = 0; const real = navigator.storage.persist.bind(navigator.storage);"
    "navigator.storage.persist = () => { window.persisted += 1; return real(); };"
)


@pytest.fixture
def base(world: World) -> Iterator[str]:
    world.account("worker@example.org", team="north")
    with site(world) as address:
        yield address


def signed_in_phone(open_page: OpenPage, base: str, **options: Any) -> Page:
    page = open_page(viewport=PHONE, **options)
    page.add_init_script(COUNT_PERSIST)
    sign_in(page, base)
    open_form(page, base, "/contacts/new", "contact")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return page


@pytest.fixture
def waiting(open_page: OpenPage, base: str, world: World) -> Page:
    """A phone without a network on which one contact waits, at a place of an earlier one."""
    world.signed_in("worker@example.org").post("/api/v1/contacts", json=contact_body())
    page = signed_in_phone(open_page, base)
    page.context.set_offline(True)
    page.get_by_label("Harehills food bank").check()
    page.evaluate("document.querySelector('form[data-offline]').requestSubmit()")
    page.wait_for_url("**/contacts/saved")
    until(page, lambda: waits(page) == ["waiting"], "it was not kept")
    return page


def test_the_browser_is_asked_to_keep_what_waits_even_when_the_disk_is_full(
    open_page: OpenPage, base: str
) -> None:
    page = signed_in_phone(open_page, base)
    until(page, lambda: page.evaluate("window.persisted") == 1, "the browser was not asked")


@pytest.mark.parametrize(("agent", "warned"), [(IPHONE, True), (None, False)])
def test_an_iphone_is_told_to_put_the_site_on_its_home_screen(
    agent: str | None, warned: bool, open_page: OpenPage, base: str
) -> None:
    page = signed_in_phone(open_page, base, user_agent=agent)
    page.goto(f"{base}/outreach/waiting")
    expect(page.get_by_text("Nothing is waiting.")).to_be_visible()
    expect(page.get_by_role("button", name="Send now")).to_be_hidden()
    note = page.get_by_text("Add this site to your home screen.")
    expect(note).to_be_visible() if warned else expect(note).to_be_hidden()
    check_accessible(page)


def store_another(world: World, page: Page, **changes: Any) -> str:
    """What somebody else stored under the id of the contact that waits."""
    [row] = stored(page)
    path = f"/api/v1/contacts/{row['id']}"
    client = world.signed_in("worker@example.org")
    made = client.put(path, json=contact_body(venue="Library", venue_kind="library", **changes))
    assert made.status_code == 201, made.text
    return path


def test_two_versions_of_a_contact_are_shown_side_by_side_and_a_person_chooses(
    waiting: Page, world: World, base: str
) -> None:
    path = store_another(world, waiting, people=1, contacted_on="2026-01-31")
    client = world.signed_in("worker@example.org")
    waiting.context.set_offline(False)
    until(waiting, lambda: waits(waiting) == ["conflict"], "no conflict was seen")
    assert client.get(path).json()["venue"] == "Library"
    waiting.goto(f"{base}/outreach/waiting")
    row = waiting.get_by_role("row", name="Where did you meet?")
    expect(row).to_contain_text("Harehills food bank")
    expect(row).to_contain_text("Library")
    expect(waiting.get_by_role("row", name="Which day was it?")).to_contain_text("31 January 2026")
    # What differs comes first, and is marked.
    rows = waiting.locator("tbody tr")
    expect(rows.first).to_have_attribute("data-nv-differs", "")
    expect(rows.last).not_to_have_attribute("data-nv-differs", "")
    know = waiting.get_by_role("row", name="How well do they know co-production?")
    expect(know).to_contain_text("–")
    check_accessible(waiting)
    press(waiting, "Keep the one on this device")
    until(waiting, lambda: waits(waiting) == [], "it still waits")
    now = client.get(path).json()
    assert (now["venue"], now["venue_kind"], now["revision"]) == (
        "Harehills food bank",
        "food_bank",
        2,
    )


def test_a_contact_that_was_erased_meanwhile_is_dropped_with_a_note(
    waiting: Page, world: World, base: str
) -> None:
    [row] = stored(waiting)
    made = UUID(row["id"])
    world.node.database.write(lambda session: store.bury(session, made, world.node.now()))
    waiting.context.set_offline(False)
    until(waiting, lambda: waits(waiting) == [], "it still waits")
    waiting.goto(f"{base}/outreach/waiting")
    expect(waiting.get_by_text("removed from this device")).to_be_visible()
