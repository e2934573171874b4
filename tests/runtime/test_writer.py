from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import wait
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from services.runtime.node import Node
from tests.support.sample import Clock, Heard, count_heard, make_node, make_settings


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = make_node("outreach", make_settings(tmp_path), Clock())
    yield made
    made.close()


def add(session: Session) -> int:
    session.add(Heard(what="job", about=uuid4()))
    session.flush()
    return 1


def add_then_fail(session: Session) -> None:
    add(session)
    raise ValueError("refused")


def test_a_job_is_committed_before_its_answer(node: Node) -> None:
    assert node.writer.write(add) == 1
    assert count_heard(node) == 1


def test_a_failing_job_leaves_nothing_and_harms_nobody_in_its_batch(node: Node) -> None:
    futures = [node.writer.submit(add_then_fail if n % 7 == 3 else add) for n in range(70)]
    wait(futures)
    failed = [future for future in futures if future.exception() is not None]
    assert len(failed) == 10
    assert count_heard(node) == 60


def test_a_broken_constraint_is_told_to_its_own_job_only(node: Node) -> None:
    def same_id(session: Session) -> None:
        session.add(Heard(id=1, what="one", about=uuid4()))
        session.flush()

    futures = [node.writer.submit(same_id), *[node.writer.submit(add) for _ in range(5)]]
    futures.append(node.writer.submit(same_id))
    wait(futures)
    assert isinstance(futures[-1].exception(), IntegrityError)
    assert count_heard(node) == 6


def test_a_lost_shared_transaction_gives_each_job_one_of_its_own(node: Node) -> None:
    lost = iter([True])

    def loses_the_connection_once(session: Session) -> None:
        add(session)
        if next(lost, False):
            raise OperationalError("deadlock", {}, Exception())

    futures = [node.writer.submit(add), node.writer.submit(loses_the_connection_once)]
    futures += [node.writer.submit(add) for _ in range(3)]
    wait(futures)
    assert [future.exception() for future in futures] == [None] * 5
    assert count_heard(node) == 5


def test_jobs_submitted_before_closing_are_all_done(node: Node) -> None:
    futures = [node.writer.submit(add) for _ in range(200)]
    node.writer.close()
    assert all(future.done() for future in futures)
    assert count_heard(node) == 200


def test_sqlite_keeps_every_commit_on_disk(node: Node) -> None:
    with node.database.reading() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA synchronous")) == 2
        assert session.scalar(text("PRAGMA secure_delete")) == 1
