from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from schemas.events import MatchProposed, OpportunityClosed, ParticipantErased
from services.runtime import outbox, waiting
from services.runtime.embedded import PASSED_BY, PASSED_FOR, Feed, cursor_of
from services.runtime.node import Node
from services.runtime.telemetry import current_traceparent, span
from tests.support.sample import Clock, make_node, make_settings

NOW = Clock()()


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[Node, Node]]:
    made = [make_node(name, make_settings(tmp_path), Clock()) for name in ("outreach", "matching")]
    yield made[0], made[1]
    for node in made:
        node.close()


def published(node: Node) -> list[str]:
    return [key for _, _, key, _ in node.database.read(lambda s: outbox.read_after(s, 0, 100))]


def close_one(session: Session) -> str:
    event = OpportunityClosed(opportunity_id=uuid4())
    outbox.publish(session, event, NOW)
    return event.key()


def say_unread(session: Session) -> None:
    event = MatchProposed(
        match_id=uuid4(),
        opportunity_id=uuid4(),
        participant_id=uuid4(),
        gain=0.1,
        new_voice=True,
    )
    outbox.publish(session, event, NOW)


def test_what_a_savepoint_takes_back_is_never_published(nodes: tuple[Node, Node]) -> None:
    outreach, _ = nodes
    kept = []
    with outreach.database.writing() as session:
        kept.append(close_one(session))
        failed = session.begin_nested()
        close_one(session)
        failed.rollback()
        with session.begin_nested():
            kept.append(close_one(session))
    assert published(outreach) == kept


def test_a_transaction_taken_back_leaves_nothing_waiting(nodes: tuple[Node, Node]) -> None:
    outreach, _ = nodes
    with outreach.database.reading() as session:
        close_one(session)
        session.rollback()
        assert waiting.taken(session, "outbox") == []
    assert published(outreach) == []


def test_an_erasure_reaches_what_its_own_transaction_has_just_said(
    nodes: tuple[Node, Node],
) -> None:
    outreach, _ = nodes

    def say_and_erase(session: Session) -> str:
        key = close_one(session)
        outbox.erase(session, key)
        return key

    outreach.writer.write(say_and_erase)
    [row] = outreach.database.read(lambda s: outbox.read_after(s, 0, 10))
    assert row[3] is None


def test_the_trace_of_a_request_goes_on_in_what_its_command_publishes(
    nodes: tuple[Node, Node],
) -> None:
    outreach, _ = nodes
    with span("a request"):
        mine = current_traceparent()
        assert mine is not None
        said = outreach.writer.write(
            lambda s: outbox.publish(s, OpportunityClosed(opportunity_id=uuid4()), NOW)
        )
    assert said.traceparent is not None
    assert said.traceparent.split("-")[1] == mine.split("-")[1]


def test_events_that_nobody_reads_here_are_passed_by_and_noted_in_time(
    nodes: tuple[Node, Node],
) -> None:
    outreach, matching = nodes
    outreach.writer.write(say_unread)
    feed = Feed(matching, outreach)
    seen = matching.committed.count
    assert feed.step(NOW)
    assert not feed.step(NOW)
    assert (matching.committed.count, cursor_of(matching, "outreach")) == (seen, 0)
    assert not feed.step(NOW + PASSED_FOR + timedelta(seconds=1))
    assert cursor_of(matching, "outreach") == 1


def test_many_events_passed_by_are_noted_at_once(nodes: tuple[Node, Node]) -> None:
    outreach, matching = nodes
    for _ in range(PASSED_BY // 500 + 1):
        outreach.writer.write(lambda s: [say_unread(s) for _ in range(500)])
    feed = Feed(matching, outreach)
    while feed.step(NOW):
        pass
    assert cursor_of(matching, "outreach") > PASSED_BY


def test_a_cursor_set_back_brings_everything_once_more(nodes: tuple[Node, Node]) -> None:
    outreach, matching = nodes
    outreach.writer.write(
        lambda s: outbox.publish(s, ParticipantErased(participant_id=uuid4()), NOW)
    )
    feed = Feed(matching, outreach)
    while feed.step(NOW):
        pass
    assert cursor_of(matching, "outreach") == 1
    matching.writer.write(lambda s: s.connection().exec_driver_sql("DELETE FROM cursors").rowcount)
    assert feed.step(NOW)
