"""Parts of bench/pipeline.py that follow events: consumer, relay, and from contact to proposal."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from kafka import KafkaProducer
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.figures import Figure, percentile
from infra.kafka.cluster import Cluster
from infra.postgres.server import Server
from schemas.envelope import Event
from schemas.events import OpportunityClosed, ParticipantRegistered
from services.cli.community import ORGANISATION, PEOPLE, TEAM
from services.cli.compose import NAMES, make_nodes
from services.cli.journey import eventually, participant_body
from services.cli.seeding import seed_nodes
from services.outreach.commands.participants import Register, register
from services.outreach.participant_bodies import ParticipantBody
from services.runtime import inbox
from services.runtime.node import Node
from services.runtime.outbox import publish_all
from services.runtime.processor import process
from services.runtime.relay import Relay
from services.runtime.running import runner_for
from services.runtime.security.master_keys import LocalMasterKeys
from services.runtime.security.principal import Principal, Role
from services.runtime.security.settings import SecuritySettings
from services.runtime.settings import Settings
from services.runtime.tables import inbox as inbox_table
from services.runtime.topic_admin import ensure_topics

Look = Callable[[], dict[UUID, float]]


def consumer(settings: Settings, how: str, count: int = 20_000) -> list[Figure]:
    """Events a second from raw bytes to effect, with inbox, in the matching service."""
    (node,) = make_nodes(settings, names=("matching",))
    raws = []
    for _ in range(count):
        payload = OpportunityClosed(opportunity_id=uuid4())
        event = Event.of(payload, source="notifications", time=datetime.now(UTC))
        raws.append(inbox.Raw(payload.topic, payload.key(), event.to_json(), "bench"))
    readers = {OpportunityClosed.type_name(): OpportunityClosed}
    # The effect itself is the service's; here it is nothing, so that the inbox is what is seen.
    handlers = {**node.service.handlers, OpportunityClosed: lambda *_: None}
    object.__setattr__(node.service, "handlers", handlers)
    begun = time.perf_counter()
    for at in range(0, count, 500):
        batch = raws[at : at + 500]
        node.writer.write(lambda s, batch=batch: inbox.receive(s, batch, readers, node.now()))
    received = time.perf_counter()
    while process(node, node.now()):
        pass
    done = time.perf_counter()
    finished = node.database.read(
        lambda s: s.scalar(select(func.count()).where(inbox_table.c.state == "done"))
    )
    assert finished == count
    node.close()
    return [
        Figure(f"receive into the inbox, {how}", count / (received - begun), "/s"),
        Figure(f"take into effect, {how}", count / (done - received), "/s"),
        Figure(f"consumer with inbox, both, {how}", count / (done - begun), "/s"),
    ]


def contact_to_proposal(folder: Path, rate: float, seconds: float) -> list[Figure]:
    """From the registration's commit to the proposal's, in one process, at a steady rate."""
    nodes = make_nodes(Settings(data_dir=folder / "latency"))
    seed_nodes(nodes)
    seen: dict[UUID, float] = {}
    _note_decisions(nodes[1], seen)
    with _running(nodes):
        return _latency("embedded", nodes[0], lambda: seen, rate, seconds)


def contact_to_proposal_by_kafka(folder: Path, rate: float, seconds: float) -> list[Figure]:
    """The same through the relay, Kafka, Faust and PostgreSQL, for the two services it passes,
    each in a process of its own."""
    with servers(folder) as settings:
        nodes = make_nodes(settings, names=("outreach", "matching"))
        seed_nodes(nodes)
        nodes[1].close()
        with _deciding_apart(settings) as look, _running(nodes[:1]):
            return _latency("Kafka", nodes[0], look, rate, seconds)


@contextmanager
def _running(nodes: Sequence[Node]) -> Iterator[None]:
    runner = runner_for(nodes)
    runner.start()
    try:
        yield
    finally:
        runner.stop()
        for node in nodes:
            node.close()


@contextmanager
def _deciding_apart(settings: Settings) -> Iterator[Look]:
    """Matching in a process of its own, whose clock is the same; yields what asks it."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_decide, args=(settings, theirs), daemon=True)
    process.start()

    def look() -> dict[UUID, float]:
        ours.send("look")
        found: dict[UUID, float] = ours.recv()
        return found

    try:
        yield look
    finally:
        ours.send("stop")
        process.join(timeout=60)


def _decide(settings: Settings, asked: Any) -> None:
    (node,) = make_nodes(settings, names=("matching",))
    seen: dict[UUID, float] = {}
    _note_decisions(node, seen)
    with _running([node]):
        while asked.recv() == "look":
            asked.send(dict(seen))


def _latency(how: str, outreach: Node, look: Look, rate: float, seconds: float) -> list[Figure]:
    sent: dict[UUID, float] = {}
    register = _registrar(outreach, sent)
    # Until the consumer has its partitions, and what was seeded is through.
    first = register(0)
    eventually("the first registration in matching", lambda: first in look(), 120.0, 0.5)
    sent.clear()
    count, begun = int(rate * seconds), time.perf_counter()
    for n in range(count):
        time.sleep(max(0.0, begun + n / rate - time.perf_counter()))
        register(n + 1)
    eventually("all registrations", lambda: len(sent) == count, 120.0)
    took = max(sent.values()) - begun
    eventually("everybody looked at", lambda: sent.keys() <= look().keys(), 120.0, 0.5)
    seen = look()
    times = [max(0.0, seen[one] - at) for one, at in sent.items()]
    asked = f"{how}, {rate:g} asked for"
    return [
        Figure(f"registrations a second, {asked}", len(sent) / took, "/s"),
        Figure(f"registration to match decision, {how}, p50", percentile(times, 0.5) * 1000, "ms"),
        Figure(f"registration to match decision, {how}, p99", percentile(times, 0.99) * 1000, "ms"),
    ]


