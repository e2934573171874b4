"""Two people say yes at the same moment, in two transactions of PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.matching import handlers, store
from services.matching.models import OpportunityRow
from tests.matching.harness import NOW, Matching, running_on_postgres
from tests.support.servers import PostgresForTests
from tests.support.waiting import eventually

pytestmark = pytest.mark.postgres
WAITS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
SEATED = text("SELECT count(*) FROM seats WHERE state = 'filled'")
TALLIED = text("SELECT filled FROM opportunities")


@pytest.fixture
def matching(postgres: PostgresForTests, tmp_path: Path) -> Iterator[Matching]:
    with running_on_postgres(postgres, tmp_path) as made:
        yield made


def say_yes_at_once(matching: Matching) -> tuple[int, int]:
    """Seats filled and seats tallied, after two answers that overlap, with two seats open."""
    opportunity = matching.open(seats=2)
    people = [matching.register(), matching.register()]
    first, second = [matching.invite(opportunity, one) for one in people]

    def answer_second() -> None:
        with matching.node.database.writing() as session:
            handlers.on_invitation_answered(second, session, NOW)

    other = threading.Thread(target=answer_second)
    with matching.node.database.writing() as session:
        handlers.on_invitation_answered(first, session, NOW)
        session.flush()
        other.start()
        # It waits for the first one's commit: at the lock, or without one at the seat.
        eventually(lambda: matching.read(lambda s: s.scalar(WAITS)), what="the second one waiting")
    other.join(timeout=60)
    seated = matching.read(lambda s: s.scalar(SEATED))
    return seated, matching.read(lambda s: s.scalar(TALLIED))


def test_two_answers_at_once_each_get_their_seat(matching: Matching) -> None:
    assert say_yes_at_once(matching) == (2, 2)


def test_without_the_lock_a_seat_would_stay_empty_or_the_tally_be_wrong(
    matching: Matching, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlocked(session: Session, opportunity_id: UUID) -> OpportunityRow | None:
        return session.get(OpportunityRow, opportunity_id)

    monkeypatch.setattr(store, "lock", unlocked)
    assert say_yes_at_once(matching) != (2, 2)
