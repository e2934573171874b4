"""kill -9 at random points of a load, and bad events on the topics: what happens is seeded."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaProducer

from infra.kafka.cluster import Cluster
from infra.postgres.server import Server
from schemas.envelope import Event, new_id
from schemas.events import ParticipantRegistered
from services.runtime.clock import utc_now
from tests.support.apart import ALL, Apart
from tests.support.distributed import records_of
from tests.support.load import Load

TOPIC = ParticipantRegistered.topic
REGISTERED = ParticipantRegistered.type_name()
NOBODYS_NEED = "bsl"
# A machine with much else to do starts servers slowly.
PATIENCE_SECONDS = 300
POISON = (
    b"\xff\x00 not an event",
    b"{}",
    b"x" * 900_000,
    b'{"specversion":"1.0","type":"org.newvoices.participant.registered.v99"}',
)


@dataclass
class Storm:
    """Breaks things as the load goes on, and mends them again."""

    apart: Apart
    cluster: Cluster
    postgres: Server
    load: Load
    seed: int
    kills: int = 8
    broker_down_seconds: float = 5.0
    done: Counter[str] = field(default_factory=Counter)
    poison: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._calm = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)

    def rage(self) -> None:
        """Everything of the plan, spread over the load; returns when the last is mended."""
        self._supervisor.start()
        plan = self._plan()
        for number, (name, break_it) in enumerate(plan):
            begun = self.load.logged
            share = (self.load.contacts - begun) // (len(plan) - number + 1)
            # Servers may start slowly: some must be left to log while the next thing breaks.
            self.load.allow(begun + 2 * share)
            self._wait_until_logged(begun + round(share * self._random.random()))
            break_it()
            self.done[name] += 1
        self.load.allow(self.load.contacts)

    def calm(self) -> None:
        self._calm.set()
        self._supervisor.join(timeout=60)

    def _plan(self) -> list[tuple[str, Callable[[], None]]]:
        victims: list[tuple[str, Callable[[], None]]] = [
            ("kill -9 of the broker", self._kill_broker),
            ("kill -9 of PostgreSQL", self._kill_postgres),
            ("kill -9 of the web process", lambda: self.apart.kill("web")),
            *(
                (f"kill -9 of a worker of {name}", lambda name=name: self.apart.kill(name))
                for name in ALL
            ),
        ]
        chosen = [victims[n % len(victims)] for n in range(self.kills)]
        others: list[tuple[str, Callable[[], None]]] = [
            ("broker down for a while", self._broker_down),
            ("second workers joined", lambda: self._second_workers(self.apart.start)),
        ]
        plan = chosen + others
        self._random.shuffle(plan)
        # In the second half, when there is something to repeat.
        bad = ("duplicate, reordered, poison and oversized events", self._bad_events)
        plan.insert(self._random.randrange(len(plan) // 2, len(plan)), bad)
        leave = ("second workers left", lambda: self._second_workers(self.apart.stop))
        return [*plan, leave]

    def _wait_until_logged(self, contacts: int) -> None:
        while self.load.logged < contacts:
            time.sleep(0.05)

    def _supervise(self) -> None:
        """What an installation's supervisor does: start again what has ended."""
        while not self._calm.wait(0.3):
            for name in ("web", *ALL):
                if self.apart.dead(name):
                    self.apart.start(name)

    def _kill_broker(self) -> None:
        self.cluster.kill_broker(1)
        time.sleep(self._random.random() * 2)
        self.cluster.start(patience=PATIENCE_SECONDS)

    def _kill_postgres(self) -> None:
        self.postgres.kill()
        time.sleep(self._random.random() * 2)
        self.postgres.start(patience=PATIENCE_SECONDS)

    def _broker_down(self) -> None:
        self.cluster.kill_broker(1)
        self.load.broker_down.set()
        self.load.allow_half_of_the_rest()
        begun = time.monotonic()
        time.sleep(self.broker_down_seconds)
        # The web process may have been killed just before and be slow to start: somebody has to
        # have been heard meanwhile.
        while not self.load.tally.while_broker_down:
            if time.monotonic() - begun > PATIENCE_SECONDS:
                break
            time.sleep(0.05)
        self.load.broker_down.clear()
        self.cluster.start(patience=PATIENCE_SECONDS)

    def _second_workers(self, move: Callable[[str], None]) -> None:
        for name in ALL:
            move(f"{name}-2")

    def _bad_events(self) -> None:
        """What came before comes again; older states come late; and what nobody can read."""
        options = {"bootstrap_servers": self.cluster.bootstrap.split(",")}
        name = self.apart.prefix + TOPIC
        seen = [r for r in records_of(options, name) if REGISTERED.encode() in (r.value or b"")]
        seen = seen[:200]
        with closing(KafkaProducer(**options, acks="all")) as producer:
            sends = [(record.key, record.value) for record in seen]
            sends += [(record.key, late(record.value)) for record in seen]
            sends += [(b"nobody", each) for each in POISON]
            for future in [producer.send(name, key=k, value=v) for k, v in sends]:
                future.get(timeout=60)
        self.poison += len(POISON)
        self.done["events sent again"] += len(seen)
        self.done["older states sent late"] += len(seen)


def late(raw: bytes) -> bytes:
    """A state that is not newer than what is known, under an id never seen: to be ignored."""
    event = Event.model_validate_json(raw)
    data: dict[str, Any] = {**event.data, "access_needs": [NOBODYS_NEED]}
    known = {"id": new_id(), "time": utc_now(), "data": data}
    return event.model_copy(update=known).to_json().encode()
