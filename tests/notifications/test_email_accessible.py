"""Emails, read in a real browser as a mail reader would show them."""

import pytest

from services.notifications.messages import Format, write
from services.notifications.template_facts import FACTS, example_facts
from services.notifications.templating import Template, builtin
from tests.support.browser import NARROW, OpenPage, check_accessible

pytestmark = pytest.mark.browser

WITH_LETTER = [kind for kind in FACTS if builtin(kind).letter]
URDU = Template(
    "help",
    "ur",
    9,
    sms="x",
    subject="مدد",
    letter="سلام\n\n# فون\n\n- 0161 496 0000\n\n[جواب](https://voices.example.org/a)",
)


def email(template: Template) -> str:
    facts = example_facts(template.kind)
    stop = "https://voices.example.org/stop/1"
    return write(template, facts, Format.EMAIL, unsubscribe_url=stop).html


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_email_passes_wcag_in_light_and_dark(open_page: OpenPage, scheme: str) -> None:
    page = open_page(viewport=NARROW, color_scheme=scheme)
    for kind in WITH_LETTER:
        page.set_content(email(builtin(kind)))
        check_accessible(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_email_from_right_to_left_passes_wcag_and_starts_at_the_right(
    open_page: OpenPage, scheme: str
) -> None:
    page = open_page(viewport=NARROW, color_scheme=scheme)
    page.set_content(email(URDU))
    check_accessible(page)
    heading = page.locator("h1").evaluate("e => getComputedStyle(e).direction")
    assert heading == "rtl"


def test_every_link_is_large_enough_to_tap(open_page: OpenPage) -> None:
    page = open_page(viewport=NARROW)
    page.set_content(email(builtin("invitation")))
    button = page.locator("a.button").bounding_box()
    assert button is not None
    assert button["height"] >= 44
