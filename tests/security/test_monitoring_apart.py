"""On PostgreSQL only the monitoring role reads an answer; outreach adds and cannot read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import sql
from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from infra.postgres.server import (
    ADMINISTRATOR,
    SERVICES,
    Server,
    role_of,
    set_monitoring_apart,
)
from services.cli.compose import make_nodes
from services.outreach import monitoring
from services.outreach.monitoring import can_be_read_by_us
from services.outreach.monitoring_models import SCHEMA, MonitoringAnswer, MonitoringPublished
from services.outreach.service import SERVICE
from services.runtime.clock import utc_now
from tests.outreach.conftest import World, consents, register
from tests.security.conftest import settings_of
from tests.support.servers import PostgresForTests

pytestmark = pytest.mark.postgres

ANSWERS = "monitoring.monitoring_answers"
PAST = "2025-Q1"


@contextmanager
def outreach_at(url: str) -> Iterator[World]:
    (node,) = make_nodes(settings_of(outreach=url), names=["outreach"])
    try:
        yield World(node, SERVICE.make_app(node))
    finally:
        node.close()


@pytest.fixture(scope="module")
def world(server: Server) -> Iterator[World]:
    with outreach_at(server.url("outreach")) as made:
        yield made


@pytest.fixture(scope="module")
def worker(world: World) -> TestClient:
    return world.signed_in("worker@example.org", team="north")


def admin(server: Server) -> psycopg.Connection[Any]:
    url = make_url(server.admin_url).set(database=role_of("outreach"))
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def answers(server: Server) -> list[tuple[Any, ...]]:
    with admin(server) as connection:
        return connection.execute(
            sql.SQL("select list_id, code, period from monitoring.monitoring_answers")
        ).fetchall()


def everything_in(schema: str) -> sql.Composable:
    return sql.SQL(
        "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'v', 'm')"
        " and c.relnamespace = (select oid from pg_namespace where nspname = {})"
    ).format(sql.Literal(schema))


def test_a_registration_is_kept_there_and_outreach_itself_cannot_read_it(
    server: Server, world: World, worker: TestClient
) -> None:
    register(worker)
    assert {row[:2] for row in answers(server)} == {("religion", "muslim"), ("age_band", "25_34")}
    with psycopg.connect(server.url("outreach"), autocommit=True) as connection:
        for table in ("monitoring_answers", "monitoring_published", "rules", "own_readings"):
            for statement in ("select * from {}", "delete from {}", "truncate {}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(sql.SQL(statement).format(sql.Identifier(SCHEMA, table)))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("set role newvoices_monitoring")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("create view monitoring.mine as select 1")
    assert world.node.database.read(can_be_read_by_us) is False


def test_select_is_refused_to_every_role_but_the_one_nobody_signs_in_as(
    server: Server, world: World
) -> None:
    """Even to matching and notifications if somebody let them into outreach's database."""
    with admin(server) as connection:
        tables = [row[0] for row in connection.execute(everything_in(SCHEMA))]
        assert ANSWERS in tables
        assert "monitoring_answers" not in [
            row[0] for row in connection.execute(everything_in("public"))
        ]
        roles = connection.execute(
            "select rolname, rolcanlogin from pg_roles where not rolsuper"
            " and rolname !~ '^pg_(read|write)_all_data$'"
        ).fetchall()
        readers = {
            role
            for role, _ in roles
            for table in tables
            for may in ("SELECT", "UPDATE", "DELETE")
            if connection.execute(
                "select has_table_privilege(%s, %s::regclass, %s)", [role, table, may]
            ).fetchone()
            == (True,)
        }
        assert readers == {"newvoices_monitoring"}
        assert dict(roles)["newvoices_monitoring"] is False
        superusers = connection.execute("select rolname from pg_roles where rolsuper").fetchall()
        assert superusers == [(ADMINISTRATOR,)]
    own = make_url(server.url("outreach"))
    for service in (name for name in SERVICES if name != "outreach"):
        role = role_of(service)
        url = own.set(username=role, password=server.passwords[role])
        address = url.render_as_string(hide_password=False)
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(address)
        grant = sql.SQL("{} connect on database newvoices_outreach {} {}")
        with admin(server) as connection:
            words = (sql.SQL("grant"), sql.SQL("to"), sql.Identifier(role))
            connection.execute(grant.format(*words))
        try:
            with psycopg.connect(address, autocommit=True) as let_in:
                for statement in (
                    "select * from monitoring.monitoring_answers",
                    "select * from monitoring.monitoring_published",
                    "select * from monitoring.own_answers('a')",
                    "select * from monitoring.report('leeds', '2025-Q1')",
                    "select monitoring.forget('a')",
                ):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        let_in.execute(sql.SQL(statement))
        finally:
            with admin(server) as connection:
                words = (sql.SQL("revoke"), sql.SQL("from"), sql.Identifier(role))
                connection.execute(grant.format(*words))


