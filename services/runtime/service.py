"""What a service is to the runtime: its name, tables, handlers, jobs and web application."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from sqlalchemy import MetaData
from sqlalchemy.orm import Session

from schemas.envelope import Payload
from services.runtime.access import ACCOUNT_HANDLERS
from services.runtime.housekeeping import keep_house

if TYPE_CHECKING:
    from services.runtime.node import Node

Handler = Callable[[Any, Session, datetime], None]
ReadAhead = Callable[[Session, Sequence[Payload]], AbstractContextManager[None]]


@dataclass(frozen=True)
class BackgroundJob:
    """Work that time or a commit makes due, such as sending what is queued.

    `run(node, now)` does one batch and returns whether more may be due at once.
    It is called at least every `every` seconds, and after each commit of the service too, unless
    only time makes it due. Between two calls it waits `gather` seconds: what is in no hurry costs
    less when more comes together.
    """

    name: str
    run: Callable[[Node, datetime], bool]
    every: float = 1.0
    after_commits: bool = True
    gather: float = 0.0


def _scrub(node: Node, now: datetime) -> bool:
    if now >= node.extras.setdefault("scrub_due", now + SCRUB_EVERY) and node.database.scrub():
        node.extras["scrub_due"] = now + SCRUB_EVERY
    return False


SCRUB_EVERY = timedelta(minutes=1)
SCRUB = BackgroundJob("scrub", _scrub, every=30.0, after_commits=False)
HOUSEKEEPING = BackgroundJob("housekeeping", keep_house, every=60.0, after_commits=False)


def _read_nothing(_session: Session, _payloads: Sequence[Payload]) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True)
class Service:
    """One of the services, complete.

    handlers: payload class to the function that takes effect on it.
    out_of_order: payload classes that must not wait behind a stuck event of the
        same key, because they only ever take something away (withdrawal, erasure).
    read_ahead: entered around a batch of events, so that what they need is read at once.
    batch: events taken into effect in one transaction. Fewer where each is much work, so that
        what waits for the writer meanwhile does not wait long.
    """

    name: str
    metadata: MetaData
    migrations: Path
    handlers: Mapping[type[Payload], Handler]
    make_app: Callable[[Node], FastAPI]
    jobs: tuple[BackgroundJob, ...] = ()
    out_of_order: frozenset[type[Payload]] = field(default_factory=frozenset)
    prepare: Callable[[Node], None] | None = None
    read_ahead: ReadAhead = _read_nothing
    batch: int = 100

    def __post_init__(self) -> None:
        # Every service must know who may no longer sign in, and which API tokens hold.
        object.__setattr__(self, "handlers", {**ACCOUNT_HANDLERS, **self.handlers})
        # What nobody needs is deleted, and what was deleted must soon be gone from the files too.
        object.__setattr__(self, "jobs", (*self.jobs, HOUSEKEEPING, SCRUB))

    @property
    def schemas(self) -> frozenset[str]:
        """Schemas of tables that stand apart on PostgreSQL."""
        return frozenset(table.schema for table in self.metadata.tables.values() if table.schema)

    @property
    def topics(self) -> frozenset[str]:
        return frozenset(payload.topic for payload in self.handlers)

    @property
    def readers(self) -> dict[str, type[Payload]]:
        return {payload.type_name(): payload for payload in self.handlers}
