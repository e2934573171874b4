"""PostgreSQL on this machine for development and tests, without containers.

A server lives in one folder: ``server.json`` (port, passwords; readable by its owner only), the
data, a log and a pid file. PostgreSQL refuses to run as root, so root starts it as another user.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from infra.certificates import write_certificates, write_secret
from infra.processes import (
    MissingProgram,
    StartFailed,
    free_ports,
    last_lines,
    running_pid,
    spawn,
    stop,
)

TOP = Path(__file__).resolve().parents[2]
MONITORING = (
    TOP / "services" / "outreach" / "migrations" / "monitoring.sql",
    TOP / "infra" / "postgres" / "monitoring-roles.sql",
)
SERVICES = ("outreach", "matching", "notifications")
ADMINISTRATOR = "newvoices_admin"
PACKAGE = "postgresql"
DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server on disk; make one with ``create`` or ``open``."""

    folder: Path
    port: int
    tls: bool
    passwords: dict[str, str] = field(repr=False)

    @classmethod
    def create(cls, folder: Path, *, tls: bool = False) -> Server:
        """``initdb`` in ``folder``, which must be absent or empty; starts nothing.

        With ``tls`` the server takes encrypted connections only.
        """
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        _check_reachable(folder)
        roles = (ADMINISTRATOR, *(role_of(service) for service in SERVICES))
        server = cls(
            folder=folder,
            port=free_ports(1)[0],
            tls=tls,
            passwords={role: secrets.token_urlsafe(24) for role in roles},
        )
        server._initialise()
        content = {**asdict(server), "folder": str(folder)}
        write_secret(folder / "server.json", json.dumps(content, indent=1).encode())
        return server

    @classmethod
    def open(cls, folder: Path) -> Server:
        """The server made in ``folder`` before; FileNotFoundError when there is none."""
        content = json.loads((folder / "server.json").read_text())
        return cls(**{**content, "folder": folder.resolve()})

    @property
    def pid(self) -> int | None:
        """Process id of the server, None when it is not running."""
        return running_pid(self.folder / "pid")

    @property
    def authority_file(self) -> Path:
        """The certificate a client verifies the server with, when ``tls``."""
        return self.folder / "tls" / "ca.pem"

    @property
    def admin_url(self) -> str:
        """URL of the database ``postgres`` for the role that owns the server."""
        return self._url("postgres", ADMINISTRATOR)

    def url(self, service: str) -> str:
        """URL of a service's own database, for that service's own role."""
        return self._url(role_of(service), role_of(service))

    def start(self, *, patience: float = 60) -> None:
        """Start the server, wait until it answers a query, make the services' databases.

        After a kill PostgreSQL may refuse starts until its orphaned processes have gone, so a
        server that ends is started again until ``patience`` seconds are over; then StartFailed.
        """
        deadline = time.monotonic() + patience
        while not self._answers():
            if self.pid is None:
                self._spawn()
            if time.monotonic() > deadline:
                log = self.folder / "postgres.log"
                raise StartFailed(
                    f"PostgreSQL did not answer within {patience:.0f} s."
                    f" End of {log}:\n{last_lines(log)}"
                )
            time.sleep(0.1)
        self._create_databases()

    def stop(self) -> bool:
        """Shut down at once, rolling back what is open; False when it was not running."""
        return stop(self.folder / "pid", sign=signal.SIGINT)

    def kill(self) -> bool:
        """kill -9 the server; False when it was not running."""
        return stop(self.folder / "pid", sign=signal.SIGKILL)

    def _url(self, database: str, role: str) -> str:
        query = {"sslmode": "verify-full", "sslrootcert": str(self.authority_file)}
        tail = f"?{urlencode(query)}" if self.tls else ""
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}{tail}"

    def _spawn(self) -> None:
        spawn(
            [str(programs() / "postgres"), "-D", str(self.folder / "data")],
            log=self.folder / "postgres.log",
            pid_file=self.folder / "pid",
            user=_server_user(),
        )

    def _answers(self) -> bool:
        import psycopg

        try:
            with psycopg.connect(self.admin_url, connect_timeout=2) as connection:
                return connection.execute("select 1").fetchone() == (1,)
        except psycopg.Error:
            return False

    def _initialise(self) -> None:
        user = _server_user()
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        with self._password_file(user) as password_file:
            _give(data, user)
            _run(
                [
                    str(programs() / "initdb"),
                    f"--pgdata={data}",
                    f"--username={ADMINISTRATOR}",
                    f"--pwfile={password_file}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--no-sync",
                ],
                user,
            )
        settings = {
            "listen_addresses": "'127.0.0.1'",
            "port": str(self.port),
            "unix_socket_directories": "''",
            "max_connections": "100",
            "log_min_messages": "warning",
        }
        access = "host"
        if self.tls:
            access = "hostssl"
            write_certificates(self.folder / "tls")
            _give(self.folder / "tls" / "server.key", user)
            settings |= {
                "ssl": "on",
                "ssl_cert_file": f"'{self.folder}/tls/server.crt'",
                "ssl_key_file": f"'{self.folder}/tls/server.key'",
            }
        with (data / "postgresql.conf").open("a") as out:
            out.writelines(f"{key} = {value}\n" for key, value in settings.items())
        (data / "pg_hba.conf").write_text(f"{access} all all 127.0.0.1/32 scram-sha-256\n")

    @contextlib.contextmanager
    def _password_file(self, user: str | None) -> Iterator[Path]:
        path = self.folder / "password"
        write_secret(path, self.passwords[ADMINISTRATOR].encode())
        _give(path, user)
        try:
            yield path
        finally:
            path.unlink()

    def _create_databases(self) -> None:
        import psycopg

        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            for database in ("postgres", "template1"):
                connection.execute(f"revoke connect on database {database} from public")
            for service in SERVICES:
                role = role_of(service)
                create_database(connection, role, role, self.passwords[role])
        outreach = self._url(role_of("outreach"), ADMINISTRATOR)
        with psycopg.connect(outreach, autocommit=True) as connection:
            set_monitoring_apart(connection)


