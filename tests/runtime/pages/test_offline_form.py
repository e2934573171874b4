"""One question a page, kept at each answer, with or without a network, JavaScript, or time."""

import os
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.runtime.pages.offline_site import Site
from tests.runtime.pages.steps import fill_in, log_offline, press, save, stored, until
from tests.support.browser import (
    CHROMIUM_FLAGS,
    NARROW,
    PHONE,
    OpenPage,
    check_accessible,
    check_no_sideways_scroll,
)

pytestmark = pytest.mark.browser


def test_a_contact_logged_with_signal_arrives_once_and_leaves_the_device(
    form: Page, site: Site
) -> None:
    form.fill("#venue", "Food bank")
    press(form, "Continue")
    form.get_by_label("A group").check()
    press(form, "Continue")
    form.fill("#people", "8")
    press(form, "Continue")
    form.get_by_label("Trust").check()
    form.get_by_label("Tuesday").check()
    press(form, "Continue")
    for part, text in {"day": "4", "month": "8", "year": "2026"}.items():
        form.fill(f"#follow-{part}", text)
    save(form)
    expect(form.get_by_role("heading", name="Contact saved")).to_be_visible()
    [record] = site.records.values()
    recorded_at = record["body"].pop("recorded_at")
    assert record["body"] == {
        "venue": "Food bank",
        "kind": "group",
        "people": 8,
        "barriers": ["trust"],
        "availability": {"weekdays": [1]},
        "follow_up_on": "2026-08-04",
    }
    assert recorded_at.endswith("Z")
    until(form, lambda: stored(form) == [], "it is still on the device")
    assert len(site.uploads) == 1


def test_a_question_is_asked_only_where_it_fits_the_answer_before(form: Page, site: Site) -> None:
    form.fill("#venue", "Mosque")
    press(form, "Continue")
    form.get_by_label("A group").check()
    press(form, "Continue")
    form.fill("#people", "8")
    form.go_back()
    form.get_by_label("One person").check()
    press(form, "Continue")
    expect(form.get_by_role("group", name="What makes it hard to take part?")).to_be_visible()
    press(form, "Continue")
    save(form)
    until(form, lambda: len(site.records) == 1, "the contact did not arrive")
    [record] = site.records.values()
    assert "people" not in record["body"]


def test_the_back_button_goes_one_question_back_and_loses_nothing(form: Page) -> None:
    form.fill("#venue", "Library")
    press(form, "Continue")
    expect(form.get_by_role("group", name="Was it a group?")).to_be_visible()
    form.get_by_role("link", name="Back").click()
    expect(form.get_by_label("Where did you meet?")).to_have_value("Library")


def test_a_missing_answer_is_said_beside_the_question_and_takes_the_keyboard_there(
    form: Page,
) -> None:
    press(form, "Continue")
    expect(form.locator(".govuk-error-summary")).to_be_focused()
    check_accessible(form)
    form.get_by_role("link", name="Say where you met.").press("Enter")
    expect(form.get_by_label("Where did you meet?")).to_be_focused()
    form.keyboard.type("Library")
    form.keyboard.press("Tab")
    form.keyboard.press("Enter")
    expect(form.get_by_role("group", name="Was it a group?")).to_be_visible()
    expect(form.locator(".govuk-error-summary")).to_have_count(0)


def test_the_whole_form_can_be_filled_in_with_the_keyboard_alone(form: Page, site: Site) -> None:
    form.locator("#venue").focus()
    for key in ["L", "Tab", "Enter"]:
        form.keyboard.press(key)
    for key in ["Tab", "Space", "Tab", "Enter", "Tab", "Space"]:
        form.keyboard.press(key)
    expect(form.get_by_label("Time")).to_be_checked()
    for key in ["Tab", "Tab", "Tab", "Tab", "Enter"]:
        form.keyboard.press(key)
    form.locator("#notes").focus()
    form.keyboard.press("Tab")
    form.keyboard.press("Enter")
    form.wait_for_url("**/field/saved")
    until(form, lambda: len(site.records) == 1, "the contact did not arrive")
    [record] = site.records.values()
    assert record["body"]["barriers"] == ["time"]


def test_without_javascript_the_form_shows_every_question_and_posts(
    open_page: OpenPage, base: str, site: Site
) -> None:
    page = open_page(viewport=PHONE, java_script_enabled=False)
    page.goto(f"{base}/field/contact")
    page.fill("#venue", "Food bank")
    page.get_by_label("A group").check()
    page.fill("#people", "8")
    press(page, "Save contact")
    page.wait_for_url("**/field/saved")
    assert site.posted[0]["venue"] == "Food bank"
    assert site.posted[0]["people"] == "8"


def test_a_contact_finished_after_the_network_was_cut_waits_and_says_so(
    form: Page, site: Site
) -> None:
    form.fill("#venue", "Food bank")
    form.context.set_offline(True)
    fill_in(form)
    save(form)
    expect(form.get_by_role("heading", name="Saved on this device")).to_be_visible()
    expect(form.get_by_role("link", name="1 waiting to send")).to_be_visible()
    assert site.records == {}
    check_accessible(form)


