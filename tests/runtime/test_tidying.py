from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from services.runtime import outbox
from services.runtime.embedded import EmbeddedRunner
from services.runtime.housekeeping import EVENT_IDS_KEPT_FOR
from services.runtime.node import Node
from services.runtime.settings import Settings
from services.runtime.tables import outbox as outbox_table
from services.runtime.tidying import resend, tidy_read, tidy_sent
from tests.support.sample import Clock, closed, count_heard, make_node, make_settings


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def nodes(tmp_path: Path, clock: Clock) -> Iterator[tuple[Node, Node]]:
    settings = make_settings(tmp_path)
    pair = make_node("outreach", settings, clock), make_node("matching", settings, clock)
    yield pair
    for node in pair:
        node.close()


def publish(node: Node, count: int) -> None:
    payloads = [closed() for _ in range(count)]
    node.database.write(lambda session: outbox.publish_all(session, payloads, node.now()))


def kept(node: Node) -> int:
    count = select(func.count()).select_from(outbox_table)
    return node.database.read(lambda session: session.scalar(count) or 0)


def mark_sent(node: Node) -> None:
    job = update(outbox_table).values(sent_at=node.now())
    node.database.write(lambda session: session.execute(job))


def test_an_old_event_that_not_everybody_has_read_is_kept(
    nodes: tuple[Node, Node], clock: Clock
) -> None:
    source, reader = nodes
    publish(source, 3)
    clock.forward(days=40)
    tidy_read(source, [reader], clock())
    assert kept(source) == 3
    EmbeddedRunner(nodes).settle()
    publish(source, 2)
    tidy_read(source, [reader], clock())
    assert kept(source) == 2, "what is newer than the retention time stays"
    EmbeddedRunner(nodes).settle()
    assert count_heard(reader) == 5


def test_events_after_a_tidied_outbox_still_come_in_order(
    nodes: tuple[Node, Node], clock: Clock
) -> None:
    source, reader = nodes
    for _ in range(3):
        publish(source, 4)
        EmbeddedRunner(nodes).settle()
        clock.forward(days=40)
        tidy_read(source, [reader], clock())
        assert kept(source) == 0
    assert count_heard(reader) == 12


def test_what_kafka_does_not_have_is_never_forgotten(
    nodes: tuple[Node, Node], clock: Clock
) -> None:
    source, _ = nodes
    publish(source, 2)
    mark_sent(source)
    publish(source, 3)
    clock.forward(days=31)
    tidy_sent(source, clock())
    assert kept(source) == 3


def test_ids_received_outlive_the_events_that_could_be_sent_again() -> None:
    longest = Settings(event_retention=timedelta(days=28)).event_retention
    assert longest < EVENT_IDS_KEPT_FOR
    with pytest.raises(ValueError):
        Settings(event_retention=EVENT_IDS_KEPT_FOR)


def test_resending_makes_the_sent_events_of_a_time_due_and_no_others(
    nodes: tuple[Node, Node], clock: Clock
) -> None:
    source, _ = nodes
    for _ in range(3):
        publish(source, 2)
        clock.forward(hours=1)
    mark_sent(source)
    publish(source, 1)
    start = clock() - timedelta(hours=2)
    with contextlib.closing(source), source.database.writing() as session:
        assert resend(session, start, start + timedelta(hours=1)) == 2
