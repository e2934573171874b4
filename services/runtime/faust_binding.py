"""Faust brings a service its events: groups, rebalance and assignment, and nothing else.

The one agent of the one app only hands raw events on; they are written to the inbox table in
batches and acknowledged in order once that is committed. It holds a reference of its own on each
message until then, because Faust acknowledges whatever its loop was cancelled with. Nothing but
cancellation leaves the loop: while the database is down, consumption stands still.
See docs/decisions/0010-faust-on-apache-kafka-4.md.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import faust
import structlog
from faust.types.auth import SASLMechanism
from sqlalchemy.exc import DataError

from services.runtime import inbox
from services.runtime.failpoints import failpoint
from services.runtime.kafka_access import KafkaAccess
from services.runtime.node import Node
from services.runtime.processor import describe
from services.runtime.signal import Signal

log = structlog.get_logger()

BATCH = 500
WAITING = 2000
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
# A database outage may last: Kafka must not take the partitions away meanwhile.
LONGEST_STANDSTILL = timedelta(days=7)


class FaustConsumer:
    """The Faust app of one node, in a thread with an event loop of its own."""

    def __init__(self, node: Node, bootstrap: str, access: KafkaAccess) -> None:
        self.node = node
        self.partitions: frozenset[tuple[str, int]] = frozenset()
        self.received = Signal()
        self._bootstrap = bootstrap
        self._access = access
        self._readers = node.service.readers
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run()), name=f"faust-{node.name}", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=60)

    async def _run(self) -> None:
        """Run the app; make a new one whenever it could not start or has crashed."""
        with tempfile.TemporaryDirectory(prefix="newvoices-faust-") as folder:
            while not self._stopping.is_set():
                try:
                    await self._run_app(folder)
                except Exception as error:
                    log.warning("consumer goes on", service=self.node.name, reason=describe(error))
                await self._until_stopping(1.0)

    async def _run_app(self, folder: str) -> None:
        app = self._make_app(folder)
        waiting: asyncio.Queue[Any] = asyncio.Queue(WAITING)
        self._add_agent(app, waiting)
        app.finalize()
        app.loop = asyncio.get_running_loop()
        pump = asyncio.create_task(self._pump(app, waiting))
        try:
            await app.start()
            while not (self._stopping.is_set() or app.should_stop or pump.done()):
                await self._until_stopping(0.2)
        finally:
            self.partitions = frozenset()
            await app.stop()
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)

    def _make_app(self, folder: str) -> Any:
        return faust.App(
            f"{self._access.name_prefix}newvoices-{self.node.name}",
            broker=[f"kafka://{address.strip()}" for address in self._bootstrap.split(",")],
            broker_credentials=credentials(self._access),
            autodiscover=False,
            datadir=folder,
            store="memory://",
            # It would listen on every address of the machine.
            web_enabled=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
            stream_wait_empty=False,
            broker_session_timeout=10.0,
            broker_heartbeat_interval=2.0,
            broker_rebalance_timeout=30.0,
            broker_max_poll_interval=LONGEST_STANDSTILL.total_seconds(),
            broker_commit_interval=1.0,
            consumer_auto_offset_reset="earliest",
        )

    def _add_agent(self, app: Any, waiting: asyncio.Queue[Any]) -> None:
        names = sorted(self._access.name_prefix + topic for topic in self.node.service.topics)
        channel = app.topic(*names, value_type=bytes, value_serializer="raw", key_serializer="raw")

        async def take_in(stream: Any) -> None:
            async for event in stream.events():
                event.message.incref()
                await waiting.put(event.message)

        async def assigned(_sender: Any, assigned: Any, **_: Any) -> None:
            self.partitions = frozenset((tp.topic, tp.partition) for tp in assigned)

        app.agent(channel, name=f"take-in-{self.node.name}", concurrency=1)(take_in)
        app.on_partitions_assigned.connect(assigned, weak=False)

    async def _pump(self, app: Any, waiting: asyncio.Queue[Any]) -> None:
        """Write what waits to the inbox, batch after batch, and acknowledge it in order."""
        while True:
            messages = [await waiting.get()]
            while len(messages) < BATCH and not waiting.empty():
                messages.append(waiting.get_nowait())
            await self._write_down([self._raw(message) for message in messages])
            failpoint("consume.after-commit")
            for message in messages:
                message.ack(app.consumer)

    async def _write_down(self, raws: Sequence[inbox.Raw]) -> None:
        """Return once the events are committed, however long that takes."""
        pause = FIRST_PAUSE_SECONDS
        rows = inbox.rows_of(raws, self._readers, self.node.name, self.node.now())
        while rows:
            try:
                await self.node.writer.run(partial(inbox.write_down, rows=rows))
            except DataError as error:
                # The database will never take one of them; find it and keep it as a dead letter.
                if len(raws) > 1:
                    for raw in raws:
                        await self._write_down([raw])
                    return
                raws = [refused(raws[0], describe(error))]
                rows = inbox.rows_of(raws, self._readers, self.node.name, self.node.now())
            except Exception as error:
                log.warning("inbox waits", service=self.node.name, reason=describe(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                self.received.notify()
                return

    def _raw(self, message: Any) -> inbox.Raw:
        topic = message.topic.removeprefix(self._access.name_prefix)
        key = (message.key or b"").decode("utf-8", "replace")
        return inbox.Raw(topic, key, message.value, f"{message.partition}:{message.offset}")

    async def _until_stopping(self, seconds: float) -> None:
        """Sleep, at most a tenth of a second longer than until told to stop."""
        waited = 0.0
        while waited < seconds and not self._stopping.is_set():
            await asyncio.sleep(0.1)
            waited += 0.1


def refused(raw: inbox.Raw, reason: str) -> inbox.Raw:
    """Stands for an event that the database cannot hold: where it is in the log, and why."""
    return inbox.Raw(raw.topic, "", f"not storable ({reason}), see {raw.position}", raw.position)


def credentials(access: KafkaAccess) -> Any:
    """Faust's credentials for the settings; None for a plain connection."""
    if access.uses_sasl:
        return faust.SASLCredentials(
            username=access.username,
            password=access.secret(),
            ssl_context=access.tls_context(),
            mechanism=SASLMechanism(access.sasl_mechanism),
        )
    return faust.SSLCredentials(context=access.tls_context()) if access.uses_tls else None
