"""Erasure proved: after it no file holds anything of the person, and nothing brings them back."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import inspect, text

from services.cli.community import PEOPLE
from services.cli.journey import contact_body, opportunity_body, participant_body
from services.runtime.logs import configure_logging
from services.runtime.security.principal import Role
from tests.support.whole import Who, Whole, populate, reply, whole

NAME = "Quintessa Marblethwaite"
EMAIL = "quintessa.marblethwaite@zebrafinch.example"
PHONE = "07700 900876"
NOTES = "Ask for the plumtree entrance, mornings only."
REPLY = "Is wombatical parking near the library?"
ADDRESS = "17 Larkspurrow Lane, Elmfield"
PLAIN = (NAME, "Quintessa", EMAIL, "zebrafinch", "plumtree", "wombatical", "Larkspurrow")
PHONES = ("07700 900876", "07700900876", "+447700900876", "447700900876", "7700900876")

# What may still name the bare id, and why.
MAY_NAME_THE_ID = {
    "outreach.tombstones": "so that a late sync recreates nothing",
    "matching.erased_participants": "so that a late event recreates nothing",
    "notifications.erased_recipients": "so that a late event recreates nothing",
    "outreach.audit": "who did what about whom: ids and codes",
    "matching.audit": "who did what about whom: ids and codes",
    "notifications.audit": "who did what about whom: ids and codes",
    "outreach.outbox": "the erasure itself, and empty places of earlier events",
    "matching.outbox": "what became of proposals and seats: ids and states, no category",
    "notifications.outbox": "what became of invitations: ids and states, no text",
    "outreach.inbox": "ids of events that were taken in, without content",
    "matching.inbox": "ids of events that were taken in, without content",
    "notifications.inbox": "ids of events that were taken in, without content",
}


@dataclass
class Erased:
    """A person who went through the whole journey, and what the tables held before."""

    world: Whole
    worker: Who
    person_id: str
    contact_id: str
    register: dict[str, Any]
    key: str
    secrets: set[bytes]
    log: str
    counts: dict[str, int]


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Erased]:
    folder = tmp_path_factory.mktemp("erasure")
    logged = folder / "process.log"
    configure_logging(logging.DEBUG)
    handler = logging.FileHandler(logged)
    handler.setFormatter(logging.getLogger().handlers[0].formatter)
    logging.getLogger().addHandler(handler)
    with whole(folder / "data") as world:
        worker = world.sign_in(Role.LINK_WORKER)
        coordinator = world.sign_in(Role.COORDINATOR)
        populate(world, worker, coordinator, 500)  # others, who stay
        made = _journey(world, worker, coordinator)
        yield _erase(made, logged)
    logging.getLogger().removeHandler(handler)


def _journey(world: Whole, worker: Who, coordinator: Who) -> Erased:
    person_id, contact_id = str(uuid4()), str(uuid4())
    contact = contact_body("Elmfield food bank") | {"notes": NOTES, "asked": NOTES}
    answered = worker.client.put(f"/outreach/api/v1/contacts/{contact_id}", json=contact)
    assert answered.status_code == 201
    body = participant_body(PEOPLE[0], contact_id) | {
        "name": NAME,
        "phone": PHONE,
        "email": EMAIL,
        "postal_address": ADDRESS,
        "monitoring": {"age_band": ["25_34"], "religion": ["muslim"]},
    }
    body["consents"] = [
        {"purpose": "contact", "channel": "sms", "given": True, "wording_version": "1"},
        {"purpose": "contact", "channel": "email", "given": True, "wording_version": "1"},
        {"purpose": "matching", "given": True, "wording_version": "1"},
        {"purpose": "monitoring", "given": True, "wording_version": "1"},
    ]
    path = f"/outreach/api/v1/participants/{person_id}"
    key = {"idempotency-key": "device-7"}
    assert worker.client.put(path, json=body, headers=key).status_code == 201
    world.settle()
    opened = coordinator.client.post("/matching/api/v1/opportunities", json=opportunity_body())
    proposals = f"{opened.headers['location']}/proposals"
    world.settle()
    items = coordinator.client.get(proposals).json()["items"]
    proposal = next(one for one in items if one["participant_id"] == person_id)
    approve = f"/matching/api/v1/proposals/{proposal['match_id']}/approve"
    assert coordinator.client.post(approve, json={}).status_code == 200
    world.settle()
    for number, words in enumerate(("Yes please", REPLY)):
        reply(world, PHONE, words, f"SM{'e' * 31}{number}")
        world.settle()
    return Erased(
        world, worker, person_id, contact_id, body, "device-7", _sealed(world, person_id), "", {}
    )


def _erase(made: Erased, logged: Path) -> Erased:
    world = made.world
    assert made.secrets, "nothing was sealed, so nothing is proved"
    made.counts = _counts(world)
    path = f"/outreach/api/v1/participants/{made.person_id}"
    assert made.worker.client.delete(path).status_code == 204
    world.settle()
    for node in world.nodes:
        assert node.database.scrub()
    made.log = logged.read_text()
    return made


def _sealed(world: Whole, person_id: str) -> set[bytes]:
    """Every envelope, key and index that any table holds about the person."""
    found: set[bytes] = set()
    plain = UUID(person_id).hex
    for table, columns, rows in tables(world):
        for row in rows:
            if table.endswith(".audit"):
                continue
            if any(person_id in str(value) or plain in str(value) for value in row):
                found |= {
                    str(value).encode()
                    for name, value in zip(columns, row, strict=True)
                    if isinstance(value, str) and len(value) >= 32 and name in SECRET_COLUMNS
                }
    return found


SECRET_COLUMNS = {
    "name", "phone", "email", "postal_address", "advocate_email", "phone_index", "email_index",
    "body_index", "wrapped", "sealed",
    "notes", "asked", "what",
}  # fmt: skip


def tables(world: Whole) -> Iterator[tuple[str, list[str], list[tuple[Any, ...]]]]:
    for node in world.nodes:
        with node.database.reading() as session:
            for name in inspect(session.get_bind()).get_table_names():
                result = session.execute(text(f'SELECT * FROM "{name}"'))
                columns = list(result.keys())
                yield f"{node.name}.{name}", columns, [tuple(row) for row in result]


def _counts(world: Whole) -> dict[str, int]:
    counted = ("matching.seat_terms", "matching.matches", "notifications.messages",
               "notifications.invitations", "outreach.contacts")  # fmt: skip
    return {name: len(rows) for name, _columns, rows in tables(world) if name in counted}


def files(world: Whole) -> Iterator[tuple[str, bytes]]:
    folder = Path(world.nodes[0].settings.data_dir).parent
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()


def test_no_byte_of_any_file_tells_who_they_were(erased: Erased) -> None:
    scanned = 0
    for name, content in files(erased.world):
        scanned += len(content)
        for word in (*PLAIN, *PHONES):
            for encoding in ("utf-8", "utf-16-le"):
                assert word.encode(encoding) not in content, f"{word} in {name}"
            assert word.lower().encode() not in content.lower(), f"{word} in {name}"
    assert scanned > 100_000


def test_their_sealed_values_keys_and_indexes_are_gone_too(erased: Erased) -> None:
    assert len(erased.secrets) >= 6
    for name, content in files(erased.world):
        for secret in erased.secrets:
            assert secret not in content, f"a sealed value or key is still in {name}"


def test_the_bare_id_stays_only_where_it_must(erased: Erased) -> None:
    plain = UUID(erased.person_id).hex
    for table, columns, rows in tables(erased.world):
        for row in rows:
            told = json.dumps([str(value) for value in row])
            if erased.person_id not in told and plain not in told:
                continue
            assert table in MAY_NAME_THE_ID, f"{table}: {dict(zip(columns, row, strict=True))}"
            payload = dict(zip(columns, row, strict=True)).get("payload")
            if table == "outreach.outbox" and payload is not None:
                left = json.loads(payload)["data"]
                assert set(left) <= {"participant_id", "revision", "sealed"}
                assert left.get("sealed") is None


def test_no_characteristic_can_be_tied_to_them(erased: Erased) -> None:
    """No row that names them holds a category; the monitoring rows are gone."""
    for table, _columns, rows in tables(erased.world):
        for row in rows:
            told = json.dumps([str(value) for value in row])
            if erased.person_id in told or UUID(erased.person_id).hex in told:
                for code in ("asian_pakistani", "25_34", "muslim", "unpaid_carer", "step_free"):
                    assert code not in told, table
        if table == "outreach.monitoring_answers":
            assert rows == []


def test_counts_in_reports_remain(erased: Erased) -> None:
    assert _counts(erased.world) == erased.counts


def test_no_log_line_tells_of_them(erased: Erased) -> None:
    for word in (*PLAIN, *PHONES, erased.person_id):
        assert word not in erased.log


def test_a_late_sync_answers_410_with_and_without_its_old_key(erased: Erased) -> None:
    path = f"/outreach/api/v1/participants/{erased.person_id}"
    for headers in ({"idempotency-key": erased.key}, {}, {"idempotency-key": "another"}):
        answer = erased.worker.client.put(path, json=erased.register, headers=headers)
        assert answer.status_code == 410, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    erased.world.settle()
    test_the_bare_id_stays_only_where_it_must(erased)


def test_replay_of_every_event_from_the_start_recreates_nothing(erased: Erased) -> None:
    """Cursors back to the start and inboxes empty, as after a rebuilt consumer."""
    world = erased.world
    for node in world.nodes:
        node.database.write(lambda session: session.execute(text("DELETE FROM cursors")))
        node.database.write(lambda session: session.execute(text("DELETE FROM inbox")))
    world.settle()
    for node in world.nodes:
        node.database.scrub()
    test_the_bare_id_stays_only_where_it_must(erased)
    test_no_byte_of_any_file_tells_who_they_were(erased)
    test_their_sealed_values_keys_and_indexes_are_gone_too(erased)
