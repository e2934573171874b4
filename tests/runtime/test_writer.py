from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
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


def test_whoever_loses_the_race_for_a_key_sees_what_the_winner_wrote(node: Node) -> None:
    # Two writers look, and neither finds it; the second insert is refused. Played by a first
    # look that finds nothing.
    looks = iter([True])

    def put_in_once(session: Session) -> str:
        blind = next(looks, False)
        if not blind and session.get(Heard, 7) is not None:
            return "there already"
        session.add(Heard(id=7, what="one", about=uuid4()))
        session.flush()
        return "made"

    node.database.write(lambda s: s.add(Heard(id=7, what="winner", about=uuid4())))
    assert node.writer.write(put_in_once) == "there already"
    assert count_heard(node) == 1


def test_a_caller_who_gives_up_does_not_end_the_writer(node: Node) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def slow(session: Session) -> None:
        entered.set()
        go_on.wait(30)
        add(session)

    running = node.writer.submit(slow)
    entered.wait(30)
    waiting = node.writer.submit(add)
    assert waiting.cancel()
    assert not running.cancel()
    go_on.set()
    assert node.writer.submit(add).result(30) == 1
    assert count_heard(node) == 2


def test_a_batch_that_may_be_committed_is_not_done_again(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing, answers = node.database.writing, iter(["kept", "lost"])

    @contextmanager
    def losing_an_answer() -> Iterator[Session]:
        with writing() as session:
            yield session
        if next(answers, "kept") == "lost":
            raise OperationalError("COMMIT", {}, Exception(), connection_invalidated=True)

    monkeypatch.setattr(node.database, "writing", losing_an_answer)
    entered, go_on = threading.Event(), threading.Event()

    def hold(_session: Session) -> None:
        entered.set()
        go_on.wait(30)

    node.writer.submit(hold)
    entered.wait(30)
    batch = [node.writer.submit(add) for _ in range(3)]
    go_on.set()
    assert all(isinstance(one.exception(30), OperationalError) for one in batch)
    assert count_heard(node) == 3


def test_after_closing_nobody_waits_for_ever(node: Node) -> None:
    node.writer.close()
    with pytest.raises(RuntimeError, match="stopping"):
        node.writer.submit(add).result(5)


def test_what_a_person_told_us_is_in_no_error_of_the_database(node: Node) -> None:
    def twice(session: Session) -> None:
        session.add_all([Heard(id=1, what="07700 900123", about=uuid4()) for _ in range(2)])
        session.flush()

    with pytest.raises(IntegrityError) as caught:
        node.writer.write(twice)
    assert "900123" not in str(caught.value)


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


def test_a_job_that_goes_first_cuts_a_shared_transaction_short(node: Node) -> None:
    began, release = threading.Event(), threading.Event()
    seen: list[int] = []

    def hold(session: Session) -> None:
        add(session)
        began.set()
        release.wait(30)

    held = node.writer.submit(hold)
    began.wait(30)
    # These two are taken together; while the first runs, somebody outside asks.
    together = threading.Event()

    def asks(session: Session) -> None:
        add(session)
        node.writer.submit(lambda session: seen.append(counted(session)), first=True)
        together.set()

    others = [node.writer.submit(asks), *[node.writer.submit(add) for _ in range(3)]]
    release.set()
    wait([held, *others])
    assert together.is_set()
    assert [future.exception() for future in others] == [None] * 4
    assert seen == [2]
    assert count_heard(node) == 5


def test_jobs_that_go_first_do_not_starve_the_others(node: Node) -> None:
    other_done = threading.Event()
    asked = 0

    def again(session: Session) -> None:
        nonlocal asked
        asked += 1
        if asked < 200 and not other_done.is_set():
            node.writer.submit(again, first=True)

    node.writer.submit(again, first=True)
    node.writer.submit(add).add_done_callback(lambda _: other_done.set())
    assert other_done.wait(30)
    assert asked < 200


def counted(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Heard)) or 0