def test_counts_leave_suppressed_and_are_fixed_at_the_first_question(
    server: Server, world: World, worker: TestClient
) -> None:
    row = "insert into monitoring.monitoring_answers values (%s, 'religion', %s, '1', 'leeds', %s)"
    with admin(server) as connection:
        for code, people in (("hindu", 1), ("sikh", 7), ("jewish", 8), ("buddhist", 23)):
            for number in range(people):
                connection.execute(sql.SQL(row), [f"{code}{number}", code, PAST])
    asked = {"params": {"period": PAST}}
    first = worker.get("/api/v1/monitoring", **asked).json()["items"]
    assert {one["code"]: one["people"] for one in first} == {
        "hindu": "*",
        "sikh": "*",
        "jewish": "10",
        "buddhist": "25",
    }
    with admin(server) as connection:
        connection.execute("delete from monitoring.monitoring_answers where code = 'jewish'")
    assert worker.get("/api/v1/monitoring", **asked).json()["items"] == first
    running = {"params": {"period": "2999-Q1"}}
    assert worker.get("/api/v1/monitoring", **running).json()["items"] == []
    with psycopg.connect(server.url("outreach")) as connection:
        assert (
            connection.execute("select * from monitoring.report('leeds', '2999-Q1')").fetchall()
            == []
        )


def test_a_person_s_own_copy_is_written_down_and_withdrawal_and_erasure_reach_the_answers(
    server: Server, world: World, worker: TestClient
) -> None:
    person = register(worker, name="Ottoline Fernsby", phone="07700 900321")
    other = register(worker, name="Barnaby Quill", phone="07700 900322")
    before = len(answers(server))
    held = world.node.database.write(lambda s: monitoring.own_answers(s, UUID(person)))
    assert held == {"religion": ["muslim"], "age_band": ["25_34"]}
    with admin(server) as connection:
        read = connection.execute("select reader, subject from monitoring.own_readings").fetchall()
        assert [row[0] for row in read] == ["newvoices_outreach"]
    body = {"consents": consents(monitoring=False), "recorded_at": utc_now().isoformat()}
    answered = worker.post(f"/api/v1/participants/{other}/consents", json=body)
    assert answered.status_code < 300, answered.text
    assert len(answers(server)) == before - 2
    assert worker.delete(f"/api/v1/participants/{person}").status_code == 204
    assert len(answers(server)) == before - 4
    with admin(server) as connection:
        assert connection.execute("select count(*) from monitoring.own_readings").fetchone() == (0,)


def test_the_tables_are_as_the_models_say(server: Server, world: World) -> None:
    with admin(server) as connection:
        for model in (MonitoringAnswer, MonitoringPublished):
            table = model.__table__
            found = connection.execute(
                "select column_name, character_maximum_length from information_schema.columns"
                " where table_schema = %s and table_name = %s",
                [SCHEMA, table.name],
            ).fetchall()
            said = [(column.name, getattr(column.type, "length", None)) for column in table.columns]
            assert sorted(found) == sorted(said)


def test_without_an_administrator_it_works_and_says_that_it_is_not_apart(
    postgres: PostgresForTests,
) -> None:
    """Then the administrator comes, and it is."""
    with postgres.databases("outreach") as url, outreach_at(url) as world:
        worker = world.signed_in("worker@example.org", team="north")
        register(worker)
        assert world.node.database.read(can_be_read_by_us) is True
        with world.node.database.engine.connect() as connection:
            assert "monitoring_answers" in inspect(connection).get_table_names(schema=SCHEMA)
            login = connection.exec_driver_sql("select current_user").scalar_one()
        # The tests' own login may do everything, so what counts is what the script does.
        address = make_url(url.replace("{service}", "outreach")).set(drivername="postgresql")
        with psycopg.connect(
            address.render_as_string(hide_password=False), autocommit=True
        ) as connection:
            set_monitoring_apart(connection, everyday=login)
            owner = "select relowner::regrole::text from pg_class where oid = %s::regclass"
            assert connection.execute(owner, [ANSWERS]).fetchone() == ("newvoices_monitoring",)
