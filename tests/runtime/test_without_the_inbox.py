"""The inbox makes the effect once: taken away, the same deliveries take effect twice."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from schemas.envelope import Event, Payload
from services.runtime import inbox
from services.runtime.node import Node
from services.runtime.processor import process
from tests.support.sample import Clock, closed, count_heard, make_node, make_settings


@pytest.fixture
def node(tmp_path: Path) -> Iterable[Node]:
    with contextlib.closing(make_node("matching", make_settings(tmp_path), Clock())) as made:
        yield made


def deliver_twice(node: Node) -> int:
    """How often twenty events took effect that the log delivered twice, as after a kill."""
    events = [Event.of(closed(), source="outreach", time=node.now()) for _ in range(20)]
    raws = [inbox.Raw(closed().topic, e.subject, e.to_json(), "0:1") for e in events]
    for _ in range(2):
        node.writer.write(lambda s: inbox.receive(s, raws, node.service.readers, node.now()))
        while process(node, node.now()):
            pass
    return count_heard(node)


def test_what_is_delivered_twice_takes_effect_once(node: Node) -> None:
    assert deliver_twice(node) == 20


def test_without_the_inbox_it_would_take_effect_twice(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = inbox.receive

    def forgetful(
        session: Session,
        raws: Iterable[inbox.Raw],
        readers: Mapping[str, type[Payload]],
        now: datetime,
    ) -> int:
        fresh = [
            inbox.Raw(raw.topic, raw.key, renamed(raw.body), raw.position)
            for raw in raws
            if isinstance(raw.body, str)
        ]
        return receive(session, fresh, readers, now)

    monkeypatch.setattr(inbox, "receive", forgetful)
    assert deliver_twice(node) == 40


def renamed(raw: str) -> str:
    event = Event.model_validate_json(raw)
    return event.model_copy(update={"id": uuid4()}).to_json()
