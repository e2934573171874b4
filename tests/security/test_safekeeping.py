"""Backups that can be restored, with erasures since; keys that rotate; an audit trail to verify."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from services.cli.community import PEOPLE
from services.cli.delivering import deliver
from services.cli.journey import contact_body, opportunity_body, participant_body
from services.cli.main import app
from services.cli.safekeeping import SafekeepingError, back_up, restore
from services.notifications import holding
from services.notifications.models import Message
from services.notifications.standin import Standin, start
from services.runtime.clock import utc_now
from services.runtime.security.master_keys import LocalMasterKeys, master_key_path
from services.runtime.security.principal import Role
from tests.security.test_erasure import tables
from tests.support import lived as support
from tests.support.notifying import SID, TOKEN, twilio_settings
from tests.support.sample import make_settings
from tests.support.whole import Who, Whole, whole

SERVICES = ("outreach", "matching", "notifications")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def lived_in(data: Path) -> Iterator[tuple[Whole, Who]]:
    with support.lived_in(data) as made:
        yield made


def people(world: Whole) -> list[str]:
    return [one.id for one in world.records if one.parameter == "participant_id"]


def run(data: Path, *command: str) -> str:
    result = CliRunner().invoke(app, list(command), env={"NEWVOICES_DATA_DIR": str(data)})
    assert result.exit_code == 0, result.output + str(result.exception)
    return result.output


def test_a_restored_backup_answers_like_the_original(
    lived_in: tuple[Whole, Who], data: Path, tmp_path: Path
) -> None:
    _world, worker = lived_in
    before = worker.client.get("/outreach/api/v1/participants").json()
    back_up(make_settings(data), tmp_path / "backup", utc_now())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("master-keys.json", "secret.key"):
        (elsewhere / name).write_bytes((data / name).read_bytes())
    assert restore(make_settings(elsewhere), tmp_path / "backup") == 0
    with whole(elsewhere) as again:
        token = worker.client.cookies[again.gate.cookies.session_name]
        client = again.browser()
        client.cookies[again.gate.cookies.session_name] = token
        assert client.get("/outreach/api/v1/participants").json() == before
        again.settle()


def test_whoever_was_erased_since_the_backup_is_erased_again_everywhere(
    lived_in: tuple[Whole, Who], data: Path, tmp_path: Path
) -> None:
    world, worker = lived_in
    erased, stays = people(world)
    back_up(make_settings(data), tmp_path / "backup", utc_now())
    assert worker.client.delete(f"/outreach/api/v1/participants/{erased}").status_code == 204
    world.settle()
    for node in world.nodes:
        node.close()
    settings = make_settings(data)
    with pytest.raises(SafekeepingError, match="--replace"):
        restore(settings, tmp_path / "backup")
    assert restore(settings, tmp_path / "backup", replace=True) == 1
    with whole(data) as again:
        back = again.sign_in(Role.LINK_WORKER)
        assert back.client.get(f"/outreach/api/v1/participants/{erased}").status_code == 410
        assert back.client.get(f"/outreach/api/v1/participants/{stays}").status_code == 200
        held = {name: rows for name, _columns, rows in tables(again)}
        for name in ("matching.profiles", "notifications.recipients", "outreach.participants"):
            shown = json.dumps([[str(value) for value in row] for row in held[name]])
            assert erased.replace("-", "") not in shown


def test_what_was_sent_after_the_backup_is_not_sent_again_by_a_restore(
    data: Path, tmp_path: Path
) -> None:
    """A text that the provider has is found there; one that it has not goes out, once."""
    with start(account_sid=SID, auth_token=TOKEN) as provider:
        told = through(provider, data)
        with whole(data, **told) as world:
            worker, coordinator = world.sign_in(Role.LINK_WORKER), world.sign_in(Role.COORDINATOR)
            approve_one(world, worker, coordinator)
            deliver(world.nodes)
            assert states(world) == ["queued"]
            back_up(make_settings(data), tmp_path / "backup", utc_now())
            world.settle()
            assert states(world)[0] == "sent"
            sent = [message.body for message in provider.sent]
            assert len(sent) == 1
        restore(make_settings(data), tmp_path / "backup", replace=True)
        assert "invitation by sms" in run(data, "messages", "held")
        with whole(data, **told) as again:
            again.settle()
            assert states(again) == ["queued"]
            assert len(provider.sent) == 1
        assert "1 messages are looked up" in run(data, "messages", "release")
        with whole(data, **told) as again:
            again.settle()
            assert states(again)[0] == "sent"
            assert [message.body for message in provider.sent] == sent
            worker, coordinator = again.sign_in(Role.LINK_WORKER), again.sign_in(Role.COORDINATOR)
            approve_one(again, worker, coordinator)
            again.settle()
            assert len(provider.sent) == 2
        assert "Nothing is held" in run(data, "messages", "held")


def test_a_held_text_that_the_provider_never_got_goes_out_once_when_released(
    data: Path, tmp_path: Path
) -> None:
    with start(account_sid=SID, auth_token=TOKEN) as provider:
        told = through(provider, data)
        with whole(data, **told) as world:
            worker, coordinator = world.sign_in(Role.LINK_WORKER), world.sign_in(Role.COORDINATOR)
            approve_one(world, worker, coordinator)
            deliver(world.nodes)
            node = world.node("notifications")
            node.database.write(lambda s: holding.hold(s, node.now(), node.now()))
            world.settle()
            assert provider.sent == []
            node.database.write(lambda s: holding.release(s, node.now()))
            world.settle()
            world.settle()
            assert len(provider.sent) == 1


def through(provider: Standin, data: Path) -> dict[str, object]:
    """Settings by which texts go to the provider's stand-in, at any hour."""
    names = {"twilio_account_sid", "twilio_auth_token", "twilio_from", "twilio_base_url"}
    known = twilio_settings(data, provider).model_dump(include=names)
    return known | {"quiet_hours": False}


