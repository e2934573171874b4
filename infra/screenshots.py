"""Takes the pictures in docs/screenshots of every page, at phone and desktop width.

    make screenshots
    .venv/bin/python -m infra.screenshots waiting-one home    only these

Starts a process with the made-up community, signs in as each role, and looks at each page.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from infra.screenshot_walks import WALKS
from services.cli.community import PASSWORD, STAFF
from services.cli.processes import serving
from services.notifications.standin import start

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}

# Name of the picture, who looks, where. A path that starts with "first:" follows the first link
# of the page before the colon that matches the rest; "below:" is the same, and goes on to the path
# behind it; "chosen:" goes on with the first two proposals of its review page.
ONE = "/matching/opportunities:.nv-card__title a:text('Better home care'):"
FIRST = f"below:{ONE}"
PROGRAMME = "below:/matching/programmes:.nv-card__title a:"
PAGES: tuple[tuple[str, str | None, str], ...] = (
    ("sign-in", None, "/outreach/sign-in"),
    ("own-link", None, "/outreach/own/link"),
    ("home", "link_worker", "/outreach/"),
    ("account", "link_worker", "/outreach/account"),
    ("second-factor", "link_worker", "/outreach/account/second-factor"),
    ("contact-new", "link_worker", "/outreach/contacts/new"),
    ("contacts", "link_worker", "/outreach/contacts"),
    ("people", "link_worker", "/outreach/people"),
    ("person-new", "link_worker", "/outreach/people/new"),
    ("follow-ups", "link_worker", "/outreach/follow-ups"),
    ("places", "link_worker", "/outreach/places"),
    ("contact", "link_worker", "first:/outreach/contacts:.nv-card a"),
    ("contact-saved", "link_worker", "/outreach/contacts/saved"),
    ("person", "link_worker", "first:/outreach/people:.nv-card a"),
    ("person-saved", "link_worker", "/outreach/people/saved"),
    ("waiting", "link_worker", "/outreach/waiting"),
    ("start", "link_worker", "/outreach/start"),
    ("concern-new", "link_worker", "/outreach/concerns/new"),
    ("learning", "link_worker", "/outreach/learning"),
    ("learning-part", "link_worker", "/outreach/learning/definition"),
    ("learning-principles", "link_worker", "/outreach/learning/principles"),
    ("learning-examples", "link_worker", "/outreach/learning/examples"),
    ("contact-register", "link_worker", "below:/outreach/contacts:.nv-card a:/register"),
    ("contact-erase", "link_worker", "below:/outreach/contacts:.nv-card a:/erase"),
    ("person-edit", "link_worker", "below:/outreach/people:.nv-card a:/edit"),
    ("person-consent", "link_worker", "below:/outreach/people:.nv-card a:/consent"),
    ("person-duplicates", "link_worker", "below:/outreach/people:.nv-card a:/duplicates"),
    ("person-erase", "link_worker", "below:/outreach/people:.nv-card a:/erase"),
    # Last of this role: the language stays for the pages after it.
    ("home-welsh", "link_worker", "/outreach/?lang=cy"),
    ("contact-new-polish", "link_worker", "/outreach/contacts/new?lang=pl"),
    ("person-new-arabic", "link_worker", "/outreach/people/new?lang=ar"),
    ("contacts-arabic", "link_worker", "/outreach/contacts?lang=ar"),
    ("concerns", "safeguarding_lead", "/outreach/concerns"),
    ("accounts", "administrator", "/outreach/accounts"),
    ("settings", "administrator", "/outreach/settings"),
    ("account-new", "administrator", "/outreach/accounts/new"),
    ("account-of-colleague", "administrator", "first:/outreach/accounts:.nv-card:nth-child(4) a"),
    ("opportunities", "coordinator", "/matching/opportunities"),
    ("opportunity-new", "coordinator", "/matching/opportunities/new"),
    ("opportunity", "coordinator", f"{FIRST}"),
    ("programmes", "coordinator", "/matching/programmes"),
    ("programme", "coordinator", "first:/matching/programmes:.nv-card__title a"),
    ("programme-new", "coordinator", "/matching/programmes/new"),
    ("programme-edit", "coordinator", f"{PROGRAMME}/edit"),
    ("programme-records", "coordinator", f"{PROGRAMME}/records"),
    ("surveys", "coordinator", "/matching/surveys"),
    ("survey", "coordinator", "first:/matching/surveys:.nv-card__title a"),
    ("survey-new", "coordinator", "/matching/surveys/new"),
    ("payments", "coordinator", "/matching/reciprocity"),
    (
        "payments-one",
        "coordinator",
        "first:/matching/reciprocity:a[href*='/opportunities/'][href$='/reciprocity']",
    ),
    ("owed-answers", "coordinator", "/matching/owed-answers"),
    (
        "feedback-loop",
        "coordinator",
        "first:/matching/owed-answers:a[href$='/feedback-loop']",
    ),
    ("barriers", "coordinator", "/matching/barriers"),
    ("barrier-action", "coordinator", "/matching/barriers/actions/new"),
    ("barrier-report", "link_worker", "/matching/barriers/report"),
    ("practice", "coordinator", "/matching/practice"),
    ("practice-article", "coordinator", "first:/matching/practice:.nv-card__title a"),
    ("practice-new", "coordinator", "/matching/practice/new"),
    ("co-production", "coordinator", "/matching/practice/co-production"),
    ("review", "coordinator", f"{FIRST}/review"),
    ("approvals", "coordinator", f"chosen:{ONE}/approvals"),
    ("compare", "coordinator", f"chosen:{ONE}/compare"),
    ("what-if", "coordinator", f"{FIRST}/what-if"),
    ("details", "coordinator", f"{FIRST}/change"),
    ("sharing", "coordinator", f"{FIRST}/sharing"),
    ("targets", "coordinator", f"{FIRST}/targets"),
    ("targets-area", "coordinator", f"{FIRST}/targets/area"),
    ("targets-earlier", "coordinator", f"{FIRST}/targets/earlier"),
    ("draws", "coordinator", f"{FIRST}/draws"),
    ("payments-session", "coordinator", f"{FIRST}/reciprocity/session"),
    ("payments-item", "coordinator", f"{FIRST}/reciprocity/new"),
    ("voices", "coordinator", "/matching/voices"),
    ("delivery", "coordinator", "/notifications/delivery"),
    ("inbox", "coordinator", "/notifications/inbox"),
    ("tasks", "coordinator", "/notifications/tasks"),
    ("templates", "coordinator", "/notifications/templates"),
    ("template-new", "coordinator", "/notifications/templates/new"),
    ("member-new", "coordinator", f"{FIRST}/members/new"),
    ("feedback", "coordinator", f"{FIRST}/feedback"),
    ("close", "coordinator", f"{FIRST}/close"),
)


@contextmanager
def browsing() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def sign_in(page: Page, base: str, role: str) -> None:
    email = next(one for one, _name, known, _team in STAFF if known == role)
    page.goto(f"{base}/outreach/sign-in")
    page.locator("input[name=email]").fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def look(page: Page, base: str, where: str) -> int:
    """Go to a page; the status of the answer."""
    if where.startswith("first:"):
        _, path, link = where.split(":", 2)
        page.goto(base + path)
        target = page.locator(link).first.get_attribute("href")
        where = target or path
    if where.startswith(("below:", "chosen:")):
        how, path, rest = where.split(":", 2)
        link, more = rest.rsplit(":", 1)
        page.goto(base + path)
        where = (page.locator(link).first.get_attribute("href") or path) + more
        if how == "chosen":
            page.goto(base + where.replace(more, "/review"))
            boxes = page.locator("input[name=match]").all()[:2]
            where += "?" + "&".join(f"match={box.get_attribute('value')}" for box in boxes)
    answer = page.goto(base + where, wait_until="networkidle")
    return answer.status if answer else 0


def take(page: Page, name: str, width: str) -> None:
    page.screenshot(path=FOLDER / f"{name}-{width}.png", full_page=True)


def wanted(name: str) -> bool:
    return not sys.argv[1:] or name in sys.argv[1:]


def take_pages(browser: Browser, base: str) -> int:
    """Pictures of the pages with an address; how many answered with anything but 200."""
    wrong = 0
    for width, (w, h) in WIDTHS.items():
        for role in dict.fromkeys(who for _, who, _ in PAGES):
            context = browser.new_context(viewport={"width": w, "height": h})
            page = context.new_page()
            if role is not None:
                sign_in(page, base, role)
            for name, who, where in PAGES:
                if who == role and wanted(name):
                    status = look(page, base, where)
                    wrong += status != 200
                    take(page, name, width)
                    print(f"{status} {name}-{width}.png")
            context.close()
    return wrong


def take_walks(browser: Browser, base: str) -> None:
    """Pictures of the pages that one has to do something for, each walked to once."""
    for walk in filter(lambda walk: wanted(walk.name), WALKS):
        context = browser.new_context(java_script_enabled=walk.script)
        page = context.new_page()
        w, h = WIDTHS["phone"]
        page.set_viewport_size({"width": w, "height": h})
        if walk.role is not None:
            sign_in(page, base, walk.role)
        walk.steps(page, base)
        for width, (w, h) in WIDTHS.items():
            page.set_viewport_size({"width": w, "height": h})
            take(page, walk.name, width)
        print(f"200 {walk.name}, both widths")
        context.close()


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        start() as standin,
        browsing() as browser,
        serving(Path(data), standin, seed="people") as base,
    ):
        wrong = take_pages(browser, base)
        take_walks(browser, base)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
