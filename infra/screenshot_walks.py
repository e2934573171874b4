"""Pages that one gets to only by doing something first; each walk ends on its page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pyotp
from playwright.sync_api import Page

Steps = Callable[[Page, str], None]

ASK = """async ([method, path, body]) => {
  const headers = {'content-type': 'application/json', accept: 'application/json'};
  const answer = await fetch(path, {method, headers, body: JSON.stringify(body)});
  if (!answer.ok) throw new Error(path + ' answered ' + answer.status);
  return answer.json();
}"""
# The id of the first record that the device keeps.
KEPT = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open('newvoices');
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const keys = opening.result.transaction('items').objectStore('items').getAllKeys();
    keys.onsuccess = () => { opening.result.close(); resolve(keys.result[0]); };
  };
})"""
ERASED_PERSON = "Daniel Osei"


@dataclass(frozen=True)
class Walk:
    """name: of the picture; role: who walks, None for somebody who is not signed in."""

    name: str
    role: str | None
    steps: Steps
    script: bool = True


def first(page: Page, address: str, link: str = ".nv-card a") -> str:
    """The address behind the first link of a page."""
    page.goto(address)
    return page.locator(link).first.get_attribute("href") or address


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def questions_of_a_contact(page: Page, base: str) -> None:
    page.goto(f"{base}/outreach/contacts/new")


def questions_of_a_registration(page: Page, base: str) -> None:
    page.goto(f"{base}/outreach/people/new")


def an_answer_that_lacks(page: Page, base: str) -> None:
    page.goto(f"{base}/outreach/contacts/new")
    page.locator("form[data-offline] button[type=submit]").last.click()


def _log_without_a_signal(page: Page, base: str) -> None:
    page.goto(f"{base}/outreach/contacts/new")
    page.wait_for_selector("form[data-nv-ready]")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.locator("form[data-offline] [type=radio]").first.check()
    page.evaluate("document.querySelector('form[data-offline]').requestSubmit()")
    page.wait_for_url("**/contacts/saved")


def saved_without_a_signal(page: Page, base: str) -> None:
    _log_without_a_signal(page, base)
    page.get_by_role("link", name="1 waiting to send").wait_for()


def what_waits(page: Page, base: str) -> None:
    _log_without_a_signal(page, base)
    page.goto(f"{base}/outreach/waiting")
    page.get_by_role("link", name="1 waiting to send").wait_for()


def a_locked_device(page: Page, base: str) -> None:
    _log_without_a_signal(page, base)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="This device is locked").wait_for()


def two_versions(page: Page, base: str) -> None:
    """Somebody else has stored another contact under the id of the one that waits."""
    _log_without_a_signal(page, base)
    address = f"{base}/outreach/api/v1/contacts/{page.evaluate(KEPT)}"
    stored = page.context.request.put(address, data=OTHER_VERSION, headers={"origin": base})
    assert stored.status == 201, stored.text()
    page.context.set_offline(False)
    page.goto(f"{base}/outreach/waiting")
    page.get_by_role("button", name="Keep the one on this device").wait_for()


OTHER_VERSION = {
    "recorded_at": "2026-01-01T10:00:00Z",
    "contacted_on": "2026-01-01",
    "venue": "Elmfield library",
    "venue_kind": "library",
    "area_code": "E08000003",
    "kind": "one_to_one",
    "people": 1,
    "language": "ur",
    "barriers": [],
}


def a_concern_that_is_sent(page: Page, base: str) -> None:
    page.goto(f"{base}/outreach/concerns/new")
    page.get_by_label("Today").check()
    page.fill("[name=what]", "She has bruises and does not want to go home.")
    page.fill("[name=done]", "I stayed with her until her sister came.")
    press(page, "Send to the leads")


def a_concern_as_its_lead_reads_it(page: Page, base: str) -> None:
    page.goto(base + first(page, f"{base}/outreach/concerns", "main a[href*='/concerns/']"))


def an_app_to_scan(page: Page, base: str) -> None:
    page.goto(f"{base}/outreach/account/second-factor")
    press(page, "Set up an app")


