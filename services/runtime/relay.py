"""Carries committed events from a service's outbox to Kafka.

One relay a service is active, whichever holds the advisory lock; the others stand by. It is woken
by NOTIFY, with a slow poll as a net. A wave holds one event a key at most, and its rows are
marked sent once Kafka has acknowledged every one: so the next event of a key leaves only after
the one before it is safe, whatever the client does about a failure. A crash in between sends
events again; the receivers' inboxes know them.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import structlog
from kafka import KafkaProducer
from kafka.partitioner import Partitioner

from services.runtime.failpoints import failpoint
from services.runtime.kafka_access import KafkaAccess
from services.runtime.node import Node
from services.runtime.processor import describe
from services.runtime.tables import OUTBOX_CHANNEL
from services.runtime.topics import COMPACTED, MAX_MESSAGE_BYTES
from services.runtime.turn import Connection, turn

log = structlog.get_logger()

PAGE = 5000
WAVE = 2500
POLL_SECONDS = 2.0
LOOK_UP_SECONDS = 0.2
PAUSE_AFTER_ERROR_SECONDS = 0.5

UNSENT = """
    SELECT seq, topic, key, type, payload FROM outbox
    WHERE sent_at IS NULL AND seq > %s ORDER BY seq LIMIT %s
"""
# An erasure may have emptied a row while it was on its way; then it is due again, empty.
MARK = """
    UPDATE outbox SET sent_at = now()
    FROM unnest(%s::bigint[], %s::bool[]) AS sent (seq, erased)
    WHERE outbox.seq = sent.seq AND (outbox.payload IS NULL) = sent.erased
"""
TRACEPARENT = '"traceparent":"'
TRACEPARENT_LENGTH = 55


class Unsent(NamedTuple):
    """A row of the outbox that Kafka has not acknowledged yet; no payload: it was erased."""

    seq: int
    topic: str
    key: str
    type: str
    payload: str | None


class Relay:
    """The relay of one node, in a thread of its own."""

    def __init__(self, node: Node, bootstrap: str, access: KafkaAccess) -> None:
        if node.database.is_sqlite:
            raise ValueError(
                "Kafka goes with PostgreSQL: set NEWVOICES_DATABASE_URL, or unset NEWVOICES_KAFKA"
            )
        self.node = node
        self._prefix = access.name_prefix
        self._bootstrap, self._access = bootstrap, access
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"relay-{node.name}", daemon=True)
        self.active = False

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with turn(self.node, "relay", self._stopping) as connection:
                    if connection is not None:
                        self._relay(connection)
            except Exception as error:
                log.warning("relay goes on", service=self.node.name, reason=describe(error))
                self._stopping.wait(PAUSE_AFTER_ERROR_SECONDS)
            finally:
                self.active = False

    def _relay(self, connection: Connection) -> None:
        """Relay until stopped, or until the database or Kafka fails."""
        connection.execute(f"LISTEN {OUTBOX_CHANNEL}")
        producer = KafkaProducer(
            **self._access.client_options(self._bootstrap),
            acks="all",
            enable_idempotence=True,
            # flush() sends at once what lingers, so this only lets a wave fill its batches.
            linger_ms=50,
            batch_size=256 * 1024,
            max_request_size=MAX_MESSAGE_BYTES,
            max_block_ms=5_000,
            partitioner=ByChecksum(),
        )
        self.active = True
        try:
            while not self._stopping.is_set():
                if not self._drain(connection, producer):
                    self._wait(connection)
        finally:
            producer.close(timeout=0 if self._stopping.is_set() else 1)

    def _wait(self, connection: Connection) -> None:
        """Until a commit wakes us, the slow poll is due, or we are told to stop."""
        deadline = time.monotonic() + POLL_SECONDS
        while time.monotonic() < deadline and not self._stopping.is_set():
            if any(connection.notifies(timeout=LOOK_UP_SECONDS, stop_after=1)):
                return

    def _drain(self, connection: Connection, producer: KafkaProducer) -> bool:
        """Send what is unsent, page by page; false when there was nothing."""
        after, moved = 0, False
        with ThreadPoolExecutor(1) as marker:
            while not self._stopping.is_set():
                page = [Unsent(*row) for row in connection.execute(UNSENT, (after, PAGE))]
                if not page:
                    break
                self._send_page(connection, producer, page, marker)
                moved, after = True, page[-1].seq
        return moved

    def _send_page(
        self,
        connection: Connection,
        producer: KafkaProducer,
        page: Sequence[Unsent],
        marker: Executor,
    ) -> None:
        """Wave after wave. The rows of one are marked while the next is on its way."""
        marking: Future[None] | None = None
        for wave in waves(page):
            self._send(producer, wave)
            failpoint("relay.after-send")
            if marking is not None:
                marking.result()
            marking = marker.submit(_mark, connection, wave)
        if marking is not None:
            marking.result()
        failpoint("relay.after-mark")

    def _send(self, producer: KafkaProducer, wave: Sequence[Unsent]) -> None:
        """Returns once Kafka has acknowledged every event of the wave; raises KafkaError if not."""
        futures = [
            producer.send(
                self._prefix + row.topic,
                key=row.key.encode(),
                value=None if row.payload is None else row.payload.encode(),
                headers=headers(row),
            )
            for row in wave
            # Only where the log keeps the latest of each key does an erased event say anything.
            if row.payload is not None or row.topic in COMPACTED
        ]
        producer.flush()
        for future in futures:
            future.get(timeout=0)


class ByChecksum(Partitioner):  # type: ignore[misc]
    """The same partition for the same key always, whatever is up: librdkafka's way, by CRC-32.

    Java's, which the client would take, is worked out in Python and a sixth of a relay's time.
    """

    def __init__(self) -> None:
        self._partitions: dict[str, list[int]] = {}

    def partition(self, topic: str, _key: object, serialized_key: bytes, *others: Any) -> int:
        """Called with value, serialized value and the cluster's metadata too. Our topics keep
        the number of their partitions, so it is asked for once."""
        known = self._partitions.get(topic)
        if known is None:
            known = self._partitions[topic] = sorted(others[-1].partitions_for_topic(topic))
        return known[zlib.crc32(serialized_key) % len(known)]


def _mark(connection: Connection, wave: Sequence[Unsent]) -> None:
    connection.execute(MARK, ([row.seq for row in wave], [row.payload is None for row in wave]))


def waves(page: Sequence[Unsent]) -> list[list[Unsent]]:
    """Split rows so that no wave has two of the same key, nor more than WAVE; keys keep order."""
    result: list[list[Unsent]] = []
    next_wave: dict[str, int] = {}
    open_wave = 0
    for row in page:
        number = max(next_wave.get(row.key, 0), open_wave)
        while number < len(result) and len(result[number]) == WAVE:
            number += 1
        if number == len(result):
            result.append([])
        result[number].append(row)
        next_wave[row.key] = number + 1
        while open_wave < len(result) and len(result[open_wave]) == WAVE:
            open_wave += 1
    return result


def headers(row: Unsent) -> list[tuple[str, bytes]]:
    """Schema version and trace context, readable without opening the event."""
    found = [("schema-version", row.type.rpartition(".v")[2].encode())]
    if row.payload is None:
        return found
    found.append(("content-type", b"application/cloudevents+json"))
    # Quotes inside a JSON string are escaped, so this can only be the envelope's own field.
    at = row.payload.find(TRACEPARENT, 0, row.payload.find('"data":'))
    if at >= 0:
        start = at + len(TRACEPARENT)
        found.append(("traceparent", row.payload[start : start + TRACEPARENT_LENGTH].encode()))
    return found
