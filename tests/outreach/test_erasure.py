"""Erasure: nothing of the person stays but the bare id, and nothing late brings them back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from uuid import UUID, uuid4

from fastapi.testclient import TestClient
from sqlalchemy import inspect, select, text

from schemas.events import (
    Consent,
    ConsentChanged,
    ContactDetailsSealed,
    ParticipantErased,
    ParticipantRegistered,
    ParticipantUpdated,
    SeatFilled,
)
from services.outreach.models import PersonKey
from services.runtime.clock import utc_now
from services.runtime.tables import outbox
from tests.outreach.conftest import World, contact_body, person_body, register

PEOPLE = "/api/v1/participants"


def test_an_erased_person_is_gone_and_cannot_be_made_again(
    world: World, worker: TestClient
) -> None:
    made, body = uuid4(), person_body()
    path = f"{PEOPLE}/{made}"
    worker.put(path, json=body)
    assert worker.delete(path).status_code == 204
    assert worker.put(path, json=body).status_code == 410
    assert worker.get(path).status_code == 410
    assert worker.delete(path).status_code == 410
    assert worker.get(PEOPLE).json()["items"] == []


def test_erasure_empties_what_was_said_before_and_tells_everybody(
    world: World, worker: TestClient
) -> None:
    made = register(worker)
    worker.delete(f"{PEOPLE}/{made}")
    assert world.events_of(ParticipantRegistered) == []
    (erased,) = world.events_of(ParticipantErased)
    assert erased.participant_id == UUID(made)
    # Sealed details stand on a topic that keeps the latest of a key: the latest is nothing.
    assert world.events_of(ContactDetailsSealed) == []
    query = select(outbox.c.payload).where(outbox.c.topic == ContactDetailsSealed.topic)
    said = world.node.database.read(lambda s: s.scalars(query.order_by(outbox.c.seq)).all())
    assert said == [None, None]


def test_after_erasure_no_table_holds_the_person_but_the_tombstone(
    world: World, worker: TestClient
) -> None:
    contact = worker.post("/api/v1/contacts", json=contact_body()).json()["id"]
    made = register(worker, contact_id=contact)
    ids = {name: uuid4() for name in ("seat_id", "match_id", "opportunity_id")}
    world.hear(SeatFilled(participant_id=UUID(made), **ids))
    worker.delete(f"{PEOPLE}/{made}")
    kept = {table for table, row in rows(world) if UUID(made).hex in row or made in row}
    # The erasure's own events and the audit trail name the bare id; it leads nowhere.
    assert kept == {"tombstones", "outbox", "audit"}
    assert worker.get(f"/api/v1/contacts/{contact}").json()["notes"] is None
    assert world.node.database.read(lambda s: list(s.scalars(select(PersonKey)))) == []


def rows(world: World) -> list[tuple[str, str]]:
    """Every row of every table as text."""
    found: list[tuple[str, str]] = []
    with world.node.database.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f"SELECT * FROM {table}")):
                found.append((table, " ".join(str(value) for value in row)))
    return found


def test_no_code_of_an_erased_persons_answers_is_left_on_the_disk(
    world: World, worker: TestClient
) -> None:
    made = register(
        worker,
        matching_profile={"characteristics": {"ethnic_group": ["asian_bangladeshi"]}},
        monitoring={"religion": ["buddhist"]},
    )
    worker.delete(f"{PEOPLE}/{made}")
    with closing(sqlite3.connect(world.node.settings.data_dir / "outreach.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    stored = world.files()
    assert b"asian_bangladeshi" not in stored
    assert b"buddhist" not in stored


def test_late_events_about_an_erased_person_change_nothing(
    world: World, worker: TestClient
) -> None:
    made = register(worker)
    worker.delete(f"{PEOPLE}/{made}")
    before = len(world.events())
    said = Consent(purpose="contact", channel="sms", given=False, wording_version="1", at=utc_now())
    world.hear(ConsentChanged(participant_id=UUID(made), consent=said, evidence="reply_stop"))
    ids = {name: uuid4() for name in ("seat_id", "match_id", "opportunity_id")}
    world.hear(SeatFilled(participant_id=UUID(made), **ids))
    assert len(world.events()) == before
    assert world.events_of(ParticipantUpdated) == []


def test_a_colleague_out_of_reach_cannot_erase(world: World, worker: TestClient) -> None:
    path = f"{PEOPLE}/{register(worker)}"
    far = world.signed_in("far@example.org", organisation="york")
    assert far.delete(path).status_code == 404
    assert worker.get(path).status_code == 200


def test_erasing_a_kept_record_erases_what_was_merged_into_it(
    world: World, worker: TestClient
) -> None:
    kept, other = register(worker), register(worker)
    worker.post(f"{PEOPLE}/{kept}/merges", json={"other_id": other})
    assert worker.delete(f"{PEOPLE}/{kept}").status_code == 204
    assert worker.get(f"{PEOPLE}/{other}").status_code == 410
    assert {e.participant_id for e in world.events_of(ParticipantErased)} == {
        UUID(kept),
        UUID(other),
    }
