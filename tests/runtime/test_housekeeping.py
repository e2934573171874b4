from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from services.runtime import idempotency, inbox
from services.runtime.housekeeping import EVENT_IDS_KEPT_FOR, FIRST_AFTER
from services.runtime.idempotency import Answer, IdempotencyKey, once
from services.runtime.node import Node
from services.runtime.service import HOUSEKEEPING
from services.runtime.tables import idempotency as answers
from services.runtime.tables import inbox as inbox_table
from services.runtime.tables import revoked_sessions
from tests.support.sample import Clock, make_node, make_settings


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = make_node("outreach", make_settings(tmp_path), Clock())
    yield made
    made.close()


def tidy(node: Node, **later: float) -> None:
    """Run the service's own job at its next turn, some time later."""
    assert HOUSEKEEPING in node.service.jobs
    clock = node.clock
    assert isinstance(clock, Clock)
    HOUSEKEEPING.run(node, clock())
    HOUSEKEEPING.run(node, clock.forward(**later) + FIRST_AFTER)


def add_events(session: Session, node: Node, states: list[str]) -> None:
    for number, state in enumerate(states):
        row = {"event_id": str(number), "topic": "t", "key": "k", "type": "x", "state": state}
        times = {"received_at": node.now(), "due_at": node.now(), "finished_at": node.now()}
        session.execute(insert(inbox_table).values(**row, **times))


def count(node: Node, table: object) -> int:
    query = select(func.count()).select_from(table)  # type: ignore[arg-type]
    return node.database.read(lambda s: s.scalar(query) or 0)


def test_ids_of_events_long_in_effect_are_dropped_and_open_ones_stay(node: Node) -> None:
    node.database.write(
        lambda s: add_events(s, node, [inbox.DONE, inbox.DEAD, inbox.PENDING, inbox.DISCARDED])
    )
    tidy(node, days=EVENT_IDS_KEPT_FOR.days)
    states = node.database.read(lambda s: set(s.scalars(select(inbox_table.c.state))))
    assert states == {inbox.DEAD, inbox.PENDING, inbox.DISCARDED}


def test_an_event_id_is_kept_while_the_event_may_come_again(node: Node) -> None:
    node.database.write(lambda s: add_events(s, node, [inbox.DONE]))
    tidy(node, days=EVENT_IDS_KEPT_FOR.days - 1)
    assert count(node, inbox_table) == 1


def test_old_answers_are_dropped_but_not_those_that_stand_for_an_erasure(node: Node) -> None:
    erased = uuid4()

    def answer(session: Session, key: str, body: str) -> None:
        used = IdempotencyKey.of("somebody", "POST", "/things", key, b"{}")
        once(session, used, node.now(), lambda: Answer(201, body))

    node.database.write(lambda s: answer(s, "a", "{}"))
    node.database.write(lambda s: answer(s, "b", str(erased)))
    node.database.write(lambda s: idempotency.erase(s, erased))
    tidy(node, hours=49)
    kept = node.database.read(lambda s: list(s.scalars(select(answers.c.key))))
    assert kept == ["b"]


def test_a_revoked_session_is_forgotten_once_it_would_have_ended(node: Node) -> None:
    for name, hours in (("over", 1), ("open", 9)):
        values = {"session_id": name, "expires_at": node.now() + timedelta(hours=hours)}
        node.database.write(lambda s, v=values: s.execute(insert(revoked_sessions).values(**v)))
    tidy(node, hours=2)
    assert count(node, revoked_sessions) == 1