def test_without_a_network_the_form_opens_and_other_pages_lead_to_the_start(
    form: Page, base: str
) -> None:
    form.goto(f"{base}/field/private")
    form.context.set_offline(True)
    form.goto(f"{base}/field/contact")
    expect(form.get_by_label("Where did you meet?")).to_be_visible()
    form.goto(f"{base}/field/private")
    expect(form.get_by_role("heading", name="Start")).to_be_visible()


def test_pages_about_people_are_never_kept_on_the_device(form: Page, base: str) -> None:
    form.goto(f"{base}/field/private")
    kept = form.evaluate(
        """async () => {
          const texts = [];
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) {
              texts.push(request.url + await (await cache.match(request)).text());
            }
          }
          return texts;
        }"""
    )
    assert any("/field/contact" in text for text in kept)
    assert not [text for text in kept if "Ada Example" in text or "/field/private" in text]


def test_the_browser_killed_mid_form_opens_again_with_the_answers(
    playwright_driver: Playwright, chromium_path: str, base: str, tmp_path: Path, site: Site
) -> None:
    def open_browser() -> Page:
        context = playwright_driver.chromium.launch_persistent_context(
            tmp_path, executable_path=chromium_path, args=CHROMIUM_FLAGS, viewport=PHONE
        )
        context.set_default_timeout(15_000)
        return context.pages[0]

    page = open_browser()
    page.goto(f"{base}/field/contact")
    page.wait_for_selector("form[data-nv-ready]")
    page.fill("#venue", "Gurdwara kitchen")
    press(page, "Continue")
    page.get_by_label("One person").check()
    until(page, lambda: len(stored(page)) == 1, "the draft was not kept")
    page.wait_for_timeout(500)
    kill_browser_of(tmp_path)

    page = open_browser()
    page.goto(f"{base}/field/contact")
    press(page, "Carry on with it")
    page.wait_for_selector("form[data-nv-ready]")
    expect(page.get_by_role("group", name="Was it a group?")).to_be_visible()
    expect(page.get_by_label("One person")).to_be_checked()
    press(page, "Continue")
    press(page, "Continue")
    save(page)
    until(page, lambda: len(site.records) == 1, "the contact did not arrive")
    [record] = site.records.values()
    assert record["body"]["venue"] == "Gurdwara kitchen"
    page.context.close()


def kill_browser_of(profile: Path) -> None:
    """SIGKILL to the browser that uses this profile, so that nothing is written at the end."""
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"--user-data-dir={profile}".encode() in words and b"--type=" not in b" ".join(words):
            os.kill(int(folder.name), signal.SIGKILL)
    for lock in profile.glob("Singleton*"):
        lock.unlink()


def test_an_unfinished_contact_can_be_thrown_away(form: Page, base: str) -> None:
    form.fill("#venue", "Mistake")
    form.locator("#venue").blur()
    until(form, lambda: len(stored(form)) == 1, "the draft was not kept")
    form.evaluate("sessionStorage.clear()")
    form.goto(f"{base}/field/start")
    form.goto(f"{base}/field/contact")
    press(form, "Throw it away")
    until(form, lambda: stored(form) == [], "the draft is still there")


def test_a_duplicated_tab_gets_a_record_of_its_own(form: Page, base: str, site: Site) -> None:
    form.fill("#venue", "First tab")
    form.locator("#venue").blur()
    until(form, lambda: len(stored(form)) == 1, "the draft was not kept")
    slot = form.evaluate("sessionStorage.getItem('nv-form-contact')")
    twin = form.context.new_page()
    twin.goto(f"{base}/field/start")
    # A browser that duplicates a tab copies its session storage as well.
    twin.evaluate("id => sessionStorage.setItem('nv-form-contact', id)", slot)
    twin.goto(f"{base}/field/contact")
    fill_in(twin, "Second tab")
    save(twin)
    fill_in(form, "First tab")
    save(form)
    until(form, lambda: len(site.records) == 2, "both should arrive")
    assert {r["body"]["venue"] for r in site.records.values()} == {"First tab", "Second tab"}


def test_offline_pages_are_accessible_in_each_way_of_looking(
    base: str, open_page: OpenPage
) -> None:
    for options in (
        {"viewport": NARROW},
        {"viewport": PHONE, "color_scheme": "dark"},
        {"viewport": PHONE, "forced_colors": "active"},
    ):
        page = open_page(**options)
        page.goto(f"{base}/field/contact")
        page.wait_for_selector("form[data-nv-ready]")
        check_accessible(page)
        page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
        log_offline(page, base)
        check_accessible(page)
        page.goto(f"{base}/field/waiting")
        expect(page.get_by_text("Waiting to send").first).to_be_visible()
        check_accessible(page)
        check_no_sideways_scroll(page)
