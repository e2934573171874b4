"""The pages as a browser without JavaScript uses them."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import update

from schemas.events import ContactLogged, ParticipantRegistered, ParticipantUpdated
from services.outreach.care_models import Concern
from services.runtime.pages import mount_static
from services.runtime.security.headers import harden
from services.runtime.security.principal import Role
from services.runtime.security.routes import undeclared_routes
from tests.outreach.conftest import ORIGIN, PASSWORD, World, counted, register

HTML = {"accept": "text/html"}


class Browser:
    """Opens pages and sends the forms that stand on them, as a person would."""

    def __init__(self, world: World) -> None:
        root = FastAPI()
        harden(root, world.node.settings.security)
        mount_static(root)
        root.mount("/outreach", world.app)
        self.client = TestClient(root, base_url=ORIGIN, raise_server_exceptions=False)
        self.client.headers.update(HTML)
        self.page = ""
        self.markup = ""
        self.path = ""

    def open(self, path: str) -> str:
        answer = self.client.get(path)
        self._take(answer)
        assert answer.status_code == 200, (path, answer.status_code)
        return self.page

    def send(self, fields: dict[str, object], form: str = "", status: int = 200) -> str:
        """Send the form whose action holds `form`, with its hidden fields and these ones."""
        found = re.findall(
            r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', self.page, re.S
        )
        action, inside = next((a, i) for a, i in found if form in a and "sign-out" not in a)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', inside))
        answer = self.client.post(action, data=hidden | fields)
        self._take(answer)
        assert answer.status_code == status, (action, answer.status_code, self.problems())
        return self.page

    def _take(self, answer: Response) -> None:
        self.markup, self.path = answer.text, answer.url.path
        self.page = html.unescape(answer.text)

    def problems(self) -> list[str]:
        box = re.search(r'govuk-error-summary__list">(.*?)</ul>', self.page, re.S)
        return re.findall(r'href="#([^"]*)"', box[1]) if box else []

    def sign_in(self, email: str) -> Browser:
        self.open("/outreach/sign-in")
        self.send({"email": email, "password": PASSWORD})
        return self


@pytest.fixture
def browser(world: World) -> Browser:
    world.account("worker@example.org", team="north")
    return Browser(world).sign_in("worker@example.org")


PLACE = {"venue": "Harehills food bank", "venue_kind": "food_bank", "area_code": "E08000035"}
CONTACT = PLACE | {
    "kind": "one_to_one",
    "language": "ur",
    "barriers": ["travel", "trust"][:1],
    "contacted_on-day": "2",
    "contacted_on-month": "3",
    "contacted_on-year": "2026",
    "notes": "She asked about the hard to reach group.",
}
PERSON: dict[str, object] = {
    "name": "Quintessa Marblethwaite",
    "phone": "07700 900123",
    "area_code": "E08000035",
    "language": "ur",
    "access_needs": ["step_free"],
    "consents[0].given": "true",
    "consents[4].given": "true",
    "consents[5].given": "true",
    "matching_profile.characteristics.age_band": "25_34",
    "matching_profile.lived_experience": ["unpaid_carer", "refugee"],
    "availability.weekdays": ["0", "2"],
}


def test_every_page_declares_who_may_open_it(world: World) -> None:
    assert [r for r in undeclared_routes(world.app) if "docs" not in r and "openapi" not in r
            and "redoc" not in r] == []  # fmt: skip


def test_whoever_is_not_signed_in_is_led_to_sign_in_and_back(world: World) -> None:
    world.account("worker@example.org")
    browser = Browser(world)
    browser.open("/outreach/follow-ups")
    assert browser.path == "/outreach/sign-in"
    browser.send({"email": "worker@example.org", "password": PASSWORD})
    assert browser.path == "/outreach/follow-ups"


def test_a_wrong_password_says_what_to_do_and_keeps_the_email(world: World) -> None:
    browser = Browser(world)
    browser.open("/outreach/sign-in")
    page = browser.send({"email": "a@example.org", "password": "wrong"}, status=422)
    assert "Check both and try again" in page
    assert 'value="a@example.org"' in page


def test_a_contact_is_logged_by_a_form_and_the_next_one_offers_its_place(
    world: World, browser: Browser
) -> None:
    browser.open("/outreach/contacts/new")
    page = browser.send(CONTACT)
    assert "The contact is saved." in page
    (event,) = world.events_of(ContactLogged)
    assert (event.language, event.barriers) == ("ur", ["travel"])
    page = browser.open("/outreach/contacts/new")
    assert "Somewhere else" in page
    again = {k: v for k, v in CONTACT.items() if k not in PLACE}
    browser.send(again | {"same_place_as": str(event.contact_id)})
    assert [e.area_code for e in world.events_of(ContactLogged)] == ["E08000035"] * 2


def test_what_is_missing_is_named_and_the_other_answers_stay(browser: Browser) -> None:
    browser.open("/outreach/contacts/new")
    page = browser.send(CONTACT | {"venue": "", "contacted_on-day": "x"}, status=422)
    assert "contacted_on" in browser.problems()
    assert "She asked about" in page
    page = browser.send(CONTACT | {"venue": ""}, status=422)
    assert browser.problems() == ["venue"]


def test_a_group_is_logged_with_a_number(world: World, browser: Browser) -> None:
    browser.open("/outreach/contacts/new")
    browser.send(CONTACT | {"kind": "group", "people": "8"})
    assert world.events_of(ContactLogged)[0].people == 8


def test_notes_that_say_hard_to_reach_get_a_kind_suggestion(browser: Browser) -> None:
    browser.open("/outreach/contacts/new")
    assert "You could write" in browser.send(CONTACT)


def test_a_follow_up_waits_at_home_until_it_is_done(browser: Browser) -> None:
    browser.open("/outreach/contacts/new")
    date = {"follow_up_on-day": "1", "follow_up_on-month": "1", "follow_up_on-year": "2026"}
    browser.send(CONTACT | date)
    contact = browser.path
    assert "Harehills food bank" in browser.open("/outreach/")
    browser.open(contact)
    browser.send({"done": "1"}, form="follow-up")
    assert "Nothing waits today" in browser.open("/outreach/")


def test_a_person_is_registered_by_one_form(world: World, browser: Browser) -> None:
    page = browser.open("/outreach/people/new")
    assert "You can change your mind at any time." in page
    browser.send(PERSON)
    assert "The person is registered." in browser.page
    assert "Quintessa Marblethwaite" in browser.page
    (event,) = world.events_of(ParticipantRegistered)
    assert event.matching_profile.characteristics == {"age_band": ["25_34"]}
    assert set(event.matching_profile.lived_experience) == {"unpaid_carer", "refugee"}
    assert event.availability.weekdays == [0, 2]
    assert event.availability.modes == ["in_person", "online", "phone"]
    given = {(c.purpose, c.channel): c.given for c in event.consents}
    assert given[("contact", "sms")]
    assert not given[("contact", "email")]


def test_without_a_yes_to_matching_its_answers_are_not_kept(world: World, browser: Browser) -> None:
    browser.open("/outreach/people/new")
    browser.send(PERSON | {"consents[4].given": "false"})
    (event,) = world.events_of(ParticipantRegistered)
    assert event.matching_profile is None
    assert b"unpaid_carer" not in world.files()


def test_answers_for_monitoring_are_asked_for_apart_and_never_copied_from_the_profile(
    world: World, browser: Browser
) -> None:
    page = browser.open("/outreach/people/new")
    assert "We keep those answers apart" in page
    browser.send(PERSON)
    assert counted(world) == []
    browser.open("/outreach/people/new")
    again = {"monitoring.age_band": "prefer_not_to_say", "monitoring.religion": "muslim"}
    browser.send(PERSON | {"phone": "07700 900124"} | again)
    assert counted(world) == [("age_band", "prefer_not_to_say"), ("religion", "muslim")]
    profiles = [e.matching_profile for e in world.events_of(ParticipantRegistered)]
    assert [p.characteristics for p in profiles] == [{"age_band": ["25_34"]}] * 2


def test_without_a_yes_to_monitoring_its_answers_are_not_kept(
    world: World, browser: Browser
) -> None:
    browser.open("/outreach/people/new")
    browser.send(PERSON | {"consents[5].given": "false", "monitoring.religion": "muslim"})
    assert len(world.events_of(ParticipantRegistered)) == 1
    assert counted(world) == []


def test_a_registration_without_an_answer_on_consent_is_refused(
    world: World, browser: Browser
) -> None:
    browser.open("/outreach/people/new")
    without = {k: v for k, v in PERSON.items() if k != "consents[4].given"}
    page = browser.send(without, status=422)
    assert browser.problems() == ["consents-4-given"]
    assert "Choose yes or no." in page
    assert world.events() == []


def test_no_way_of_contact_is_refused_in_words(browser: Browser) -> None:
    browser.open("/outreach/people/new")
    without = {k: v for k, v in PERSON.items() if k != "consents[0].given"}
    page = browser.send(without, status=422)
    assert "at least one way to be contacted" in page


def test_a_record_is_corrected_and_consent_withdrawn_by_forms(
    world: World, browser: Browser
) -> None:
    browser.open("/outreach/people/new")
    browser.send(PERSON)
    person = browser.path
    browser.open(f"{person}/edit")
    browser.send({"name": "Quinta", "phone": "07700 900456", "area_code": "E08000035",
                  "language": "pl"})  # fmt: skip
    assert "Quinta" in browser.page
    assert world.events_of(ParticipantUpdated)[-1].access_needs == []
    browser.open(f"{person}/consent")
    browser.send({"contact-sms": "yes", "monitoring-all": "yes"})
    updated = world.events_of(ParticipantUpdated)[-1]
    assert updated.matching_profile is None
    assert next(c for c in updated.consents if c.channel == "sms").given
    page = browser.send({}, status=200) if "consent" in browser.path else browser.page
    assert "in effect" in page


def test_a_duplicate_is_shown_at_once_and_merged_only_by_a_yes(
    world: World, browser: Browser
) -> None:
    for _ in range(2):
        browser.open("/outreach/people/new")
        browser.send(PERSON)
    assert browser.path.endswith("/duplicates")
    assert "same phone" in browser.page
    browser.send({}, form="merge")
    assert "merged" in browser.page
    browser.send({}, form="undo")
    assert "The merge is undone." in browser.page


def test_a_person_is_erased_after_a_second_question(world: World, browser: Browser) -> None:
    browser.open("/outreach/people/new")
    browser.send(PERSON)
    person = browser.path
    browser.open(f"{person}/erase")
    browser.send({}, form="erase")
    assert "erased everywhere" in browser.page
    gone = browser.client.get(person)
    assert gone.status_code == 410
    assert "text/html" in gone.headers["content-type"]


def test_a_form_of_another_site_changes_nothing(world: World, browser: Browser) -> None:
    answer = browser.client.post(
        "/outreach/contacts/new",
        params={"id": str(UUID(int=1))},
        data=CONTACT,
        headers={"origin": "https://elsewhere.example"},
    )
    assert answer.status_code == 403
    assert world.events() == []


def test_field_names_that_no_page_of_ours_sends_are_refused_without_a_fault(
    browser: Browser,
) -> None:
    for name in ("consents[99999].given", "name.first", "consents.x", "a[0][0]", "name[0]"):
        browser.open("/outreach/people/new")
        browser.send(PERSON | {name: "1"}, status=422)


def test_the_pages_speak_the_language_that_was_asked_for(browser: Browser) -> None:
    page = browser.open("/outreach/people/new?lang=ur")
    assert '<html lang="ur" dir="rtl"' in page


def test_places_show_where_nobody_has_been_and_export(browser: Browser) -> None:
    browser.open("/outreach/contacts/new")
    browser.send(CONTACT)
    page = browser.open("/outreach/places")
    assert "Leeds" in page
    assert "Not yet been to" in page
    assert 'class="nv-map__area"' in page
    assert "Wakefield, about 20 km from Leeds" in page
    table = browser.client.get("/outreach/places.csv").text
    assert table.splitlines()[1].startswith("Leeds,E08000035,1,few,2026-03-02")
    sheet = browser.client.get("/outreach/places.ods")
    assert sheet.headers["content-type"] == "application/vnd.oasis.opendocument.spreadsheet"
    assert browser.client.get("/outreach/places.exe").status_code == 422


def test_each_role_gets_its_own_home(world: World) -> None:
    for role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.SAFEGUARDING_LEAD):
        world.account(f"{role.value}@example.org", role)
        page = Browser(world).sign_in(f"{role.value}@example.org").open("/outreach/")
        assert "Log a contact" not in page
    world.account("co@example.org", Role.COORDINATOR)
    browser = Browser(world)
    browser.open("/outreach/sign-in")
    answer = browser.client.get("/outreach/", follow_redirects=False)
    assert answer.status_code == 303


def test_a_page_about_somebody_out_of_reach_reads_as_not_found(
    world: World, browser: Browser, worker: TestClient
) -> None:
    made = register(world.signed_in("south@example.org", team="south"))
    assert browser.client.get(f"/outreach/people/{made}").status_code == 404


def test_a_concern_is_raised_by_a_form_and_read_by_the_lead(world: World, browser: Browser) -> None:
    world.account("lead@example.org", Role.SAFEGUARDING_LEAD)
    browser.open("/outreach/concerns/new")
    browser.send({"what": "She is afraid."}, status=422)
    assert browser.problems() == ["urgency"]
    browser.send({"what": "She is afraid.", "urgency": "now"})
    assert "The concern is with the leads" in browser.page
    lead = Browser(world).sign_in("lead@example.org")
    page = lead.open("/outreach/concerns")
    lead.open(re.findall(r'href="(/outreach/concerns/[0-9a-f-]{36})"', page)[0])
    assert "She is afraid." in lead.page
    lead.send({"state": "handed_on", "note": "Referred."}, form="concerns/")
    assert "Handed on" in lead.page


def test_an_overdue_concern_is_told_to_the_lead_at_home(world: World, browser: Browser) -> None:
    world.account("lead@example.org", Role.SAFEGUARDING_LEAD)
    browser.open("/outreach/concerns/new")
    browser.send({"what": "She is afraid.", "urgency": "now"})
    lead = Browser(world).sign_in("lead@example.org")
    assert "overdue" not in lead.open("/outreach/")
    hours_ago = update(Concern).values(answer_by=world.node.now() - timedelta(hours=1))
    world.node.database.write(lambda session: session.execute(hours_ago))
    assert "1 concern is overdue. Look at it now." in lead.open("/outreach/")
    assert "overdue" not in browser.open("/outreach/")


def test_the_induction_is_read_part_by_part(browser: Browser) -> None:
    browser.open("/outreach/learning")
    browser.send({"familiarity": "2"})
    for part in ("definition", "principles", "examples"):
        browser.open(f"/outreach/learning/{part}")
        browser.send({}, form="learning")
    assert "How well do you know co-production now?" in browser.page
    browser.send({"familiarity": "5"})
    assert "How well do you know co-production now?" not in browser.page


@pytest.mark.parametrize("language", ["cy", "pl", "ur", "ar"])
def test_the_registration_asks_in_the_page_s_language(browser: Browser, language: str) -> None:
    english = ("Read this aloud first", "May we contact them?", "Register this person", "Log a con")
    page = browser.open(f"/outreach/people/new?lang={language}")
    assert [words for words in english if words in page] == []
