"""Backup and restore on PostgreSQL: one moment of three databases, and erasures applied again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from anyio.from_thread import start_blocking_portal
from pydantic import SecretStr
from sqlalchemy import func, select, text

from infra.postgres.server import SERVICES, Server
from services.cli.compose import make_nodes, make_root
from services.cli.delivering import deliver
from services.cli.safekeeping import SafekeepingError, back_up, restore
from services.outreach.monitoring import can_be_read_by_us
from services.runtime.clock import utc_now
from services.runtime.security.principal import Role
from services.runtime.settings import Settings
from services.runtime.tables import inbox, outbox
from tests.security.conftest import settings_of
from tests.support.whole import Who, Whole, populate

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def settings(server: Server) -> Settings:
    made = settings_of(**{name: server.url(name) for name in SERVICES})
    made.backup_database_url = SecretStr(server.admin_url)
    return made


class OnPostgres(Whole):
    """Events are handed over as after a restore: the embedded runner knows SQLite only."""

    def settle(self, now: datetime | None = None) -> None:
        busy = True
        while busy:
            deliver(self.nodes)
            at = [node.now() for node in self.nodes]
            busy = any(
                job.run(node, time)
                for node, time in zip(self.nodes, at, strict=True)
                for job in node.service.jobs
            )


@contextmanager
def opened(settings: Settings) -> Iterator[Whole]:
    # Texts leave at any hour here, so that what is counted does not hang on the time of day.
    nodes = make_nodes(settings.model_copy(update={"quiet_hours": False}))
    try:
        with start_blocking_portal() as portal:
            yield OnPostgres(nodes, make_root(nodes), portal)
    finally:
        for node in nodes:
            node.close()


@pytest.fixture(scope="module")
def people(settings: Settings) -> list[str]:
    with opened(settings) as world:
        worker, coordinator = world.sign_in(Role.LINK_WORKER), world.sign_in(Role.COORDINATOR)
        populate(world, worker, coordinator, 1)
        return [one.id for one in world.records if one.parameter == "participant_id"]


def view(worker: Who, person: str) -> tuple[int, Any]:
    answer = worker.client.get(f"/outreach/api/v1/participants/{person}")
    return answer.status_code, answer.json()


def test_a_restored_backup_answers_like_the_original_and_the_erased_stay_erased(
    server: Server, settings: Settings, people: list[str], tmp_path: Path
) -> None:
    erased, stays = people
    with opened(settings) as world:
        worker = world.sign_in(Role.LINK_WORKER)
        before = view(worker, stays)
        sums = back_up(settings, tmp_path / "old", utc_now())
        assert set(sums) == {f"{name}.dump" for name in SERVICES}
        assert worker.client.delete(f"/outreach/api/v1/participants/{erased}").status_code == 204
        world.settle()
        counted = {
            node.name: node.database.read(lambda s: s.scalar(select(func.count(outbox.c.seq))))
            for node in world.nodes
        }
    with pytest.raises(SafekeepingError, match="--replace"):
        restore(settings, tmp_path / "old")
    assert restore(settings, tmp_path / "old", replace=True) == 1
    with opened(settings) as world:
        worker = world.sign_in(Role.LINK_WORKER)
        assert view(worker, stays) == before
        assert view(worker, erased)[0] == 410
        assert all(counted.values())
        for name, query in (
            ("outreach", "SELECT count(*) FROM participants WHERE id = :id"),
            ("matching", "SELECT count(*) FROM profiles WHERE participant_id = :id"),
            ("notifications", "SELECT count(*) FROM recipients WHERE participant_id = :id"),
        ):
            left = world.node(name).database.read(
                lambda s, q=query: s.scalar(text(q), {"id": erased})
            )
            assert left == 0, name
        # The restored monitoring answers still belong to the role that nobody signs in as.
        assert world.node("outreach").database.read(can_be_read_by_us) is False
        world.settle()


def test_where_the_databases_are_lost_a_list_of_the_erased_is_enough(
    settings: Settings, people: list[str], tmp_path: Path
) -> None:
    stays = people[1]
    back_up(settings, tmp_path / "older", utc_now())
    with opened(settings) as world:
        worker = world.sign_in(Role.LINK_WORKER)
        assert worker.client.delete(f"/outreach/api/v1/participants/{stays}").status_code == 204
        world.settle()
    back_up(settings, tmp_path / "newer", utc_now())
    listed = tmp_path / "newer" / "erased.txt"
    assert stays in listed.read_text()
    with opened(settings) as world:
        for node in world.nodes:
            node.database.write(lambda s: s.execute(text("DROP SCHEMA public CASCADE")))
            node.database.write(lambda s: s.execute(text("CREATE SCHEMA public")))
    assert restore(settings, tmp_path / "older", replace=True, lists=[listed]) >= 1
    with opened(settings) as world:
        assert view(world.sign_in(Role.LINK_WORKER), stays)[0] == 410


def test_the_three_dumps_are_of_one_moment_while_others_write(
    settings: Settings, people: list[str], tmp_path: Path
) -> None:
    """No service has taken in an event that its sender's dump does not hold."""
    stop = threading.Event()
    with opened(settings) as world:
        worker = world.sign_in(Role.LINK_WORKER)
        body = {"scopes": ["contact:log"], "days": 9}

        def write() -> None:
            while not stop.is_set():
                worker.client.post("/outreach/api/v1/api-tokens", json=body)
                world.settle()

        thread = threading.Thread(target=write)
        thread.start()
        try:
            for number in range(2):
                back_up(settings, tmp_path / f"busy-{number}", utc_now())
        finally:
            stop.set()
            thread.join()
    for number in range(2):
        restore(settings, tmp_path / f"busy-{number}", replace=True)
        nodes = make_nodes(settings)
        try:
            sent = {
                row
                for node in nodes
                for row in node.database.read(lambda s: s.scalars(select(outbox.c.event_id)).all())
            }
            taken = {
                row
                for node in nodes
                for row in node.database.read(lambda s: s.scalars(select(inbox.c.event_id)).all())
            }
            assert taken
            assert taken <= sent
        finally:
            for node in nodes:
                node.close()


def test_only_its_owner_reads_a_backup_and_a_changed_one_is_refused(
    settings: Settings, people: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    back_up(settings, folder, utc_now())
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    manifest = json.loads((folder / "manifest.json").read_text())
    assert set(manifest["sha256"]) == {f"{name}.dump" for name in SERVICES}
    with (folder / "matching.dump").open("r+b") as file:
        file.seek(-20, 2)
        file.write(b"x")
    with pytest.raises(SafekeepingError, match=r"matching\.dump is not as it was written"):
        restore(settings, folder, replace=True)


def test_without_the_administrator_s_address_it_says_what_to_set(
    server: Server, settings: Settings, people: list[str], tmp_path: Path
) -> None:
    without = settings.model_copy(update={"backup_database_url": None})
    with pytest.raises(SafekeepingError, match="NEWVOICES_BACKUP_DATABASE_URL"):
        back_up(without, tmp_path / "backup", utc_now())
    wrong = server.admin_url.replace(server.passwords["newvoices_admin"], "wrong")
    refused = settings.model_copy(update={"backup_database_url": SecretStr(wrong)})
    with pytest.raises((SafekeepingError, psycopg.OperationalError)) as told:
        back_up(refused, tmp_path / "backup", utc_now())
    assert server.passwords["newvoices_admin"] not in str(told.value)
