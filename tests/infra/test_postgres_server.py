"""PostgreSQL started by infra/postgres, as its users need it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from infra.postgres import server as postgres_server
from infra.postgres.server import SERVICES, Server
from infra.processes import MissingProgram
from tests.support.servers import needed_programs

pytestmark = pytest.mark.postgres
TOP = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def running(folder: Path, *, tls: bool = False) -> Iterator[Server]:
    with needed_programs():
        server = Server.create(folder, tls=tls)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for those who only look."""
    folder = Path(tempfile.mkdtemp(prefix="newvoices-"))
    folder.chmod(0o755)
    with running(folder / "pg") as made:
        yield made
    shutil.rmtree(folder, ignore_errors=True)


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url, connect_timeout=5)


def test_each_role_connects_to_its_own_database_and_to_no_other(server: Server) -> None:
    for service in SERVICES:
        own = make_url(server.url(service))
        with connect(server.url(service)) as connection:
            connection.execute("create table kept (id int)")
        others = [f"newvoices_{other}" for other in SERVICES if other != service]
        for database in (*others, "postgres", "template1"):
            url = own.set(database=database).render_as_string(hide_password=False)
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                connect(url)


def test_a_wrong_password_is_refused(server: Server) -> None:
    url = make_url(server.url("outreach")).set(password="wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(url.render_as_string(hide_password=False))


def test_what_was_committed_is_still_there_after_a_kill(server: Server) -> None:
    with connect(server.url("outreach")) as connection:
        connection.execute("create table killed as select 7 as value")
    assert server.kill()
    assert server.pid is None
    again = Server.open(server.folder)
    again.start()
    with connect(again.url("outreach")) as connection:
        assert connection.execute("select value from killed").fetchone() == (7,)


def test_it_never_runs_as_root(server: Server) -> None:
    owner = Path(f"/proc/{server.pid}").stat().st_uid
    assert owner != 0
    assert pwd.getpwuid(owner).pw_name in {
        "postgres",
        "newvoices",
        pwd.getpwuid(os.geteuid())[0],
    }


def test_with_tls_a_verified_connection_is_needed(open_folder: Path) -> None:
    with running(open_folder / "pg", tls=True) as server:
        with connect(server.url("matching")) as connection:
            found = connection.execute(
                "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()"
            ).fetchone()
            assert found == (True, "TLSv1.3")
        url = make_url(server.url("matching"))
        plain = url.set(query={"sslmode": "disable"}).render_as_string(hide_password=False)
        with pytest.raises(psycopg.OperationalError, match="no encryption"):
            connect(plain)
        untrusted = url.set(query={"sslmode": "verify-full"}).render_as_string(hide_password=False)
        with pytest.raises(psycopg.OperationalError, match="certificate"):
            connect(untrusted)


def test_the_script_starts_tells_and_stops(open_folder: Path) -> None:
    with needed_programs():
        postgres_server.programs()

    def script(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [TOP / "infra/postgres/postgres.sh", command, "--folder", open_folder / "pg"],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )

    assert script("status").returncode == 3
    started = script("start")
    try:
        assert started.returncode == 0, started.stderr
        urls = started.stdout.split()
        assert [url.rpartition("/")[2] for url in urls] == [f"newvoices_{s}" for s in SERVICES]
        with connect(urls[0]) as connection:
            connection.execute("select 1")
        assert script("status").returncode == 0
    finally:
        assert script("stop").returncode == 0
    assert script("status").returncode == 3


def test_missing_programs_are_named_with_the_command_that_installs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres_server, "DEBIAN_PROGRAMS", tmp_path)
    with pytest.raises(MissingProgram, match="apt-get install postgresql"):
        postgres_server.programs()
