"""A file that what a provider posts is in safely before the database has it.

SQLite has one writer, and while messages go out a webhook would wait for its turn at it. So in the
process that also takes replies and reports into effect they are appended to a file, synced to the
disk and answered; the next transaction of their effect takes them into their table. A process
that dies between the two finds them in the file when it starts again.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Table

Values = dict[str, Any]

log = structlog.get_logger()

QUIET_SECONDS = 1.0
FULL_BYTES = 4_000_000


class InUse(Exception):
    """Another process has this box: what lies in it is that process's to take."""


class Letterbox:
    """Rows of one table in the order they came. Safe for several threads."""

    def __init__(self, path: Path, table: Table, wake: Callable[[], None]) -> None:
        """`wake` is called when rows have come. Raises InUse."""
        self._table = table
        self._wake = wake
        self._file = _opened(path)
        self._lock = threading.Lock()
        self._coming: list[tuple[Values, Future[None]]] = []
        self._kept = _read(self._file, table)
        self._newest = time.monotonic()
        # One thread, so that a sync serves all that came during the one before.
        self._hand = ThreadPoolExecutor(1, thread_name_prefix=f"letterbox-{table.name}")

    def put(self, row: Values) -> Future[None]:
        """Done once the row is on the disk; OSError when it cannot be."""
        kept: Future[None] = Future()
        with self._lock:
            is_first = not self._coming
            self._coming.append((row, kept))
        if is_first:
            self._hand.submit(self._sync)
        return kept

    def waiting(self, most: int | None = None) -> list[Values]:
        """The oldest rows that are not yet in the database; all without a limit."""
        with self._lock:
            return self._kept[:most]

    def taken(self, count: int) -> None:
        """So many of the oldest are committed to the database."""
        with self._lock:
            del self._kept[:count]

    def is_full(self) -> bool:
        """Whether it is so large that it should be emptied even while more keeps coming."""
        return self._size() > FULL_BYTES

    def is_done(self) -> bool:
        """Whether nothing in it is needed, and nobody has posted for a second."""
        quiet = time.monotonic() - self._newest > QUIET_SECONDS
        return quiet and self._size() > 0 and not self.waiting(1)

    def empty(self, save: Callable[[list[Values]], None]) -> None:
        """Let `save` commit what is left, then empty it. Who posts meanwhile waits."""
        self._hand.submit(self._empty, save).result()

    def close(self) -> None:
        self._hand.shutdown(wait=True)
        os.close(self._file)

    def _size(self) -> int:
        return os.fstat(self._file).st_size

    def _sync(self) -> None:
        with self._lock:
            coming, self._coming = self._coming, []
        if not coming:
            return
        before = self._size()
        try:
            _append(self._file, before, b"".join(_line(row) for row, _ in coming))
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, before)
            for _, kept in coming:
                kept.set_exception(error)
            return
        with self._lock:
            is_first = not self._kept
            self._kept += [row for row, _ in coming]
            self._newest = time.monotonic()
        for _, kept in coming:
            kept.set_result(None)
        if is_first:
            # Whoever takes them looks again after each time, so once is enough.
            self._wake()

    def _empty(self, save: Callable[[list[Values]], None]) -> None:
        with self._lock:
            left = list(self._kept)
        if left:
            save(left)
            self.taken(len(left))
        # Overwritten first, as the database does with what is deleted.
        os.pwrite(self._file, bytes(self._size()), 0)
        os.fdatasync(self._file)
        os.ftruncate(self._file, 0)
        os.fsync(self._file)


def _opened(path: Path) -> int:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise InUse(path.name) from None
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    return file


def _append(file: int, at: int, lines: bytes) -> None:
    while lines:
        written = os.pwrite(file, lines, at)
        lines, at = lines[written:], at + written
    os.fdatasync(file)


def _line(row: Values) -> bytes:
    return json.dumps(row, default=_as_text, separators=(",", ":")).encode() + b"\n"


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _read(file: int, table: Table) -> list[Values]:
    """What a process that died has left. A last line without its end was never answered."""
    content = os.pread(file, os.fstat(file).st_size, 0)
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.ftruncate(file, len(whole))
    rows = []
    for line in whole.splitlines():
        try:
            raw = json.loads(line)
            rows.append({name: _typed(table, name, value) for name, value in raw.items()})
        except (ValueError, KeyError, TypeError, AttributeError):
            log.error("a line of the letter box cannot be read", table=table.name)
    return rows


def _typed(table: Table, name: str, value: Any) -> Any:
    kind = table.c[name].type.python_type
    if value is None or kind not in (UUID, datetime):
        return value
    return UUID(value) if kind is UUID else datetime.fromisoformat(value)
