"""Apache Kafka and PostgreSQL for tests: started once a test session, shared by its processes.

``NEWVOICES_KAFKA`` and ``NEWVOICES_DATABASE_URL`` point to running ones instead (the latter with
a role that may create databases). Where neither an address nor the programs are there, the tests
are skipped with the reason; with ``CI=true`` they fail.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
from kafka import KafkaAdminClient
from psycopg import sql
from sqlalchemy.engine import make_url

from infra.kafka.cluster import JAVA_OPTIONS, Cluster
from infra.postgres.server import Server
from infra.processes import MissingProgram, StartFailed

# The folder that the test processes of one session share; the first process names it.
SHARED = "NEWVOICES_TEST_SERVERS"


@dataclass(frozen=True)
class KafkaForTests:
    """A running Kafka. ``bootstrap`` is a comma separated list of addresses."""

    bootstrap: str
    where: str

    @property
    def settings(self) -> dict[str, Any]:
        """Keyword arguments for any kafka-python client."""
        return {"bootstrap_servers": self.bootstrap.split(",")}

    def new_prefix(self) -> str:
        """A prefix for topics and groups that no other test has."""
        return f"t{uuid.uuid4().hex[:8]}."

    def new_topic(self, name: str = "topic", partitions: int = 4) -> str:
        """Create a topic of a name never used before; its full name."""
        topic = f"{name}-{uuid.uuid4().hex[:10]}"
        with contextlib.closing(KafkaAdminClient(**self.settings)) as admin:
            admin.create_topics({topic: {"num_partitions": partitions}}, wait_for_metadata=True)
        return topic


@dataclass(frozen=True)
class PostgresForTests:
    """A running PostgreSQL. ``admin_url`` is for a role that may create databases."""

    admin_url: str = field(repr=False)
    where: str

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """URL (driver psycopg) of a new, empty database, dropped at the end."""
        with self._database(f"test_{uuid.uuid4().hex[:16]}") as url:
            yield url

    @contextlib.contextmanager
    def databases(self, *services: str) -> Iterator[str]:
        """URL with ``{service}`` in it of one new, empty database a service, dropped at the end."""
        with contextlib.ExitStack() as stack:
            name = f"test_{uuid.uuid4().hex[:16]}"
            for service in services:
                stack.enter_context(self._database(f"{name}_{service}"))
            yield self._url(f"{name}_SERVICE").replace("SERVICE", "{service}")

    @contextlib.contextmanager
    def _database(self, name: str) -> Iterator[str]:
        self._execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            yield self._url(name)
        finally:
            drop = sql.SQL("drop database if exists {} with (force)")
            self._execute(drop.format(sql.Identifier(name)))

    def _url(self, name: str) -> str:
        url = make_url(self.admin_url).set(drivername="postgresql+psycopg", database=name)
        return url.render_as_string(hide_password=False)

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def kafka() -> KafkaForTests:
    """Apache Kafka, one broker without encryption."""
    given = os.environ.get("NEWVOICES_KAFKA")
    if given:
        return KafkaForTests(given, "Apache Kafka at NEWVOICES_KAFKA")
    cluster = _started_once("kafka", _start_kafka)
    return KafkaForTests(cluster.bootstrap, "Apache Kafka started for the tests")


@pytest.fixture(scope="session")
def postgres() -> PostgresForTests:
    """PostgreSQL, without encryption."""
    given = os.environ.get("NEWVOICES_DATABASE_URL")
    if given:
        url = make_url(given).set(drivername="postgresql", database="postgres")
        address = url.render_as_string(hide_password=False)
        return PostgresForTests(address, "PostgreSQL at NEWVOICES_DATABASE_URL")
    server = _started_once("postgres", _start_postgres)
    return PostgresForTests(server.admin_url, "PostgreSQL started for the tests")


@pytest.fixture
def postgres_url(postgres: PostgresForTests) -> Iterator[str]:
    """SQLAlchemy URL of a new, empty PostgreSQL database for one test."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder that every user may enter, as PostgreSQL started by root needs."""
    folder = Path(tempfile.mkdtemp(prefix="newvoices-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def unavailable(reason: str) -> NoReturn:
    """Skip the test for want of a component, or fail it with ``CI=true``."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"with CI=true every component must be there: {reason}", pytrace=False)
    pytest.skip(reason)


@contextlib.contextmanager
def needed_programs() -> Iterator[None]:
    """Skip (with CI=true: fail) the test when a program turns out not to be installed."""
    try:
        yield
    except MissingProgram as missing:
        unavailable(str(missing))


def _started_once(name: str, start: Callable[[Path], Any]) -> Any:
    """The server ``name``, started by whichever test process comes first."""
    shared = Path(os.environ[SHARED])
    with (shared / f"{name}.lock").open("w") as lock, needed_programs():
        fcntl.flock(lock, fcntl.LOCK_EX)
        broken = shared / f"{name}.failed"
        if broken.exists():
            pytest.fail(broken.read_text(), pytrace=False)
        try:
            return start(shared / name)
        except StartFailed as failure:
            broken.write_text(str(failure))
            raise


def _start_kafka(folder: Path) -> Cluster:
    made = (folder / "cluster.json").exists()
    cluster = Cluster.open(folder) if made else Cluster.create(folder)
    cluster.start()
    return cluster


def _start_postgres(folder: Path) -> Server:
    made = (folder / "server.json").exists()
    server = Server.open(folder) if made else Server.create(folder)
    server.start()
    return server


def pytest_configure(config: pytest.Config) -> None:
    # A broker that lives for seconds never earns back what its optimising compiler costs.
    os.environ.setdefault(JAVA_OPTIONS, "-XX:TieredStopAtLevel=1 -XX:-UsePerfData")
    if SHARED not in os.environ:
        shared = Path(tempfile.mkdtemp(prefix="newvoices-tests-"))
        shared.chmod(0o755)
        os.environ[SHARED] = str(shared)
        config.stash[_owned] = shared


def pytest_unconfigure(config: pytest.Config) -> None:
    shared = config.stash.get(_owned, None)
    if shared is None:
        return
    del os.environ[SHARED]
    if (shared / "kafka" / "cluster.json").exists():
        Cluster.open(shared / "kafka").stop()
    if (shared / "postgres" / "server.json").exists():
        Server.open(shared / "postgres").stop()
    shutil.rmtree(shared, ignore_errors=True)


_owned: pytest.StashKey[Path] = pytest.StashKey()