def role_of(service: str) -> str:
    """Name of a service's role, and of its database."""
    return f"newvoices_{service}"


def create_database(connection: Any, database: str, role: str, password: str) -> None:
    """Make ``role`` and its ``database`` unless they exist; no other role can connect to it.

    ``connection`` is a psycopg connection in autocommit mode of a role that may create both.
    """
    from psycopg import sql

    names = {"database": sql.Identifier(database), "role": sql.Identifier(role)}
    if not connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
        statement = sql.SQL("create role {role} login password {password}")
        connection.execute(statement.format(**names, password=sql.Literal(password)))
    found = connection.execute("select 1 from pg_database where datname = %s", [database])
    if not found.fetchone():
        connection.execute(sql.SQL("create database {database} owner {role}").format(**names))
        connection.execute(sql.SQL("revoke all on database {database} from public").format(**names))


def set_monitoring_apart(connection: Any, everyday: str = "newvoices_outreach") -> None:
    """Give equality monitoring to a role of its own; ``everyday`` is outreach's own role.

    ``connection`` is a superuser's, to outreach's database. May be run again at any time.
    """
    connection.execute("select set_config('newvoices.everyday', %s, false)", [everyday])
    for script in MONITORING:
        connection.execute(script.read_text())


def programs() -> Path:
    """Folder of PostgreSQL's programs; MissingProgram naming the package when there is none."""
    found = [path.parent for path in DEBIAN_PROGRAMS.glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    initdb = shutil.which("initdb")
    if initdb is None or shutil.which("postgres") is None:
        raise MissingProgram(f"PostgreSQL is not installed. Debian: apt-get install {PACKAGE}")
    return Path(initdb).resolve().parent


def _server_user() -> str | None:
    """The user to run as: None for oneself, another when root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "newvoices"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    subprocess.run(["useradd", "--system", "--no-create-home", "newvoices"], check=True)  # noqa: S607
    return "newvoices"


def _give(path: Path, user: str | None) -> None:
    if user is not None:
        shutil.chown(path, user, user)


def _check_reachable(folder: Path) -> None:
    user = _server_user()
    test = ["test", "-x", str(folder)]
    ran = subprocess.run(test, user=user, group=user, check=False)  # noqa: S603
    if ran.returncode != 0:
        raise StartFailed(
            f"PostgreSQL runs as user {user}, which may not enter {folder}."
            " Choose a folder under one that everybody may enter, such as /var/tmp."
        )


def _run(command: list[str], user: str | None) -> None:
    ran = subprocess.run(  # noqa: S603
        command,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    if ran.returncode != 0:
        raise StartFailed(f"{Path(command[0]).name} failed:\n{ran.stderr[-1500:]}")