def approve_one(world: Whole, worker: Who, coordinator: Who) -> None:
    """Register somebody who takes texts, and approve the proposal of a place for them."""
    contact, person, number = (str(uuid4()) for _ in range(3))
    put = worker.client.put
    assert put(
        f"/outreach/api/v1/contacts/{contact}", json=contact_body(PEOPLE[0].venue)
    ).is_success
    phone = f"07700 900{int(number[:6], 16) % 1000:03d}"
    body = participant_body(PEOPLE[0], contact) | {"phone": phone}
    assert put(f"/outreach/api/v1/participants/{person}", json=body).is_success
    opened = coordinator.client.post("/matching/api/v1/opportunities", json=opportunity_body())
    deliver(world.nodes)
    for node in world.nodes:
        if node.name == "matching":
            for job in node.service.jobs:
                job.run(node, node.now())
    path = f"{opened.headers['location']}/proposals"
    items = coordinator.client.get(path).json()["items"]
    approve = f"/matching/api/v1/proposals/{items[0]['match_id']}/approve"
    assert coordinator.client.post(approve, json={}).status_code == 200


def states(world: Whole) -> list[str]:
    query = select(Message.state).where(Message.kind == "invitation").order_by(Message.queued_at)
    return world.node("notifications").database.read(lambda s: list(s.scalars(query)))


def test_a_list_of_erased_ids_works_where_the_databases_are_lost(
    lived_in: tuple[Whole, Who], data: Path, tmp_path: Path
) -> None:
    world, worker = lived_in
    erased = people(world)[0]
    back_up(make_settings(data), tmp_path / "old", utc_now())
    worker.client.delete(f"/outreach/api/v1/participants/{erased}")
    world.settle()
    back_up(make_settings(data), tmp_path / "new", utc_now())
    listed = tmp_path / "new" / "erased.txt"
    assert erased in listed.read_text()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "master-keys.json").write_bytes((data / "master-keys.json").read_bytes())
    assert restore(make_settings(elsewhere), tmp_path / "old", lists=[listed]) == 1


def test_a_backup_that_was_changed_is_refused(
    lived_in: tuple[Whole, Who], data: Path, tmp_path: Path
) -> None:
    back_up(make_settings(data), tmp_path / "backup", utc_now())
    with (tmp_path / "backup" / "matching.db").open("r+b") as file:
        file.seek(8000)
        file.write(b"x")
    with pytest.raises(SafekeepingError, match=r"matching\.db is not as it was written"):
        restore(make_settings(tmp_path / "elsewhere"), tmp_path / "backup")


def test_a_backup_holds_no_key_and_others_cannot_read_it(
    lived_in: tuple[Whole, Who], data: Path, tmp_path: Path
) -> None:
    back_up(make_settings(data), tmp_path / "backup", utc_now())
    names = {path.name for path in (tmp_path / "backup").iterdir()}
    assert names == {f"{name}.db" for name in SERVICES} | {"manifest.json", "erased.txt"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "backup").iterdir())


def test_after_a_rotation_nothing_hangs_on_the_old_master_key(
    lived_in: tuple[Whole, Who], data: Path
) -> None:
    world, worker = lived_in
    before = worker.client.get("/outreach/api/v1/participants").json()
    for node in world.nodes:
        node.close()
    told = run(data, "keys", "rotate", "--retire")
    assert "outreach" in told
    ring = LocalMasterKeys.from_json(master_key_path(data).read_bytes())
    assert list(ring.keys) == ["k2"]
    for name in SERVICES:
        for path in data.glob(f"{name}.db*"):
            assert b"nv1.k1." not in path.read_bytes(), path.name
    with whole(data) as again:
        client = again.browser()
        name = again.gate.cookies.session_name
        client.cookies[name] = worker.client.cookies[name]
        assert client.get("/outreach/api/v1/participants").json() == before
        again.settle()


def test_the_audit_trail_is_verified_and_a_changed_entry_is_named(
    lived_in: tuple[Whole, Who], data: Path, tmp_path: Path
) -> None:
    told = run(data, "audit", "verify")
    assert told.count("whole") == 3
    run(data, "audit", "export", str(tmp_path / "trail.jsonl"))
    entries = [json.loads(line) for line in (tmp_path / "trail.jsonl").read_text().splitlines()]
    assert any(entry["action"] == "participant:register" for entry in entries)
    with closing(sqlite3.connect(data / "outreach.db")) as connection, connection:
        connection.execute("UPDATE audit SET actor = 'somebody else' WHERE seq = 3")
    result = CliRunner().invoke(app, ["audit", "verify"], env={"NEWVOICES_DATA_DIR": str(data)})
    assert result.exit_code == 1
    assert "BROKEN at entry 3" in result.output


def test_every_sealed_value_of_every_table_is_known_to_the_rotation(
    lived_in: tuple[Whole, Who],
) -> None:
    """A new column with envelopes that the rotation forgets would be lost with the old key."""
    from services.cli.rotation import SEALED

    world, _worker = lived_in
    for table, columns, rows in tables(world):
        service, _, name = table.partition(".")
        known = {
            column
            for sealed in SEALED[service]
            if sealed.table == name
            for column in (*sealed.envelopes, *sealed.keys)
        }
        for row in rows:
            for column, value in zip(columns, row, strict=True):
                if isinstance(value, str) and value.startswith("nv1."):
                    assert column in known, f"{table}.{column}"
