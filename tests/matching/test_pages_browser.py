"""The pages of matching in a real browser: WCAG 2.2 AA, 320 px, keyboard, no JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page

from schemas.events import InvitationAnswered
from services.matching.reference import import_file
from tests.matching.harness import Matching, cookies_of, running, website
from tests.support.browser import (  # noqa: F401
    DESKTOP,
    NARROW,
    PHONE,
    OpenPage,
    browser,
    check_accessible,
    chromium_path,
    open_page,
    playwright_driver,
    serve,
)

pytestmark = pytest.mark.browser

CENSUS = Path(__file__).parents[2] / "services/matching/data/census2021-ts021-extract.csv"

WAYS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": PHONE},
    "320 px": {"viewport": NARROW},
    "desktop": {"viewport": DESKTOP},
    "dark": {"viewport": PHONE, "color_scheme": "dark"},
}


class Site:
    def __init__(self, matching: Matching, base: str) -> None:
        self.matching, self.base = matching, base
        matching.write(lambda s: import_file(s, CENSUS, matching.now))
        matching.open(title="Earlier group")
        self.opportunity = community(matching)

    def open(self, open_page: OpenPage, path: str, **options: Any) -> Page:  # noqa: F811
        page = open_page(**options)
        cookies = [
            {"name": name, "value": value, "url": self.base}
            for name, value in cookies_of(self.matching).items()
        ]
        page.context.add_cookies(cookies)  # type: ignore[arg-type]
        page.goto(f"{self.base}/matching{path}")
        return page

    def paths(self) -> dict[str, str]:
        here = f"/opportunities/{self.opportunity}"
        ids = [p["match_id"] for p in self.matching.proposals(self.opportunity)][:2]
        chosen = "&".join(f"match={each}" for each in ids)
        return {
            "list": "/opportunities",
            "form": "/opportunities/new",
            "voices": "/voices",
            "one": here,
            "review": f"{here}/review",
            "diff": f"{here}/approvals?{chosen}",
            "compare": f"{here}/compare?{chosen}",
            "decline": f"/proposals/{ids[0]}/decline",
            "member": f"{here}/members/new",
            "feedback": f"{here}/feedback",
            "close": f"{here}/close",
            "change": f"{here}/change",
            "sharing": f"{here}/sharing",
            "targets": f"{here}/targets",
            "area": f"{here}/targets/area?area=E06000001",
            "earlier": f"{here}/targets/earlier",
            "what if": f"{here}/what-if",
        }


def community(matching: Matching) -> UUID:
    """An opportunity with members, a filled seat, people asked, waiting and blocked."""
    targets = [
        {"group": {"age_band": "18_24"}, "least": 3},
        {"group": {"age_band": "18_24", "lived_experience": "unpaid_carer"}, "least": 1},
        {"group": {"ethnic_group": "asian"}, "proportion": 0.3},
        {"group": {"sex": "male"}, "least": 2, "most": 4},
        {"group": {"religion": "sikh"}},
    ]
    meeting = {"on": "2026-10-06", "starts": "10:00", "ends": "12:00", "mode": "in_person"}
    opportunity = matching.open(
        title="Better home care reading group",
        seats=9,
        targets=targets,
        sessions=[meeting],
        payment_pence=2500,
        purpose="To say what good home care looks like before the new contract is written.",
        can_arrange=["interpreter_language"],
        members=[{"prior_seat": True, "categories": {"sex": ["male"]}}, {}],
    )
    matching.register(needs=["bsl"])
    asian = {"ethnic_group": ["asian_pakistani"], "age_band": ["35_44"], "sex": ["male"]}
    first = matching.register({"age_band": ["18_24"]}, ["unpaid_carer"])
    matching.register(asian, needs=["interpreter_language"])
    matching.register({"age_band": ["18_24"], "sex": ["female"]}, prior_seats=1)
    matching.register({"age_band": ["18_24"], "sex": ["male"]}, ["unpaid_carer"])
    second = matching.register(asian)
    answer = matching.invite(opportunity, first)
    assert isinstance(answer, InvitationAnswered)
    matching.receive(answer)
    matching.invite(opportunity, second)
    words = {"you_said": "Letters are hard to read.", "we_did": "We rewrote them in Easy Read."}
    matching.http.post(f"/api/v1/opportunities/{opportunity}/feedback", json=words)
    return opportunity


def check_each(page: Page, matching: Matching, base: str, addresses: Iterable[str]) -> None:
    """Signed in, each page answers and is accessible, with what it folds away open as well."""
    cookies = [{"name": n, "value": v, "url": base} for n, v in cookies_of(matching).items()]
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    for address in addresses:
        answer = page.goto(f"{base}{address}")
        assert answer is not None
        assert answer.status == 200, address
        for details in page.locator("details").all():
            details.evaluate("d => d.open = true")
        check_accessible(page)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("matching")
    with running(folder) as matching, serve(website(matching)) as base:
        yield Site(matching, base)


@pytest.mark.parametrize("way", WAYS)
def test_every_page_is_accessible_seen_as(way: str, site: Site, open_page: OpenPage) -> None:  # noqa: F811
    page = site.open(open_page, "/", **WAYS[way])
    for path in site.paths().values():
        page.goto(f"{site.base}/matching{path}")
        for details in page.locator("details").all():
            details.evaluate("d => d.open = true")
        check_accessible(page)


def test_a_slider_shows_what_would_be_and_its_weight_is_what_is_kept(
    site: Site,
    open_page: OpenPage,  # noqa: F811
) -> None:
    page = site.open(open_page, f"/opportunities/{site.opportunity}/what-if")
    slider = page.get_by_role("slider", name="People aged 18 to 24", exact=True)
    before = page.locator("#tried").inner_text()
    with page.expect_response(lambda answer: "w-0=3" in answer.url):
        slider.fill("3")
    page.wait_for_url("**w-0=3**")
    assert page.locator("#tried").inner_text() != before
    assert page.locator("form[data-nv-keep] [name=w-0]").input_value() == "3"
    check_accessible(page)


def test_the_queue_shows_who_registered_a_moment_ago_without_a_reload(
    site: Site,
    open_page: OpenPage,  # noqa: F811
) -> None:
    page = site.open(open_page, f"/opportunities/{site.opportunity}/review")
    with page.expect_response(lambda answer: answer.url.endswith("/live")):
        page.reload()
    cards = page.locator("#queue ol > li")
    before = cards.count()
    site.matching.register({"age_band": ["18_24"]}, ["unpaid_carer"])
    page.wait_for_function(
        "n => document.querySelectorAll('#queue ol > li').length > n", arg=before
    )
    check_accessible(page)
    page.get_by_label("Choose").first.check()
    site.matching.register({"age_band": ["18_24"]}, ["unpaid_carer"])
    page.get_by_text("Something changed since you opened this page.").wait_for()
    assert page.get_by_label("Choose").first.is_checked()
    check_accessible(page)


def test_mistakes_on_the_form_are_accessible_and_get_the_focus(
    site: Site,
    open_page: OpenPage,  # noqa: F811
) -> None:
    page = site.open(open_page, "/opportunities/new")
    page.get_by_role("button", name="Open it").last.click()
    page.get_by_role("alert").wait_for()
    check_accessible(page)
    page.get_by_role("link", name="Enter a name for it").click()
    assert page.evaluate("document.activeElement.id") == "title"


def test_the_queue_works_by_keyboard_and_without_javascript(
    site: Site,
    open_page: OpenPage,  # noqa: F811
) -> None:
    path = f"/opportunities/{site.opportunity}/review"
    page = site.open(open_page, path, java_script_enabled=False)
    approve = page.get_by_role("button", name="Approve proposal").first
    approve.focus()
    page.keyboard.press("Enter")
    page.get_by_text("You can take it back").wait_for()
    undo = page.get_by_role("button", name="Undo for proposal").first
    undo.focus()
    page.keyboard.press("Enter")
    page.get_by_text("It waits for you again").wait_for()


def test_enter_in_a_field_opens_the_opportunity_and_adds_no_row(
    site: Site,
    open_page: OpenPage,  # noqa: F811
) -> None:
    page = site.open(open_page, "/opportunities/new")
    page.get_by_label("What is it called?").fill("Group by keyboard")
    page.get_by_label("What is it called?").press("Enter")
    page.get_by_role("alert").wait_for()
    assert page.locator("[name=targets-2-group]").count() == 0
