"""A participant asks for a link with their phone number; it comes by message and works once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from services.cli.community import PEOPLE
from services.cli.journey import contact_body, participant_body
from services.notifications import queries
from services.notifications.models import Message
from services.outreach import own_page
from services.outreach.models import Participant
from services.runtime.clock import utc_now
from services.runtime.security.principal import Role
from services.runtime.tables import outbox
from tests.support.whole import ORIGIN, Whole, whole

NUMBER = "07700 900861"
EMAIL = "somebody@example.org"
ASK = "/outreach/own/link"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Whole]:
    with whole(tmp_path / "data") as made:
        yield made


def registered(world: Whole, number: str = NUMBER, **channels: bool) -> str:
    worker = world.sign_in(Role.LINK_WORKER)
    contact, person = (f"0193b0c0-0000-7000-8000-00000000{n:04d}" for n in (len(number), 77))
    answered = worker.client.put(
        f"/outreach/api/v1/contacts/{contact}", json=contact_body("Elmfield food bank")
    )
    assert answered.status_code == 201, answer_text(answered)
    said = channels or {"sms": True}
    body = participant_body(PEOPLE[0], contact) | {
        "phone": number,
        "email": EMAIL,
        "consents": [
            {"purpose": "contact", "channel": name, "given": yes, "wording_version": "1"}
            for name, yes in said.items()
        ]
        + [{"purpose": "matching", "given": True, "wording_version": "1"}],
    }
    answered = worker.client.put(f"/outreach/api/v1/participants/{person}", json=body)
    assert answered.status_code == 201, answer_text(answered)
    world.settle()
    return person


def answer_text(answer: object) -> str:
    return str(getattr(answer, "text", answer))


def visitor(world: Whole) -> TestClient:
    client = world.browser()
    client.headers["accept"] = "text/html"
    client.headers.pop("content-type", None)
    return client


def ask(
    world: Whole, number: str, client: TestClient | None = None, email: str = ""
) -> tuple[int, str]:
    client = client or visitor(world)
    page = client.get(ASK)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    answer = client.post(ASK, data={"csrf_token": token[1], "phone": number, "email": email})
    world.settle()
    return answer.status_code, answer.text


def messages(world: Whole) -> list[tuple[str, str, str]]:
    node = world.node("notifications")
    with node.database.reading() as session:
        query = select(Message).where(Message.kind == "own_page_link").order_by(Message.queued_at)
        return [
            (one.channel, one.urgency, queries.message_body(session, one))
            for one in session.scalars(query)
        ]


def link_in(content: str) -> str:
    found = re.search(rf"{re.escape(ORIGIN)}(/outreach/own/\S+?)[\s\"\\<]", content)
    assert found is not None, "no link in the message"
    return found[1]


def enter(client: TestClient, path: str) -> int:
    page = client.get(path)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    if token is None or page.status_code != 200:
        return page.status_code
    return client.post(path, data={"csrf_token": token[1]}, follow_redirects=False).status_code


def test_the_link_comes_by_text_works_once_and_opens_the_page(world: Whole) -> None:
    registered(world)
    assert ask(world, "+44 7700 900 861")[0] == 200
    ((channel, urgency, content),) = messages(world)
    assert (channel, urgency) == ("sms", "at_once")
    client = visitor(world)
    path = link_in(content)
    assert enter(client, path) == 303
    shown = client.get("/outreach/own").text
    assert PEOPLE[0].name in shown
    assert enter(visitor(world), path) == 410


def test_who_takes_no_texts_gets_an_email_and_who_said_no_to_both_gets_nothing(
    world: Whole,
) -> None:
    registered(world, sms=False, email=True)
    ask(world, NUMBER)
    ((channel, _, content),) = messages(world)
    assert channel == "email"
    assert enter(visitor(world), link_in(json.loads(content)["text"] + " ")) == 303


def test_it_holds_for_an_hour_and_a_newer_one_ends_it(world: Whole) -> None:
    registered(world)
    ask(world, NUMBER)
    ask(world, NUMBER)
    first, second = (link_in(content) for _, _, content in messages(world))
    assert enter(visitor(world), first) == 410
    later = utc_now() + timedelta(minutes=61)
    world.node("outreach").clock = lambda: later
    assert enter(visitor(world), second) == 410


def test_a_number_that_nobody_has_gets_the_same_answer_and_sends_nothing(world: Whole) -> None:
    registered(world)
    known, unknown = ask(world, NUMBER), ask(world, "07700 900862")
    assert known[0] == unknown[0] == 200
    assert body_of(known[1]) == body_of(unknown[1])
    assert len(messages(world)) == 1
    assert "Enter a phone number" in ask(world, "hello")[1]


def test_it_can_be_asked_for_by_email_and_then_comes_by_email(world: Whole) -> None:
    registered(world, sms=True, email=True)
    known = ask(world, "", email=" Somebody@Example.org ")
    ((channel, _, content),) = messages(world)
    assert channel == "email"
    assert enter(visitor(world), link_in(json.loads(content)["text"] + " ")) == 303
    unknown = ask(world, "", email="nobody@example.org")
    assert known[0] == unknown[0] == 200
    assert body_of(known[1]) == body_of(unknown[1]) == body_of(ask(world, "07700 900862")[1])
    assert len(messages(world)) == 1
    both = ask(world, NUMBER, email=EMAIL)
    assert "one of the two" in both[1]
    assert "one of the two" in ask(world, "")[1]
    assert ask(world, "", email="hello")[0] == 422
    client = visitor(world)
    said = [ask(world, "", client, email=EMAIL)[1] for _ in range(8)]
    assert "Too many tries" in said[-1]
    assert len(messages(world)) < 8


def test_addresses_of_before_the_index_are_found_once_the_service_has_run(world: Whole) -> None:
    person = registered(world, sms=False, email=True)
    node = world.node("outreach")
    node.database.write(lambda s: s.execute(update(Participant).values(email_index=None)))
    ask(world, "", email=EMAIL)
    assert messages(world) == []
    node.extras.clear()
    assert own_page.index_emails(node, node.now())
    assert not own_page.index_emails(node, node.now())
    ask(world, "", email=EMAIL)
    assert len(messages(world)) == 1
    with node.database.reading() as session:
        index = session.get_one(Participant, UUID(person)).email_index
    assert index is not None
    assert "somebody" not in index


def body_of(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]


def test_asking_again_and_again_is_slowed_down(world: Whole) -> None:
    registered(world)
    client = visitor(world)
    said = [ask(world, NUMBER, client)[1] for _ in range(8)]
    assert "Too many tries" in said[-1]
    assert len(messages(world)) < 8


def test_an_event_that_is_read_does_not_give_the_link_away(world: Whole) -> None:
    registered(world)
    ask(world, NUMBER)
    ((_, _, content),) = messages(world)
    secret = link_in(content).rpartition("/")[2]
    node = world.node("outreach")
    with node.database.reading() as session:
        told = json.dumps(list(session.scalars(select(outbox.c.payload))))
    assert secret not in told
    assert secret.partition(".")[2] not in told
    assert "own-page-link.asked" in told
