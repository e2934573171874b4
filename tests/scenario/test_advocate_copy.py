"""From the registration to the mailbox: an advocate gets the copy that was agreed, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from anyio.from_thread import start_blocking_portal

from services.cli.community import PEOPLE
from services.cli.compose import make_nodes, make_root
from services.cli.journey import opportunity_body, participant_body
from services.runtime.security.principal import Role
from tests.support.mail_server import MailServer, mail_server
from tests.support.sample import make_settings
from tests.support.whole import Whole

ADVOCATE = "advocate@example.org"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def world(tmp_path: Path, mail: MailServer) -> Iterator[Whole]:
    told = {
        "smtp_host": "127.0.0.1",
        "smtp_port": mail.port,
        "smtp_security": "none",
        "quiet_hours": False,
    }
    nodes = make_nodes(make_settings(tmp_path).model_copy(update=told))
    with start_blocking_portal() as portal:
        yield Whole(nodes, make_root(nodes), portal)
    for node in nodes:
        node.close()


def invite(world: Whole, **more: object) -> None:
    """Register one person who takes emails, and approve the proposal of a place for them."""
    worker, coordinator = world.sign_in(Role.LINK_WORKER), world.sign_in(Role.COORDINATOR)
    person = str(uuid4())
    body = participant_body(PEOPLE[0]) | {"email": "amina@example.org", **more}
    body["consents"] = [
        {"purpose": "contact", "channel": "email", "given": True, "wording_version": "1"},
        {"purpose": "matching", "given": True, "wording_version": "1"},
    ]
    body.pop("monitoring", None)
    answer = worker.client.put(f"/outreach/api/v1/participants/{person}", json=body)
    assert answer.status_code == 201, answer.text
    world.settle()
    opened = coordinator.client.post("/matching/api/v1/opportunities", json=opportunity_body())
    world.settle()
    proposals = coordinator.client.get(f"{opened.headers['location']}/proposals").json()["items"]
    (proposal,) = [one for one in proposals if one["participant_id"] == person]
    approve = f"/matching/api/v1/proposals/{proposal['match_id']}/approve"
    assert coordinator.client.post(approve, json={}).status_code == 200
    world.settle()


def test_an_advocate_who_agreed_gets_a_copy_of_the_invitation(
    world: Whole, mail: MailServer
) -> None:
    invite(
        world,
        communication_formats=["email", "advocate"],
        advocate={"email": ADVOCATE, "agreed": True},
    )
    assert [recipients for recipients, _ in mail.got] == [["amina@example.org", ADVOCATE]]


def test_without_the_need_an_advocate_who_is_noted_gets_nothing(
    world: Whole, mail: MailServer
) -> None:
    invite(world, communication_formats=["email"], advocate={"email": ADVOCATE, "agreed": True})
    assert [recipients for recipients, _ in mail.got] == [["amina@example.org"]]