def spare_codes(page: Page, base: str) -> None:
    an_app_to_scan(page, base)
    letters = re.sub(r"\s", "", page.locator("#letters").inner_text())
    page.fill("#code", pyotp.TOTP(letters).now())
    press(page, "Go on")


def a_link_for_a_colleague(page: Page, base: str) -> None:
    page.goto(f"{base}/outreach/accounts/new")
    page.fill("[name=name]", "Nia New")
    page.fill("[name=email]", f"nia.{page.evaluate('Date.now()')}@elmfield.example")
    page.locator("[name=role][value=link_worker]").check()
    press(page, "Add")


def a_password_to_choose(page: Page, base: str) -> None:
    a_link_for_a_colleague(page, base)
    found = re.search(r"/outreach/choose-password/[^\s<\"]+", page.content())
    page.context.clear_cookies()
    page.goto(base + (found[0] if found else ""))


def the_link_to_ones_own_page(page: Page, base: str) -> None:
    page.goto(f"{base}/outreach/people")
    person = page.get_by_role("link", name=ERASED_PERSON).get_attribute("href") or ""
    path = person.replace("/people/", "/api/v1/participants/") + "/own-page-links"
    made = page.evaluate(ASK, ["POST", path, {}])
    page.context.clear_cookies()
    page.goto(made["address"])


def ones_own_page(page: Page, base: str) -> None:
    the_link_to_ones_own_page(page, base)
    press(page, "Open my page")


def all_of_it_erased(page: Page, base: str) -> None:
    ones_own_page(page, base)
    page.locator("[name=confirm]").check()
    press(page, "Erase")


def a_new_link_on_its_way(page: Page, base: str) -> None:
    page.goto(f"{base}/outreach/own/link")
    page.fill("[name=email]", "somebody@example.org")
    press(page, "Send me a link")


# In this order: the concern is there for its lead, and the person is erased last.
def _opportunity(page: Page, base: str) -> str:
    link = ".nv-card__title a:text('Better home care')"
    return base + first(page, f"{base}/matching/opportunities", link)


def decline(page: Page, base: str) -> None:
    page.goto(f"{_opportunity(page, base)}/review")
    page.locator("a[href$='/decline']").first.click()


def name_after_approval(page: Page, base: str) -> None:
    """The name is known to the coordinator who approved, once the person is asked."""
    here = _opportunity(page, base)
    page.goto(f"{here}/review")
    page.get_by_role("button", name="Approve proposal").first.click()
    page.wait_for_timeout(3_000)
    page.goto(here)
    page.locator("a[href*='/notifications/delivery/']").first.click()


def a_draw(page: Page, base: str) -> None:
    page.goto(f"{_opportunity(page, base)}/draws")
    page.get_by_role("button", name="Prepare the draw").click()
    page.get_by_role("heading", name="Publish this code").wait_for()


WALKS: tuple[Walk, ...] = (
    Walk("decline", "coordinator", decline),
    Walk("draw", "coordinator", a_draw),
    Walk("name-after-approval", "coordinator", name_after_approval),
    Walk("own-link-sent", None, a_new_link_on_its_way),
    Walk("contact-new-all-questions", "link_worker", questions_of_a_contact, script=False),
    Walk("contact-new-lacks", "link_worker", an_answer_that_lacks, script=False),
    Walk("person-new-all-questions", "link_worker", questions_of_a_registration, script=False),
    Walk("contact-saved-offline", "link_worker", saved_without_a_signal),
    Walk("waiting-one", "link_worker", what_waits),
    Walk("waiting-two-versions", "link_worker", two_versions),
    Walk("locked", "link_worker", a_locked_device),
    Walk("concern-sent", "link_worker", a_concern_that_is_sent),
    Walk("concern", "safeguarding_lead", a_concern_as_its_lead_reads_it),
    Walk("second-factor-scan", "auditor", an_app_to_scan),
    Walk("second-factor-codes", "auditor", spare_codes),
    Walk("account-link", "administrator", a_link_for_a_colleague),
    Walk("choose-password", "administrator", a_password_to_choose),
    Walk("own-enter", "link_worker", the_link_to_ones_own_page),
    Walk("own", "link_worker", ones_own_page),
    Walk("own-erased", "link_worker", all_of_it_erased),
)
