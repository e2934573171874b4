"""Data in which a link worker and a coordinator have worked: made once, copied for each test."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from services.runtime.security.principal import Role
from tests.support.whole import Record, Who, Whole, populate, whole


@dataclass(frozen=True)
class _Made:
    folder: Path
    records: tuple[Record, ...]
    worker: Who
    session: str


@contextmanager
def lived_in(folder: Path) -> Iterator[tuple[Whole, Who]]:
    """The services on a copy in ``folder`` (not there yet), and the worker, signed in."""
    made = _make()
    shutil.copytree(made.folder, folder)
    with whole(folder) as world:
        world.records.extend(made.records)
        client = world.browser()
        client.cookies[world.gate.cookies.session_name] = made.session
        yield world, replace(made.worker, client=client)


@cache
def _make() -> _Made:
    kept = Path(tempfile.mkdtemp(prefix="newvoices-lived-"))
    atexit.register(shutil.rmtree, kept, ignore_errors=True)
    folder = kept / "data"
    with whole(folder) as world:
        worker = world.sign_in(Role.LINK_WORKER)
        populate(world, worker, world.sign_in(Role.COORDINATOR), 1)
        session = worker.client.cookies[world.gate.cookies.session_name]
        return _Made(folder, tuple(world.records), worker, session)
