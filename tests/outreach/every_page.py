"""Every page of outreach as the server sends it, in one language, filled with something to see.

The world must ask auditors for a second factor (`ASKED`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pyotp

from services.outreach.sign_in_models import Passkey
from services.runtime.security.principal import Role
from tests.outreach.conftest import World, contact_body, register
from tests.outreach.test_pages import Browser

ASKED = (Role.AUDITOR,)


def every_page(world: World, code: str) -> Iterator[tuple[str, str]]:
    """What was opened or sent, and the page that came; each language has people of its own."""
    worker = world.signed_in(f"worker-{code}@example.org", team=code)
    contact, today = str(uuid4()), world.node.now().date().isoformat()
    body = contact_body(follow_up_on=today, position={"latitude": 53.81, "longitude": -1.52})
    assert worker.put(f"/api/v1/contacts/{contact}", json=body).status_code == 201
    person = register(worker, email=f"{code}@example.org", contact_id=contact)
    register(worker, name="Quintesa Marblethwait", contact_id=contact)
    link = worker.post(f"/api/v1/participants/{person}/own-page-links").json()["address"]

    browser = speaking(world, code)
    for path in ("/own/link", "/sign-in"):
        yield path, browser.read(path)
    yield (
        "wrong password",
        browser.send({"email": "a@example.org", "password": "x"}, "sign-in", 422),
    )
    browser.sign_in(f"worker-{code}@example.org")
    for path in (
        *("/", "/contacts", f"/contacts/{contact}", f"/contacts/{contact}/erase", "/follow-ups"),
        *("/contacts/new", "/contacts/saved", "/people/new", "/people/saved"),
        *("/people", "/places", "/start", "/waiting", "/account"),
        *(f"/people/{person}{rest}" for rest in ("", "/edit", "/consent", "/duplicates", "/erase")),
        *("/learning", "/learning/definition", "/learning/principles", "/learning/examples"),
    ):
        yield path, browser.read(path)
    browser.read("/contacts/new")
    yield "a contact without a venue", browser.send({"venue": ""}, "/contacts/new", 422)
    yield "/concerns/new", browser.read("/concerns/new")
    yield "a concern", browser.send({"what": "She is afraid.", "urgency": "now"}, "/concerns/new")
    yield from concerns_of_the_lead(world, code)
    yield from accounts_of_colleagues(world, code)
    yield from second_step(world, code, browser)
    yield from own_page(world, code, link)


class Reader(Browser):
    def read(self, path: str) -> str:
        self.open(f"/outreach{path}")
        return self.markup

    def send(self, fields: dict[str, object], form: str = "", status: int = 200) -> str:
        super().send(fields, form, status)
        return self.markup


def speaking(world: World, code: str) -> Reader:
    browser = Reader(world)
    browser.client.headers["accept-language"] = code
    return browser


def concerns_of_the_lead(world: World, code: str) -> Iterator[tuple[str, str]]:
    world.account(f"lead-{code}@example.org", Role.SAFEGUARDING_LEAD)
    lead = speaking(world, code)
    lead.sign_in(f"lead-{code}@example.org")
    listed = lead.read("/concerns")
    yield "/concerns", listed
    found = re.findall(r'href="/outreach(/concerns/[0-9a-f-]{36})"', listed)
    yield "/concerns/ID", lead.read(found[0])


def accounts_of_colleagues(world: World, code: str) -> Iterator[tuple[str, str]]:
    world.account(f"ad-{code}@example.org", Role.ADMINISTRATOR)
    administrator = speaking(world, code)
    administrator.sign_in(f"ad-{code}@example.org")
    yield "/accounts", administrator.read("/accounts")
    yield (
        "/accounts/ID",
        administrator.read(f"/accounts/{world.accounts[f'lead-{code}@example.org']}"),
    )
    yield "/settings", administrator.read("/settings")
    yield "/accounts/new", administrator.read("/accounts/new")
    new = {"name": "Nia New", "email": f"nia-{code}@example.org", "role": "link_worker"}
    yield "a link for a colleague", (page := administrator.send(new, "/accounts/new"))
    found = re.search(r"/outreach(/choose-password/[^\s<]+)", page)
    assert found
    yield "/choose-password/LINK", speaking(world, code).read(found[1])


def second_step(world: World, code: str, worker: Reader) -> Iterator[tuple[str, str]]:
    """An app is set up; and a session that still waits for its second factor."""
    yield "/account/second-factor", worker.read("/account/second-factor")
    yield "a picture to scan", (scan := worker.send({}, "second-factor/start"))
    found = re.search(r'id="letters"[^>]*>([^<]+)<', scan)
    assert found
    app = pyotp.TOTP(re.sub(r"\s", "", found[1]))
    yield "spare codes", worker.send({"code": app.at(world.node.now())}, "second-factor/confirm")
    yield "/account with an app", worker.read("/account")

    email = f"forced-{code}@example.org"
    passkey = Passkey(
        credential_id=code,
        account_id=world.account(email, Role.AUDITOR),
        public_key="",
        sign_count=0,
        added_at=world.node.now(),
    )
    world.node.database.write(lambda session: session.add(passkey))
    forced = speaking(world, code)
    forced.sign_in(email)
    yield "a second step that is asked for", forced.read("/account/second-factor")


def own_page(world: World, code: str, link: str) -> Iterator[tuple[str, str]]:
    person = speaking(world, code)
    path = link.removeprefix(str(person.client.base_url)).removeprefix("/outreach")
    yield "/own/LINK", person.read(path)
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.page)
    assert token
    person.client.post(person.path, data={"csrf_token": token[1]})
    yield "/own", person.read("/own")
    yield "erased", person.send({"confirm": "yes"}, "/own/erase")
    person.read("/own/link")
    yield "a new link", person.send({"email": f"{code}@example.org"}, "/own/link")
