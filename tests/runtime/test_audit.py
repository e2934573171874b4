"""The audit trail in a real database: chained at writing, checked on demand."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import create_engine, delete, insert, update
from sqlalchemy.orm import Session

from services.runtime import audit
from services.runtime.security.audit_chain import GENESIS
from services.runtime.security.principal import Principal, Role
from services.runtime.tables import RUNTIME
from services.runtime.tables import audit as trail

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ACTOR = Principal(UUID(int=1), Role.LINK_WORKER, "leeds", "north", "s")


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    RUNTIME.create_all(engine)
    with Session(engine) as session:
        for number in range(5):
            audit.record(session, ACTOR, "participant:read", "participant", str(number), NOW)
        yield session


def test_an_untouched_trail_is_whole(session: Session) -> None:
    assert audit.first_broken_seq(session) is None
    assert audit.newest_hash(session) != GENESIS


def test_an_empty_trail_is_whole(session: Session) -> None:
    session.execute(delete(trail))
    assert audit.first_broken_seq(session) is None
    assert audit.newest_hash(session) == GENESIS


@pytest.mark.parametrize("field", audit.FIELDS)
def test_a_changed_field_is_found_at_its_entry(session: Session, field: str) -> None:
    session.execute(update(trail).where(trail.c.seq == 3).values({field: "other"}))
    assert audit.first_broken_seq(session) == 3


def test_a_removed_entry_shows_at_the_next_one(session: Session) -> None:
    session.execute(delete(trail).where(trail.c.seq == 2))
    assert audit.first_broken_seq(session) == 3


def test_an_entry_written_past_the_chain_is_found(session: Session) -> None:
    copied = dict.fromkeys(audit.FIELDS, "x")
    session.execute(insert(trail).values(**copied, previous_hash=GENESIS, hash="f" * 64))
    assert audit.first_broken_seq(session) == 6


def test_a_cut_off_end_shows_against_a_hash_kept_elsewhere(session: Session) -> None:
    kept = audit.newest_hash(session)
    session.execute(delete(trail).where(trail.c.seq == 5))
    assert audit.first_broken_seq(session) is None
    assert audit.newest_hash(session) != kept
