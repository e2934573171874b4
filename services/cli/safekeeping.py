"""newvoices backup and restore, of SQLite files and of databases on PostgreSQL.

A backup is one moment of all three databases: writing waits while SQLite files are copied, and
for that moment only on PostgreSQL. The keys are left out on purpose; keep them apart. After a
restore whoever was erased since the backup is erased again, in every service, from the tombstones
of the databases that are replaced and from lists given. No message goes out until a person
releases them, since the backup does not know what was sent after it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from functools import partial
from operator import methodcaller
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select, update

from services.cli import safekeeping_postgres
from services.cli.compose import NAMES, make_nodes
from services.cli.delivering import deliver
from services.cli.safekeeping_errors import SafekeepingError
from services.notifications.holding import hold
from services.outreach.commands.erasure import erase_again
from services.outreach.models import Tombstone
from services.runtime.node import Node
from services.runtime.settings import Settings
from services.runtime.tables import cursors, outbox

__all__ = ["SafekeepingError", "back_up", "restore"]

MANIFEST, ERASED = "manifest.json", "erased.txt"


def back_up(settings: Settings, folder: Path, now: datetime) -> dict[str, str]:
    """Copy the databases into a new folder; their SHA-256 by file name."""
    if _is_postgres(settings):
        urls = safekeeping_postgres.databases(settings)
        _make(folder)
        safekeeping_postgres.dump(urls, folder)
        names = [safekeeping_postgres.file_name(name) for name in NAMES]
        erased = set(safekeeping_postgres.erased(urls))
    else:
        _copy_files(settings, folder)
        names = [f"{name}.db" for name in NAMES]
        erased = set(_erased(folder))
    sums = {name: _sum(folder / name) for name in names}
    _write(folder / ERASED, "".join(f"{one}\n" for one in sorted(erased)))
    _write(folder / MANIFEST, json.dumps({"at": now.isoformat(), "sha256": sums}, indent=1))
    return sums


def _copy_files(settings: Settings, folder: Path) -> None:
    files = _database_files(settings)
    missing = [path.name for path in files.values() if not path.exists()]
    if missing:
        raise SafekeepingError(f"There is nothing to back up: {', '.join(missing)} is not there.")
    _make(folder)
    with ExitStack() as held:
        for path in files.values():
            held.enter_context(_writing_waits(path))
        for name, path in files.items():
            _copy(path, folder / f"{name}.db")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, mode=0o700)
    except FileExistsError:
        raise SafekeepingError("This folder is there already. Name a new one.") from None


def restore(
    settings: Settings, folder: Path, replace: bool = False, lists: Sequence[Path] = ()
) -> int:
    """Put a backup in place; how many people and contacts were erased again.

    `lists`: files with ids of erased records, one a line, such as `erased.txt` of a newer backup.
    """
    erased = {
        line.strip() for listed in lists for line in listed.read_text().splitlines() if line.strip()
    }
    put_in_place = _restore_postgres if _is_postgres(settings) else _restore_files
    erased |= put_in_place(settings, folder, replace)
    backed_up_at = datetime.fromisoformat(json.loads((folder / MANIFEST).read_text())["at"])
    nodes = make_nodes(settings)
    try:
        notifications = next(node for node in nodes if node.name == "notifications")
        now = notifications.now()
        notifications.writer.write(partial(hold, since=backed_up_at, now=now))
        return _apply_again(nodes, erased)
    finally:
        for node in nodes:
            node.database.scrub()
            node.close()


def _restore_files(settings: Settings, folder: Path, replace: bool) -> set[str]:
    files = _database_files(settings)
    _check(folder, [f"{name}.db" for name in NAMES])
    there = [path for path in files.values() if path.exists()]
    _may_replace(bool(there), replace)
    erased = set(_erased(settings.data_dir)) if there else set()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    for name, path in files.items():
        _put_aside(path)
        shutil.copyfile(folder / f"{name}.db", path)
        path.chmod(0o600)
    return erased


def _restore_postgres(settings: Settings, folder: Path, replace: bool) -> set[str]:
    urls = safekeeping_postgres.databases(settings)
    _check(folder, [safekeeping_postgres.file_name(name) for name in NAMES])
    there = safekeeping_postgres.are_there(urls)
    _may_replace(there, replace)
    erased = set(safekeeping_postgres.erased(urls)) if there else set()
    safekeeping_postgres.put_back(urls, safekeeping_postgres.owners(settings), folder)
    return erased


def _may_replace(there: bool, replace: bool) -> None:
    if there and not replace:
        raise SafekeepingError("There are databases already. Say --replace to put them aside.")


def _is_postgres(settings: Settings) -> bool:
    there = [settings.database_url_of(name) is not None for name in NAMES]
    if any(there) and not all(there):
        raise SafekeepingError(
            "Some databases are on PostgreSQL and some are not. Set all or none."
        )
    return all(there)


def _apply_again(nodes: Sequence[Node], erased: Iterable[str]) -> int:
    _clamp_cursors(nodes)
    outreach = next(node for node in nodes if node.name == "outreach")
    known = outreach.database.read(lambda s: set(s.scalars(select(Tombstone.id))))
    late = [UUID(one) for one in erased if UUID(one) not in known]
    for one in late:
        outreach.writer.write(partial(erase_again, record_id=one, now=outreach.now()))
    deliver(nodes)
    return len(late)


def _clamp_cursors(nodes: Sequence[Node]) -> None:
    """No consumer may stand beyond what its source has, or the source's next events were lost."""
    newest = {
        node.name: node.database.read(lambda s: s.scalar(select(func.max(outbox.c.seq))) or 0)
        for node in nodes
    }
    for node in nodes:
        for source, seq in newest.items():
            beyond = (cursors.c.source == source) & (cursors.c.seq > seq)
            statement = update(cursors).where(beyond).values(seq=seq)
            node.writer.write(methodcaller("execute", statement))


def _database_files(settings: Settings) -> dict[str, Path]:
    return {name: settings.data_dir / f"{name}.db" for name in NAMES}


@contextmanager
def _writing_waits(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def _copy(path: Path, target: Path) -> None:
    target.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        fault = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if fault != "ok":
        raise SafekeepingError(f"{path.name} is damaged: {fault}")


def _check(folder: Path, names: Sequence[str]) -> None:
    try:
        sums = json.loads((folder / MANIFEST).read_text())["sha256"]
        if set(names) != set(sums):
            raise SafekeepingError("This backup is of another kind of database.")
        wrong = [name for name, told in sums.items() if _sum(folder / name) != told]
    except (OSError, ValueError, KeyError):
        raise SafekeepingError("This folder is not a whole backup of ours.") from None
    if wrong:
        raise SafekeepingError(f"{', '.join(wrong)} is not as it was written. Nothing was changed.")


def _erased(folder: Path) -> Iterator[str]:
    """Ids of erased records in the databases of a folder; each service knows them."""
    for name, table, column in (
        ("outreach", "tombstones", "id"),
        ("matching", "erased_participants", "participant_id"),
        ("notifications", "erased_recipients", "participant_id"),
    ):
        path = folder / f"{name}.db"
        if not path.exists():
            continue
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute(f"SELECT {column} FROM {table}")  # noqa: S608
            yield from (str(UUID(str(row[0]))) for row in rows)


def _put_aside(path: Path) -> None:
    """The replaced database goes for good: it may hold people who asked to be forgotten."""
    for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        one.unlink(missing_ok=True)


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
