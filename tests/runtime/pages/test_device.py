"""What the device keeps is sealed; the key leaves it at sign-out, lock and closure."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from services.runtime.pages.offline import account_of, device_session
from services.runtime.security.principal import Principal, Role
from tests.runtime.pages.offline_site import SECRET, Account, Site
from tests.runtime.pages.steps import log_offline, press, stored, until
from tests.support.browser import check_accessible

browser_test = pytest.mark.browser


def a_principal() -> Principal:
    return Principal(uuid4(), Role.LINK_WORKER, "org", None, "session")


def test_an_account_gets_the_same_key_at_each_sign_in_and_no_other_account_does() -> None:
    person = a_principal()
    again = Principal(person.account_id, Role.LINK_WORKER, "org", None, "another session")
    first, second = device_session(SECRET, person), device_session(SECRET, again)
    assert first.key == second.key
    assert first.session != second.session
    assert device_session(SECRET, a_principal()).key != first.key


def test_a_device_token_names_its_account_and_cannot_be_made_up() -> None:
    person = a_principal()
    token = device_session(SECRET, person).token
    assert account_of(SECRET, token) == person.account_id
    assert account_of(SECRET, f"{uuid4()}.{token.partition('.')[2]}") is None
    assert account_of(SECRET, "") is None
    assert account_of(SECRET, "é.é") is None


@browser_test
def test_nothing_a_person_told_us_can_be_read_from_the_device(form: Page, base: str) -> None:
    log_offline(form, base, "Zebra crossing café")
    [row] = stored(form)
    assert "Zebra" not in str({k: v for k, v in row.items() if k != "sealed"})
    assert b"Zebra" not in bytes(row["sealed"])
    [device] = stored(form, "device")
    assert device["key"] == {"extractable": False, "algorithm": "AES-GCM"}
    assert "Zebra" not in form.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")


@browser_test
def test_signing_out_takes_the_key_along_and_signing_in_brings_it_back(
    form: Page, base: str, site: Site
) -> None:
    log_offline(form, base)
    press(form, "Sign out")
    expect(form.get_by_role("heading", name="This device is locked")).to_be_visible()
    assert stored(form, "device") == []
    assert len(stored(form)) == 1
    check_accessible(form)

    form.context.set_offline(False)
    form.goto(f"{base}/field/start")
    until(form, lambda: site.signed_out == 1, "the session goes on")
    assert site.records == {}
    site.session = "session-2"
    form.goto(f"{base}/field/start")
    until(form, lambda: len(site.records) == 1, "it was not sent after the sign-in")


@browser_test
def test_somebody_else_on_the_same_device_neither_reads_nor_sends_it(
    form: Page, base: str, site: Site
) -> None:
    log_offline(form, base, "Zebra crossing café")
    first, site.account, site.session = site.account, Account(), "session-of-another"
    form.context.set_offline(False)
    form.goto(f"{base}/field/waiting")
    expect(form.get_by_text("Only the person who wrote this can open it.")).to_be_visible()
    expect(form.get_by_text("Zebra")).to_have_count(0)
    press(form, "Send now")
    form.wait_for_timeout(500)
    assert site.records == {}
    site.account, site.session = first, "session-3"
    form.goto(f"{base}/field/waiting")
    until(form, lambda: len(site.records) == 1, "it was not sent for the one who wrote it")


@browser_test
def test_a_device_that_nobody_touches_locks_itself_and_ends_the_session(
    form: Page, base: str, site: Site
) -> None:
    form.fill("#venue", "Half an answer")
    until(form, lambda: len(stored(form)) == 1, "the draft was not kept")
    site.lock_after = timedelta(seconds=1)
    form.clock.install()
    form.goto(f"{base}/field/private")
    form.wait_for_load_state("networkidle")
    form.clock.fast_forward(6_000)
    expect(form.get_by_role("heading", name="This device is locked")).to_be_visible(timeout=20_000)
    expect(form.get_by_text("Ada Example")).to_have_count(0)
    assert stored(form, "device") == []
    until(form, lambda: site.signed_out == 1, "the session goes on")
    assert len(stored(form)) == 1
    check_accessible(form)

    site.lock_after, site.session = timedelta(minutes=15), "session-2"
    form.goto(f"{base}/field/contact")
    form.wait_for_selector("form[data-nv-ready]")
    expect(form.get_by_label("Where did you meet?")).to_have_value("Half an answer")


@browser_test
def test_a_locked_page_stays_covered_without_a_network(form: Page, base: str, site: Site) -> None:
    site.lock_after = timedelta(seconds=1)
    form.clock.install()
    form.goto(f"{base}/field/start")
    form.wait_for_load_state("networkidle")
    until(form, lambda: bool(stored(form, "device")), "no key")
    form.context.set_offline(True)
    form.clock.fast_forward(6_000)
    expect(form.get_by_role("heading", name="This device is locked")).to_be_visible(timeout=20_000)
    form.goto(f"{base}/field/contact")
    expect(form.get_by_role("heading", name="This device is locked")).to_be_visible()
    expect(form.get_by_label("Where did you meet?")).to_have_count(0)
    # The worker of the page may still have a network, so the session may have ended by now; back
    # online it ends in any case, before anything shows.
    form.context.set_offline(False)
    form.goto(f"{base}/field/private")
    until(form, lambda: site.signed_out == 1, "the session goes on")
    expect(form.get_by_text("Ada Example")).to_have_count(0)


@browser_test
def test_a_closed_account_leaves_nothing_behind_on_the_device(
    form: Page, base: str, site: Site
) -> None:
    log_offline(form, base)
    site.account.closed, site.session = True, None
    form.context.set_offline(False)
    until(form, lambda: stored(form) == [], "the drafts are still there")
    assert stored(form, "device") == []
    assert site.records == {}
    expect(form.get_by_text("This account was closed")).to_be_visible()


@browser_test
@pytest.mark.parametrize("keeps_nothing", [False, True])
def test_before_a_key_has_come_the_form_is_an_ordinary_one(
    keeps_nothing: bool, phone: Page, base: str, site: Site
) -> None:
    site.device_down = True
    if keeps_nothing:  # a private window of some browsers
        phone.add_init_script("indexedDB.open = () => { throw new Error('not here'); };")
    phone.goto(f"{base}/field/contact")
    phone.wait_for_selector("form[data-nv-started]")
    phone.fill("#venue", "Food bank")
    press(phone, "Continue")
    phone.get_by_label("One person").check()
    press(phone, "Continue")
    press(phone, "Continue")
    press(phone, "Save contact")
    phone.wait_for_url("**/field/saved")
    assert site.posted[0]["venue"] == "Food bank"
