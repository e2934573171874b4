"""A concern that nobody answered is told to the leads outside the app, without a word of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.outreach.telling_leads import tell_leads
from services.runtime.clock import utc_now
from services.runtime.security.principal import Role
from tests.outreach.conftest import World
from tests.support.mail_server import MailServer, mail_server

BODY = {"urgency": "now", "what": "Zebrafinch says that her son takes her money."}
HOUR = timedelta(hours=1)


@pytest.fixture
def mail(world: World) -> Iterator[MailServer]:
    with mail_server() as server:
        told = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": "none"}
        world.node.settings = world.node.settings.model_copy(update=told)
        yield server


@pytest.fixture
def lead(world: World) -> TestClient:
    return world.signed_in("lead@example.org", role=Role.SAFEGUARDING_LEAD)


@pytest.fixture
def raised(world: World, worker: TestClient, lead: TestClient) -> dict[str, Any]:
    answer = worker.post("/api/v1/concerns", json=BODY)
    assert answer.status_code == 201
    return dict(answer.json())


def look(world: World, at: datetime) -> None:
    tell_leads(world.node, at)


def test_leads_are_told_once_a_concern_is_overdue_and_not_before(
    world: World, raised: dict[str, Any], mail: MailServer
) -> None:
    start = utc_now()
    look(world, start + HOUR / 2)
    assert mail.got == []
    look(world, start + 2 * HOUR)
    look(world, start + 3 * HOUR)
    assert [recipients for recipients, _ in mail.got] == [["lead@example.org"]]


def test_the_email_says_nothing_about_the_concern_or_anybody(
    world: World, raised: dict[str, Any], mail: MailServer
) -> None:
    look(world, utc_now() + 2 * HOUR)
    ((_, message),) = mail.got
    whole = message.as_string()
    for secret in ("Zebrafinch", "money", raised["id"], "worker@", "Colleague", "harm"):
        assert secret not in whole
    assert "/outreach/concerns" in message.get_content()
    assert world.events() == []


def test_they_are_told_again_each_day_until_somebody_looks(
    world: World, lead: TestClient, raised: dict[str, Any], mail: MailServer
) -> None:
    start = utc_now()
    for hours in (2, 27, 52):
        look(world, start + hours * HOUR)
    assert len(mail.got) == 3
    seen = lead.post(f"/api/v1/concerns/{raised['id']}/steps", json={"state": "seen"})
    assert seen.status_code < 300, seen.text
    look(world, start + 77 * HOUR)
    assert len(mail.got) == 3


def test_an_email_that_did_not_go_out_is_tried_again(
    world: World, raised: dict[str, Any], mail: MailServer
) -> None:
    start = utc_now()
    mail.refuse["lead@example.org"] = "451 later"
    look(world, start + 2 * HOUR)
    assert mail.got == []
    mail.refuse.clear()
    look(world, start + 3 * HOUR)
    assert len(mail.got) == 1


def test_leads_of_another_organisation_and_closed_accounts_are_told_nothing(
    world: World, raised: dict[str, Any], mail: MailServer
) -> None:
    world.account("far@example.org", Role.SAFEGUARDING_LEAD, organisation="york")
    gone = world.account("gone@example.org", Role.SAFEGUARDING_LEAD)
    administrator = world.signed_in("administrator@example.org", Role.ADMINISTRATOR)
    assert administrator.post(f"/api/v1/accounts/{gone}/disable").status_code < 300
    look(world, utc_now() + 2 * HOUR)
    assert [recipients for recipients, _ in mail.got] == [["lead@example.org"]]


def test_without_a_mail_server_nothing_is_sent_and_nothing_fails(
    world: World, raised: dict[str, Any]
) -> None:
    assert world.node.settings.smtp_host is None
    assert tell_leads(world.node, utc_now() + 2 * HOUR) is False
