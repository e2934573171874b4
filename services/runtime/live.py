"""News for open pages: which records changed, as counters, sent as server-sent events.

One loop a process asks the database once a second about everything that is watched, however many
watch it, so that pages learn of changes that any other process made. Nothing personal is sent:
ids and counters only. Without `Accept: text/event-stream` the same counters are the answer, once.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session
from sse_starlette import EventSourceResponse

from services.runtime.errors import DomainError
from services.runtime.node import Node
from services.runtime.processor import describe

log = structlog.get_logger()

Counters = Mapping[str, int]
Read = Callable[[Session, Collection[str]], Mapping[str, Counters]]

MOST = 500
MOST_EACH = 8
EVERY_SECONDS = 1.0
LONGEST_SECONDS = 300.0
"""Then the browser connects anew, and whoever was signed out by then learns nothing more."""
EVENT_STREAM = "text/event-stream"


class TooManyWatching(DomainError):
    code = "too-many-watching"
    status = 503
    title = "Too many pages are open"


@dataclass(eq=False)
class _Watcher:
    key: str
    account_id: UUID
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Live:
    """The watched records of one service in this process.

    ``read`` answers for the keys that are watched: counters by key, none for what is not there.
    """

    def __init__(self, node: Node, read: Read) -> None:
        self._node, self._read = node, read
        self._watchers: set[_Watcher] = set()
        self._known: dict[str, Counters] = {}
        self._loop: asyncio.Task[None] | None = None

    async def answer(self, request: Request, key: str, account_id: UUID) -> Response:
        """A stream of news about `key`, or its counters now. The caller has checked who asks.

        Raises TooManyWatching at the limits of this process or of one account.
        """
        headers = {"Cache-Control": "no-store"}
        if EVENT_STREAM not in request.headers.get("accept", ""):
            found = await self._ask({key})
            return JSONResponse(dict(found.get(key, {})), headers=headers)
        each = Counter(watcher.account_id for watcher in self._watchers)
        if len(self._watchers) >= MOST or each[account_id] >= MOST_EACH:
            raise TooManyWatching("Close some pages of New Voices, then load this one again.")
        return EventSourceResponse(self._news(key, account_id), headers=headers)

    async def _news(self, key: str, account_id: UUID) -> AsyncIterator[dict[str, str]]:
        watcher = _Watcher(key, account_id)
        self._watchers.add(watcher)
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._look())
        told: Counters | None = None
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                while True:
                    watcher.changed.clear()
                    counters = self._known.get(key)
                    if counters is not None and counters != told:
                        told = counters
                        yield {"event": "news", "data": json.dumps(counters)}
                    await watcher.changed.wait()
        except TimeoutError:
            return
        finally:
            self._watchers.discard(watcher)

    async def _look(self) -> None:
        """Ask about everything watched until nobody watches."""
        while self._watchers:
            try:
                found = await self._ask({watcher.key for watcher in self._watchers})
            except Exception as error:
                log.error("live updates failed, going on", reason=describe(error))
            else:
                for watcher in self._watchers:
                    if found.get(watcher.key) != self._known.get(watcher.key):
                        watcher.changed.set()
                self._known = dict(found)
            await asyncio.sleep(EVERY_SECONDS)
        self._known = {}

    async def _ask(self, keys: Collection[str]) -> Mapping[str, Counters]:
        return await run_in_threadpool(
            self._node.database.read, lambda session: self._read(session, keys)
        )


def live_of(node: Node, read: Read) -> Live:
    """The one of this node and process."""
    made: Live = node.extras.setdefault("live", Live(node, read))
    return made
