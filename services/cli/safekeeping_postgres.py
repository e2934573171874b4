"""The PostgreSQL half of backup and restore: pg_dump and pg_restore, at one moment of all three.

Before the snapshots are taken, nothing may write an event or take one in; that is a moment, not
the time of the copying. The role that does it comes from NEWVOICES_BACKUP_DATABASE_URL: it has to
read everything, monitoring answers too, and to make databases, so it is no service's role.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from services.cli.compose import NAMES
from services.cli.safekeeping_errors import SafekeepingError
from services.runtime.database import database_url
from services.runtime.settings import Settings

DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")
MONITORING_ROLE = "newvoices_monitoring"
ERASED = {
    "outreach": ("tombstones", "id"),
    "matching": ("erased_participants", "participant_id"),
    "notifications": ("erased_recipients", "participant_id"),
}


def databases(settings: Settings) -> dict[str, URL]:
    """Each service's database, reached as the role that makes backups.

    Raises SafekeepingError when that role is not set.
    """
    if settings.backup_database_url is None:
        raise SafekeepingError(
            "Set NEWVOICES_BACKUP_DATABASE_URL to PostgreSQL's administrator: the services' own "
            "roles can neither read monitoring answers nor make databases."
        )
    admin = make_url(settings.backup_database_url.get_secret_value())
    found = {}
    for name in NAMES:
        own = make_url(database_url(name, settings.database_url_of(name), settings.data_dir))
        found[name] = admin.set(drivername="postgresql", database=own.database)
    return found


def dump(urls: Mapping[str, URL], folder: Path) -> None:
    """One file a service, all of the same moment."""
    with _snapshots(urls) as snapshots:
        for name, url in urls.items():
            file = folder / file_name(name)
            file.touch(mode=0o600)
            _run(
                "pg_dump", url, "--format=custom", f"--snapshot={snapshots[name]}", f"--file={file}"
            )


def file_name(service: str) -> str:
    return f"{service}.dump"


@contextmanager
def _snapshots(urls: Mapping[str, URL]) -> Iterator[dict[str, str]]:
    """A snapshot's id by service. Held until the block ends; writing waits only until it begins."""
    with ExitStack() as held:
        snapshots = {}
        readers = {name: held.enter_context(_connected(url)) for name, url in urls.items()}
        with ExitStack() as waiting:
            for url in urls.values():
                lock = waiting.enter_context(_connected(url))
                lock.execute("LOCK TABLE outbox, inbox IN SHARE MODE")
            for name, reader in readers.items():
                reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                row = reader.execute("SELECT pg_export_snapshot()").fetchone()
                assert row is not None
                snapshots[name] = str(row[0])
        yield snapshots


def erased(urls: Mapping[str, URL]) -> Iterator[str]:
    """Ids of erased records in the databases there are; each service knows them."""
    for name, (table, column) in ERASED.items():
        query = sql.SQL("SELECT {} FROM {}").format(sql.Identifier(column), sql.Identifier(table))
        not_there = suppress(psycopg.OperationalError, psycopg.errors.UndefinedTable)
        with not_there, _connected(urls[name]) as connection:
            yield from (str(UUID(str(row[0]))) for row in connection.execute(query).fetchall())


def are_there(urls: Mapping[str, URL]) -> bool:
    """Whether any of the databases holds a table."""
    for url in urls.values():
        with suppress(psycopg.OperationalError), _connected(url) as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1"
            )
            if found.fetchone():
                return True
    return False


def put_back(urls: Mapping[str, URL], owners: Mapping[str, str], folder: Path) -> None:
    """Drop the databases, make them anew and fill them. `owners`: each service's own role."""
    server = next(iter(urls.values())).set(database="postgres")
    with psycopg.connect(_text(server), autocommit=True) as connection:
        roles = [*owners.values(), MONITORING_ROLE]
        known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
        _need_roles(owners.values(), known)
        if MONITORING_ROLE not in known:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(roles[-1])))
        for name, url in urls.items():
            assert url.database is not None
            names = {
                "database": sql.Identifier(url.database),
                "owner": sql.Identifier(owners[name]),
            }
            for statement in (
                "DROP DATABASE IF EXISTS {database} WITH (FORCE)",
                "CREATE DATABASE {database} OWNER {owner}",
                "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
            ):
                connection.execute(sql.SQL(statement).format(**names))
    for name, url in urls.items():
        _run(
            "pg_restore",
            url,
            "--exit-on-error",
            f"--dbname={url.database}",
            str(folder / file_name(name)),
        )


def owners(settings: Settings) -> dict[str, str]:
    """The role each service signs in with; it owns the service's database."""
    found = {}
    for name in NAMES:
        url = make_url(database_url(name, settings.database_url_of(name), settings.data_dir))
        found[name] = url.username or "postgres"
    return found


def _need_roles(wanted: Iterable[str], known: set[str]) -> None:
    missing = sorted(set(wanted) - known)
    if missing:
        raise SafekeepingError(
            f"PostgreSQL has no role {', '.join(missing)}. Set the server up first "
            "(infra/postgres/postgres.sh, or infra/compose/databases.sh), then restore."
        )


@contextmanager
def _connected(url: URL) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(_text(url), connect_timeout=10) as connection:
        yield connection


def _text(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _run(program: str, url: URL, *arguments: str) -> None:
    """The password goes by environment: other people on the machine can read command lines."""
    environment = {
        **os.environ,
        "PGHOST": url.host or "",
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.username or "",
        "PGPASSWORD": url.password or "",
        "PGDATABASE": url.database or "",
        **{f"PG{key.upper()}": str(value) for key, value in url.query.items()},
    }
    ran = subprocess.run(  # noqa: S603
        [_program(program), "--no-password", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        # Only the first line: what follows may quote rows.
        said = ran.stderr.strip().splitlines()[:1]
        raise SafekeepingError(f"{program} stopped: {' '.join(said)[:300]}")


def _program(name: str) -> str:
    found = [path for path in DEBIAN_PROGRAMS.glob(f"*/bin/{name}") if path.is_file()]
    if found:
        return str(max(found, key=lambda path: float(path.parent.parent.name)))
    there = shutil.which(name)
    if there is None:
        raise SafekeepingError(
            f"{name} is not installed. Debian: apt-get install postgresql-client"
        )
    return there
