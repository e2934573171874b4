"""The process is killed between every two commits of the journey, and started again."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from services.cli.community import PEOPLE
from services.cli.compose import make_nodes
from services.cli.journey import (
    Api,
    JourneyError,
    contact_body,
    eventually,
    opportunity_body,
    participant_body,
    proposal_for,
)
from services.cli.seeding import seed_nodes
from services.runtime.settings import Settings
from tests.support.embedded import Embedded
from tests.support.figures import tell

T = TypeVar("T")

AMINA = PEOPLE[0]
PHONE = "+447700900101"
CONTACT_ID = "0193b0c0-0000-7000-8000-000000000001"
PERSON_ID = "0193b0c0-0000-7000-8000-000000000002"

# Where to die, and at which passage. The journey passes each of them at least so often.
PLACES = [
    "writer.before-commit:3",
    "writer.before-commit:9",
    "writer.committed:2",
    "writer.committed:5",
    "writer.committed:12",
    "feed.before-commit:2",
    "feed.after-commit:4",
    "sending.claimed:1",
    "sending.accepted:1",
    "sending.accepted:2",
]


class Survivor:
    """Drives the journey as a client would: when the process dies, start it and ask again."""

    def __init__(self, process: Embedded) -> None:
        self.process = process
        self.bodies: dict[str, Any] = {}
        self.clients: dict[str, Api] = {}

    def insist(self, step: Callable[[], T]) -> T:
        for _ in range(6):
            try:
                return step()
            except (httpx.TransportError, JourneyError):
                if not self.dies():
                    raise
                self.process.start_again()
        raise AssertionError("the process dies again and again")

    def dies(self) -> bool:
        """Whether the process is dead, or is seen to be within a moment of its last answer."""
        for _ in range(40):
            if self.process.dead:
                return True
            time.sleep(0.05)
        return False

    def signed_in(self, role: str) -> Api:
        if role not in self.clients:
            api = Api(self.process.bases)
            api.sign_in(role)
            self.clients[role] = api
        return self.clients[role]

    def send(self, role: str, *request: Any, **more: Any) -> dict[str, Any]:
        # The same body at every try, as a queue on a phone would send it.
        answer: dict[str, Any] = self.insist(lambda: self.signed_in(role).send(*request, **more))
        return answer

    def once(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        return self.bodies.setdefault(name, make())

    def play(self) -> str:
        opened = self.send(
            "coordinator",
            "POST",
            "matching",
            "/api/v1/opportunities",
            self.once("opportunity", opportunity_body),
            key="open",
        )
        self.send(
            "link_worker",
            "PUT",
            "outreach",
            f"/api/v1/contacts/{CONTACT_ID}",
            self.once("contact", lambda: contact_body(AMINA.venue)),
        )
        self.send(
            "link_worker",
            "PUT",
            "outreach",
            f"/api/v1/participants/{PERSON_ID}",
            self.once("person", lambda: participant_body(AMINA, CONTACT_ID)),
        )
        opportunity_id = str(opened["opportunity_id"])
        proposal = self.insist(lambda: self.proposal(opportunity_id))
        path = f"/api/v1/proposals/{proposal['match_id']}/approve"
        self.send("coordinator", "POST", "matching", path, {}, key="approve")
        self.insist(lambda: self.eventually_texts(1))
        self.insist(self.say_yes)
        self.insist(lambda: self.filled(opportunity_id))
        self.insist(lambda: self.eventually_texts(2))
        return opportunity_id

    def proposal(self, opportunity_id: str) -> dict[str, Any]:
        api = self.signed_in("coordinator")
        return eventually("a proposal", lambda: proposal_for(api, opportunity_id, PERSON_ID))

    def texts(self) -> list[str]:
        return [message.body for message in self.process.standin.sent if message.to == PHONE]

    def eventually_texts(self, count: int) -> None:
        def look() -> bool:
            if self.process.dead:
                raise JourneyError("the process died")
            return len(self.texts()) >= count

        eventually(f"text {count}", look, timeout=30)

    def say_yes(self) -> None:
        answered = self.process.standin.reply(PHONE, "YES")
        if 200 not in answered.statuses:
            raise JourneyError("the webhook did not answer")

    def filled(self, opportunity_id: str) -> None:
        api = self.signed_in("coordinator")
        path = f"/api/v1/opportunities/{opportunity_id}"
        eventually("the seat", lambda: api.get("matching", path)["representation"]["filled"] == 3)


def start_with(process: Embedded, place: str) -> None:
    try:
        process.start(failpoint=place)
    except JourneyError:
        if not process.dead:
            raise
        # Early passages come while it starts.
        process.start_again()


def rows(folder: Path, service: str, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / f"{service}.db") as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Databases with accounts and nobody else, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("seeded")
    nodes = make_nodes(Settings(data_dir=folder))
    seed_nodes(nodes, people=False)
    for node in nodes:
        node.close()
    return folder


@pytest.mark.parametrize("place", PLACES)
def test_a_kill_loses_no_event_and_sends_no_second_text(
    place: str, seeded: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(seeded, folder)
    with Embedded(folder) as process:
        start_with(process, place)
        survivor = Survivor(process)
        survivor.play()
        if process.kills == 0 and survivor.dies():
            # The text was out before the process died of it; what it left is looked up.
            process.start_again()
            unsure = "SELECT 1 FROM messages WHERE state = 'sending'"
            eventually("the look-up", lambda: rows(folder, "notifications", unsure) == [])
        assert process.kills == 1, f"the journey never passes {place}"
        assert_nothing_lost_and_nothing_twice(process, folder)
    tell("places between two commits where a kill was survived", 1)


def assert_nothing_lost_and_nothing_twice(process: Embedded, folder: Path) -> None:
    texts = [message.body for message in process.standin.sent if message.to == PHONE]
    assert len(texts) == len(set(texts)) == 2, "one invitation and one confirmation"
    for service in ("outreach", "matching", "notifications"):
        pending = "SELECT type, state, error FROM inbox WHERE state IN ('pending', 'dead')"
        assert rows(folder, service, pending) == []
    filled = "SELECT count(*) FROM seats WHERE state = 'filled' AND match_id IS NOT NULL"
    assert rows(folder, "matching", filled) == [(1,)]
    for service in ("outreach", "matching", "notifications"):
        assert_every_event_arrived(folder, service)


def assert_every_event_arrived(folder: Path, source: str) -> None:
    """Each event a service published is recorded, once, by every service that reads its type."""
    published = rows(folder, source, "SELECT event_id, type FROM outbox")
    for reader in ("outreach", "matching", "notifications"):
        if reader == source:
            continue
        types = {kind for (kind,) in rows(folder, reader, "SELECT DISTINCT type FROM inbox")}
        received = [one for (one,) in rows(folder, reader, "SELECT event_id FROM inbox")]
        assert len(received) == len(set(received))
        for event_id, kind in published:
            if kind in types:
                assert event_id in received
