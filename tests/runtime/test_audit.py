"""The audit trail in a real database: chained at writing, checked on demand."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import create_engine, delete, insert, select, update
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
        audit.write_waiting(session)
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


def subjects(session: Session) -> list[str]:
    return list(session.scalars(select(trail.c.subject_id).order_by(trail.c.seq)))


def note(session: Session, subject: str) -> None:
    audit.record(session, ACTOR, "contact:log", "contact", subject, NOW)


def test_entries_are_chained_at_the_commit_in_the_order_of_their_making(session: Session) -> None:
    session.commit()
    note(session, "5")
    assert subjects(session) == ["0", "1", "2", "3", "4"]
    note(session, "6")
    session.commit()
    assert subjects(session) == ["0", "1", "2", "3", "4", "5", "6"]
    assert audit.first_broken_seq(session) is None


def test_what_was_rolled_back_leaves_no_entry_and_its_neighbours_keep_theirs(
    session: Session,
) -> None:
    note(session, "before")
    outer = session.begin_nested()
    note(session, "undone with all within")
    inner = session.begin_nested()
    note(session, "undone with the outer one")
    inner.commit()
    outer.rollback()
    kept = session.begin_nested()
    note(session, "kept")
    undone = session.begin_nested()
    note(session, "undone alone")
    undone.rollback()
    kept.commit()
    session.commit()
    assert subjects(session)[5:] == ["before", "kept"]
    assert audit.first_broken_seq(session) is None


def test_a_transaction_that_is_given_up_leaves_no_entry_in_the_next(session: Session) -> None:
    session.commit()
    note(session, "given up")
    session.rollback()
    note(session, "kept")
    session.commit()
    assert subjects(session)[5:] == ["kept"]