def _note_decisions(node: Node, seen: dict[UUID, float]) -> None:
    """Note when the transaction in which matching decided about a person has committed."""
    waiting: dict[int, list[UUID]] = defaultdict(list)
    decide = node.service.handlers[ParticipantRegistered]
    committed = node.committed.notify

    def noted(event: ParticipantRegistered, session: Session, now: datetime) -> None:
        decide(event, session, now)
        waiting[threading.get_ident()].append(event.participant_id)

    def notify() -> None:
        # A writer's thread tells of the commit that it has just made.
        at = time.perf_counter()
        for person in waiting.pop(threading.get_ident(), []):
            seen.setdefault(person, at)
        committed()

    handlers = {**node.service.handlers, ParticipantRegistered: noted}
    object.__setattr__(node.service, "handlers", handlers)
    object.__setattr__(node.committed, "notify", notify)


@contextmanager
def servers(folder: Path) -> Iterator[Settings]:
    """Settings for Apache Kafka and PostgreSQL of their own; `folder`: everybody may enter it."""
    cluster, postgres = Cluster.create(folder / "kafka"), Server.create(folder / "postgres")
    try:
        cluster.start()
        postgres.start()
        urls = {name: SecretStr(postgres.url(name)) for name in NAMES}
        keys = LocalMasterKeys.fresh().to_json().decode()
        security = SecuritySettings(secret_key=SecretStr("b" * 48), master_keys=SecretStr(keys))
        yield Settings(kafka=cluster.bootstrap, database_urls=urls, security=security)
    finally:
        cluster.stop()
        postgres.stop()


def relay(folder: Path, count: int = 40_000) -> list[Figure]:
    """Events a second from a full outbox to Kafka, beside the bare producer in the same run."""
    with servers(folder) as settings:
        (node,) = make_nodes(settings, names=("outreach",))
        access, bootstrap = settings.kafka_access, settings.kafka or ""
        ensure_topics(access.client_options(bootstrap))
        for _ in range(count // 1000):
            payloads = [OpportunityClosed(opportunity_id=uuid4()) for _ in range(1000)]
            node.database.write(partial(publish_all, payloads=list(payloads), now=node.now()))
        before = time.process_time()
        ceiling = _bare_producer(access.client_options(bootstrap), count)
        bare_cpu = time.process_time() - before
        before, begun = time.process_time(), time.perf_counter()
        running = Relay(node, bootstrap, access)
        running.start()
        _wait_until_sent(node)
        rate = count / (time.perf_counter() - begun)
        cpu = time.process_time() - before
        running.stop()
        node.close()
    return [
        Figure("bare kafka-python, acks=all", ceiling, "/s"),
        Figure("relay draining, marked sent", rate, "/s", "bare producer", rate / ceiling),
        Figure("bare kafka-python, processor time an event", bare_cpu / count * 1e6, "µs"),
        Figure("relay, processor time an event", cpu / count * 1e6, "µs", "bare", cpu / bare_cpu),
    ]


def _wait_until_sent(node: Node) -> None:
    """Looks seldom and little: whoever counts takes time from what is measured."""
    url = node.database.engine.url.set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        unsent = "SELECT 1 FROM outbox WHERE sent_at IS NULL LIMIT 1"
        eventually("the outbox empty", lambda: not connection.execute(unsent).fetchone(), 300.0)


def _bare_producer(options: dict[str, Any], count: int) -> float:
    payload = OpportunityClosed(opportunity_id=uuid4())
    raw = Event.of(payload, source="matching", time=datetime.now(UTC)).to_json().encode()
    with closing(KafkaProducer(**options, acks="all", linger_ms=50, batch_size=256 * 1024)) as it:
        begun = time.perf_counter()
        sends = [it.send(payload.topic, key=uuid4().hex.encode(), value=raw) for _ in range(count)]
        it.flush()
        for each in sends:
            each.get(timeout=60)
        return count / (time.perf_counter() - begun)


def _registrar(node: Node, sent: dict[UUID, float]) -> Callable[[int], UUID]:
    """Registers as the API does, and waits for none, as people do not wait for each other.

    `sent` gets the time of each commit.
    """
    worker = Principal(uuid4(), Role.LINK_WORKER, ORGANISATION, TEAM, "bench")
    willing = [person for person in PEOPLE if person.matching]

    def run(n: int) -> UUID:
        person = willing[n % len(willing)]
        body = participant_body(person) | {"phone": f"07700 900{n % 1000:03d}"}
        made = Register(uuid4(), ParticipantBody.model_validate(body))

        def note(done: Future[Any]) -> None:
            done.result()
            sent[made.id] = time.perf_counter()

        job = node.writer.submit(lambda s: register(s, worker, made, node.now()), first=True)
        job.add_done_callback(note)
        return made.id

    return run
