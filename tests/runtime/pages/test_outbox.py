"""A record leaves the device only after the server's yes, and arrives once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.responses import JSONResponse, Response
from playwright.sync_api import Page, expect

from services.runtime.problems import FieldProblem, problem
from tests.runtime.pages.offline_site import Site
from tests.runtime.pages.steps import (
    fill_in,
    log_more_like_it,
    log_offline,
    press,
    save,
    stored,
    until,
    waits,
)
from tests.support.browser import PHONE, OpenPage, check_accessible

pytestmark = pytest.mark.browser


@pytest.fixture
def page_alone(open_page: OpenPage, base: str) -> Page:
    """The form on a browser without service workers: nothing but the page itself can send."""
    page = open_page(viewport=PHONE, service_workers="block")
    page.goto(f"{base}/field/contact")
    page.wait_for_selector("form[data-nv-ready]")
    return page


def test_thirty_contacts_that_waited_arrive_once_each(form: Page, base: str, site: Site) -> None:
    log_offline(form, base, "Place 0")
    log_more_like_it(form, [f"Place {number}" for number in range(1, 30)])
    expect(form.get_by_role("link", name="30 waiting to send")).to_be_visible()
    form.context.set_offline(False)
    until(form, lambda: waits(form) == [], "some still wait")
    assert sorted(r["body"]["venue"] for r in site.records.values()) == sorted(
        f"Place {number}" for number in range(30)
    )
    sent = [upload[1] for upload in site.uploads]
    assert len(sent) == len(set(sent)) == 30
    expect(form.locator("[data-nv-badge]")).to_be_hidden()


def test_an_answer_lost_on_the_way_leads_to_no_second_record(
    form: Page, base: str, site: Site
) -> None:
    site.lose_answers = 2
    fill_in(form)
    press(form, "Save contact")
    until(form, lambda: len(site.uploads) == 3, "it was not sent again")
    until(form, lambda: waits(form) == [], "it still waits")
    assert len(site.records) == 1
    assert [r["revision"] for r in site.records.values()] == [1]


NO_YES = {
    "out of service": problem(503, "Later", "Try again soon.", "try-again"),
    "too many": problem(429, "Later", "Too many.", "too-many-tries"),
    "not there yet": problem(404, "Not found", "Nothing here.", "not-found"),
    "a café's page": Response("<html>café</html>", media_type="text/html"),
    "a yes to something else": JSONResponse({"id": "another"}),
    "led elsewhere": Response(status_code=302, headers={"location": "/"}),
}


def test_anything_but_a_yes_is_tried_again_by_itself(
    page_alone: Page, base: str, site: Site
) -> None:
    site.lock_after = timedelta(days=1)
    # The form's page sends once before it leads to the next, which sends once as it opens.
    site.answers = [NO_YES["out of service"], *NO_YES.values()]
    page_alone.clock.install()
    page_alone.goto(f"{base}/field/contact")
    fill_in(page_alone)
    save(page_alone)

    def time_passes() -> None:
        # Nothing else wakes the page: only its own timer can, and it fires once a leap.
        page_alone.clock.fast_forward(400_000)

    def all_were_given() -> bool:
        assert not site.answers or site.records == {}
        time_passes()
        return not site.answers

    until(page_alone, all_were_given, f"no try after the answer before the last {site.answers}")

    def arrived() -> bool:
        time_passes()
        return waits(page_alone) == []

    until(page_alone, arrived, "it was given up")
    assert len(site.records) == 1


def later(retry_after: str = "") -> JSONResponse:
    answer = problem(503, "Later", "Try again soon.", "try-again")
    if retry_after:
        answer.headers["Retry-After"] = retry_after
    return answer


def test_the_wait_that_the_server_asks_for_is_kept_and_nothing_is_ever_given_up(
    page_alone: Page, base: str, site: Site
) -> None:
    site.lock_after = timedelta(days=100)
    site.answers = [later(), later("600")]
    page_alone.clock.install()
    page_alone.goto(f"{base}/field/contact")
    fill_in(page_alone)
    save(page_alone)
    page_alone.wait_for_selector("body[data-nv-now=retry]")
    assert len(site.uploads) == 2
    page_alone.clock.run_for(400_000)
    assert len(site.uploads) == 2

    def after_hours(what: Callable[[], bool]) -> None:
        def later_still() -> bool:
            page_alone.clock.run_for(200_000)
            return what()

        until(page_alone, later_still, "it was given up")

    # A server that stays down, and once asks for ten years.
    site.answers = [later("315360000"), *(later() for _ in range(11))]
    after_hours(lambda: site.answers == [])
    assert site.records == {}
    # A fault of the phone's own store is no reason to give up either.
    page_alone.evaluate(BREAK_THE_STORE)
    page_alone.clock.run_for(400_000)
    page_alone.wait_for_function("window.broken > 0")
    page_alone.evaluate("window.mend()")
    after_hours(lambda: len(site.records) == 1)


# As on a phone whose disk is full: each transaction fails until it is mended.
BREAK_THE_STORE = """() => {
  const real = IDBDatabase.prototype.transaction;
  window.broken = 0;
  window.mend = () => { IDBDatabase.prototype.transaction = real; };
  IDBDatabase.prototype.transaction = function () {
    window.broken += 1;
    throw new DOMException('the disk is full', 'QuotaExceededError');
  };
}"""


def test_a_session_that_is_over_keeps_everything_and_asks_to_sign_in(
    form: Page, base: str, site: Site
) -> None:
    fill_in(form)
    site.session = None
    press(form, "Save contact")
    until(form, lambda: waits(form) == ["waiting"], "it was lost")
    expect(form.get_by_text("You are signed out.")).to_be_visible()
    check_accessible(form)
    site.session = "session-2"
    form.goto(f"{base}/field/start")
    until(form, lambda: len(site.records) == 1, "it was not sent after the sign-in")
    until(form, lambda: waits(form) == [], "it is still on the device")


def test_what_the_server_refuses_stays_in_view_and_can_be_put_right(
    form: Page, base: str, site: Site
) -> None:
    refusal = problem(
        422,
        "Check",
        "One field.",
        "fields",
        [FieldProblem(field="venue", message="Give the street as well.")],
    )
    site.answers = [refusal]
    fill_in(form)
    press(form, "Save contact")
    expect(form.locator(".govuk-error-summary")).to_contain_text("Give the street as well.")
    expect(form.get_by_label("Where did you meet?")).to_be_visible()
    assert waits(form) == ["rejected"]
    form.goto(f"{base}/field/waiting")
    expect(form.get_by_text("Give the street as well.")).to_be_visible()
    expect(form.get_by_role("link", name="1 to check")).to_be_visible()
    check_accessible(form)
    form.get_by_role("button", name="Put it right").click()
    form.wait_for_selector("form[data-nv-ready]")
    expect(form.locator(".govuk-error-summary")).to_contain_text("Give the street as well.")
    form.fill("#venue", "Food bank, Castle Street")
    for _ in range(3):
        press(form, "Continue")
    save(form)
    until(form, lambda: len(site.records) == 1, "it did not arrive")
    [record] = site.records.values()
    assert record["body"]["venue"] == "Food bank, Castle Street"
    until(form, lambda: waits(form) == [], "it is still on the device")


def test_what_was_erased_meanwhile_is_dropped_with_a_note(
    form: Page, base: str, site: Site
) -> None:
    log_offline(form, base)
    [row] = stored(form)
    site.erased.add(row["id"])
    form.context.set_offline(False)
    until(form, lambda: waits(form) == [], "it still waits")
    assert site.records == {}
    form.goto(f"{base}/field/waiting")
    expect(form.get_by_text("removed from this device")).to_be_visible()
    press(form, "I have read this")
    expect(form.get_by_text("removed from this device")).to_be_hidden()


@pytest.fixture
def conflict(form: Page, base: str, site: Site) -> Page:
    """A contact that somebody else stored under the same id with other answers."""
    log_offline(form, base, "Food bank")
    [row] = stored(form)
    theirs: dict[str, Any] = {"venue": "Library", "kind": "one_to_one", "barriers": ["trust"]}
    site.records[row["id"]] = {"body": theirs, "revision": 4}
    form.context.set_offline(False)
    until(form, lambda: waits(form) == ["conflict"], "no conflict was seen")
    form.goto(f"{base}/field/waiting")
    return form


def test_two_versions_are_shown_side_by_side_and_nothing_is_overwritten(
    conflict: Page, site: Site
) -> None:
    row = conflict.get_by_role("row", name="Where did you meet?")
    expect(row).to_contain_text("Food bank")
    expect(row).to_contain_text("Library")
    expect(conflict.get_by_role("row", name="What makes it hard")).to_contain_text("Trust")
    check_accessible(conflict)
    [record] = site.records.values()
    assert record["body"]["venue"] == "Library"


def test_keeping_ones_own_version_changes_only_what_differs(conflict: Page, site: Site) -> None:
    press(conflict, "Keep the one on this device")
    until(conflict, lambda: waits(conflict) == [], "it still waits")
    [record] = site.records.values()
    assert record["body"]["venue"] == "Food bank"
    assert record["body"]["barriers"] == []
    assert record["revision"] == 5
    method, _, headers = site.uploads[-1]
    assert method == "PATCH"
    assert headers["if-match"] == '"4"'


def test_a_version_that_changed_again_meanwhile_is_shown_again(conflict: Page, site: Site) -> None:
    [record] = site.records.values()
    record["body"]["venue"] = "Town hall"
    record["revision"] = 5
    press(conflict, "Keep the one on this device")
    expect(conflict.get_by_role("row", name="Where did you meet?")).to_contain_text("Town hall")
    assert record["body"]["venue"] == "Town hall"


def test_keeping_the_stored_version_takes_ones_own_off_the_device(
    conflict: Page, site: Site
) -> None:
    press(conflict, "Keep the stored one")
    until(conflict, lambda: waits(conflict) == [], "it is still there")
    [record] = site.records.values()
    assert record["body"]["venue"] == "Library"


def test_two_open_pages_send_each_record_once(form: Page, base: str, site: Site) -> None:
    log_offline(form, base, "Place 0")
    log_more_like_it(form, [f"Place {number}" for number in range(1, 5)])
    twin = form.context.new_page()
    twin.goto(f"{base}/field/waiting")
    form.context.set_offline(False)
    until(form, lambda: waits(form) == [], "some still wait")
    sent = [upload[1] for upload in site.uploads]
    assert len(sent) == len(set(sent)) == 5
    expect(twin.get_by_text("Nothing is waiting.")).to_be_visible()


def test_what_waits_is_sent_with_no_page_open(form: Page, base: str, site: Site) -> None:
    log_offline(form, base)
    form.goto("about:blank")
    form.context.set_offline(False)
    until(form, lambda: len(site.records) == 1, "the service worker did not send it")


def test_the_time_of_recording_is_kept_and_the_devices_clock_is_told(
    form: Page, base: str, site: Site
) -> None:
    form.clock.install(time="2026-01-02T03:04:05Z")
    form.goto(f"{base}/field/contact")
    form.clock.resume()
    fill_in(form)
    press(form, "Save contact")
    until(form, lambda: len(site.records) == 1, "it did not arrive")
    [record] = site.records.values()
    assert record["body"]["recorded_at"].startswith("2026-01-02T03:0")
    assert site.uploads[0][2]["client-time"].startswith("2026-01-02T03:0")
