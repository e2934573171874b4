"""What an administrator sets for an organisation: on the page and over HTTP, by one command."""

from __future__ import annotations

import pytest

from services.runtime.security.principal import Role
from tests.outreach.conftest import World
from tests.outreach.test_pages import Browser

PAGE, API = "/outreach/settings", "/api/v1/settings"


@pytest.fixture
def admin(world: World) -> Browser:
    world.account("ad@example.org", Role.ADMINISTRATOR)
    return Browser(world).sign_in("ad@example.org")


def test_what_is_saved_on_the_page_holds_over_http_and_the_other_way(
    world: World, admin: Browser
) -> None:
    program = world.signed_in("ad2@example.org", Role.ADMINISTRATOR)
    admin.open(PAGE)
    both = ["administrator", "coordinator"]
    chosen: dict[str, object] = {
        "induction_first": "true",
        "lock_minutes": "5",
        "second_factor": "own",
        "second_factor_roles": both,
    }
    assert "Saved. It holds from now on." in admin.send(chosen, form="settings")
    known = program.get(API)
    assert known.json() == {
        "induction_first": True,
        "second_factor_roles": both,
        "lock_minutes": 5,
    }
    seen = {"if-match": known.headers["etag"]}
    body = {"induction_first": False, "lock_minutes": 30}
    assert program.put(API, json=body, headers=seen).status_code == 200
    page = admin.open(PAGE)
    assert 'value="30"' in page
    assert 'value="installation" checked' in page
    assert world.audited("organisation") == ["settings:write"] * 2


def test_a_phone_locks_itself_when_its_organisation_says(world: World, admin: Browser) -> None:
    worker = world.signed_in("worker@example.org")
    elsewhere = world.signed_in("far@example.org", organisation="bradford")
    assert worker.get("/api/v1/device").json()["lock_after_seconds"] == 900
    admin.open(PAGE)
    admin.send({"lock_minutes": "5", "second_factor": "installation"}, form="settings")
    assert worker.get("/api/v1/device").json()["lock_after_seconds"] == 300
    assert elsewhere.get("/api/v1/device").json()["lock_after_seconds"] == 900


def test_wrong_answers_are_named_and_what_was_typed_stays(world: World, admin: Browser) -> None:
    admin.open(PAGE)
    page = admin.send({"lock_minutes": "500", "second_factor": "own"}, form="settings", status=422)
    assert admin.problems() == ["lock_minutes"]
    assert 'value="500"' in page
    assert 'value="own" checked' in page
    assert world.audited("organisation") == []


def test_two_administrators_do_not_overwrite_each_other(world: World, admin: Browser) -> None:
    world.account("ad2@example.org", Role.ADMINISTRATOR)
    other = Browser(world).sign_in("ad2@example.org")
    admin.open(PAGE)
    other.open(PAGE)
    other.send({"lock_minutes": "7", "second_factor": "installation"}, form="settings")
    late = {"lock_minutes": "9", "second_factor": "installation"}
    assert "changed" in admin.send(late, form="settings", status=422)
    assert 'value="7"' in admin.open(PAGE)


def test_only_an_administrator_reaches_the_settings_and_sees_what_is_set_for_all(
    world: World, admin: Browser
) -> None:
    page = admin.open(PAGE)
    for said in (
        "After 1 hour without a click, and 12 hours after the sign-in",
        "Between 09:00 and 20:00, not on Sundays or bank holidays",
        "At most 3 in seven days",
        "Taken away after 180 days",
        "Counts of 1 to 7 show as a star",
    ):
        assert said in page
    world.account("worker@example.org")
    worker = Browser(world).sign_in("worker@example.org")
    assert worker.client.get(PAGE).status_code == 403
    assert "/outreach/settings" not in worker.open("/outreach/")
