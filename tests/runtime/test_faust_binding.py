from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaProducer
from pydantic import SecretStr
from sqlalchemy import select

from infra.kafka.cluster import Cluster
from infra.kafka.settings import USER
from infra.postgres.server import Server
from schemas.envelope import Event
from schemas.events import OpportunityClosed
from services.runtime.clock import utc_now
from services.runtime.distributed import Worker
from services.runtime.faust_binding import FaustConsumer
from services.runtime.kafka_access import KafkaAccess
from services.runtime.node import Node
from services.runtime.tables import inbox
from tests.support.distributed import Installation, installed
from tests.support.forked import Forked
from tests.support.sample import closed, count_heard, heard
from tests.support.servers import KafkaForTests, PostgresForTests, needed_programs
from tests.support.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(180)]
TOPIC = OpportunityClosed.topic


@pytest.fixture
def installation(kafka: KafkaForTests, postgres: PostgresForTests) -> Iterator[Installation]:
    with installed(kafka, postgres) as made:
        yield made


@pytest.fixture
def node(installation: Installation) -> Iterator[Node]:
    made = installation.node("matching")
    yield made
    made.close()


@contextlib.contextmanager
def consuming(installation: Installation, node: Node) -> Iterator[FaustConsumer]:
    consumer = FaustConsumer(node, installation.bootstrap, installation.access)
    consumer.start()
    yield consumer
    consumer.stop()


def send(installation: Installation, *values: bytes | None, key: bytes = b"k") -> None:
    options = installation.access.client_options(installation.bootstrap)
    name = installation.access.name_prefix + TOPIC
    with contextlib.closing(KafkaProducer(**options)) as producer:
        for sending in [producer.send(name, key=key, value=value) for value in values]:
            sending.get(timeout=60)


def events(count: int) -> list[bytes]:
    return [
        Event.of(closed(), source="outreach", time=utc_now()).to_json().encode()
        for _ in range(count)
    ]


def states(node: Node) -> list[str]:
    query = select(inbox.c.state).order_by(inbox.c.seq)
    return node.database.read(lambda session: list(session.scalars(query)))


def wait_for(node: Node, count: int) -> None:
    eventually(lambda: len(states(node)) >= count, what=f"{count} events in the inbox")


def test_an_event_that_comes_twice_is_in_the_inbox_once(
    installation: Installation, node: Node
) -> None:
    first, second = events(2)
    send(installation, first, first, None, second)
    with consuming(installation, node):
        wait_for(node, 2)
    assert states(node) == ["pending", "pending"]


def test_what_nobody_can_read_or_store_is_a_dead_letter_and_the_rest_goes_on(
    installation: Installation, node: Node
) -> None:
    (good,) = events(1)
    (nul_in_subject,) = events(1)
    subject = Event.model_validate_json(nul_in_subject).subject.encode()
    nul_in_subject = nul_in_subject.replace(b'"subject":"' + subject, b'"subject":"\\u0000')
    long_type = events(1)[0].replace(b"opportunity.closed", b"a" * 500)
    bad = [b"\x00\xff not an event", b"", b"[" * 10_000, nul_in_subject, long_type, b"x" * 900_000]
    send(installation, *bad, good, key=b"\xff\x00" * 300)
    with consuming(installation, node):
        wait_for(node, len(bad) + 1)
    assert sorted(states(node)) == ["dead"] * len(bad) + ["pending"]


def test_while_the_database_is_down_events_wait_and_none_becomes_a_dead_letter(
    kafka: KafkaForTests, open_folder: Path
) -> None:
    with needed_programs():
        server = Server.create(open_folder / "pg")
    try:
        server.start()
        with installed(kafka, PostgresForTests(server.admin_url, "to be killed")) as installation:
            node = installation.node("matching")
            with contextlib.closing(node):
                with consuming(installation, node):
                    send(installation, *events(20))
                    wait_for(node, 20)
                    server.kill()
                    send(installation, *events(20))
                # Told to stop with events in hand: they must come to the next consumer.
                server.start()
                with consuming(installation, node):
                    wait_for(node, 40)
                    server.kill()
                    send(installation, *events(20))
                    server.start()
                    wait_for(node, 60)
                assert states(node) == ["pending"] * 60
    finally:
        server.kill()


@pytest.mark.parametrize("failpoint", ["consume.after-commit:1", "consume.after-commit:3"])
def test_killed_before_acknowledging_nothing_is_missing_and_nothing_double(
    installation: Installation, node: Node, failpoint: str
) -> None:
    process = installation.process("matching", "consumer", failpoint)
    sent = 0
    while process.poll() is None:
        send(installation, *events(5))
        sent += 5
    assert process.returncode == -signal.SIGKILL
    with consuming(installation, node):
        wait_for(node, sent)
    assert len(states(node)) == sent


def test_consumers_join_and_leave_and_every_event_is_in_the_inbox_once(
    installation: Installation, node: Node
) -> None:
    other = installation.node("matching")
    with contextlib.closing(other), consuming(installation, node) as first:
        all_partitions = eventually(lambda: first.partitions, what="partitions given out")
        sent = 0
        for _ in range(2):
            with consuming(installation, other) as second:
                eventually(
                    lambda second=second: (
                        first.partitions
                        and second.partitions
                        and first.partitions | second.partitions == all_partitions
                        and not first.partitions & second.partitions
                    ),
                    what="partitions shared out",
                )
                for n in range(20):
                    send(installation, *events(5), key=str(n).encode())
                    sent += 5
            eventually(lambda: first.partitions == all_partitions, what="all partitions back")
            send(installation, *events(5))
            sent += 5
        wait_for(node, sent)
    assert states(node) == ["pending"] * sent


def test_workers_carry_an_event_from_one_service_to_the_other(installation: Installation) -> None:
    source, sink = installation.node("outreach"), installation.node("matching")
    workers = [Worker(source), Worker(sink)]
    with contextlib.closing(source), contextlib.closing(sink):
        for worker in workers:
            worker.start()
        installation.publish(source, *(closed() for _ in range(30)))
        eventually(lambda: count_heard(sink) == 30, what="30 events in effect")
        for worker in workers:
            worker.stop()
        assert heard(sink) == ["closed"] * 30


def test_workers_killed_at_any_point_leave_each_event_in_effect_once(
    installation: Installation,
) -> None:
    source, sink = installation.node("outreach"), installation.node("matching")
    points = ["relay.after-send:2", "consume.after-commit:2", "inbox.before-commit:2", ""]
    with contextlib.closing(source), contextlib.closing(sink):
        keys = [uuid4() for _ in range(10)]
        published = 0

        def publish() -> None:
            nonlocal published
            installation.publish(source, *(closed(key) for key in keys))
            published += len(keys)

        def killed(processes: list[Forked]) -> bool:
            # More work until the point is reached: one batch may take all there was.
            publish()
            return any(process.poll() is not None for process in processes)

        for point in points:
            processes = [installation.process(s, "worker", point) for s in ("outreach", "matching")]
            if point:
                eventually(partial(killed, processes), what=f"killed at {point}")
            else:
                eventually(lambda: count_heard(sink) >= published, what="everything in effect")
            for process in processes:
                process.kill()
                process.wait()
        assert count_heard(sink) == published
        assert set(states(sink)) == {"done"}


def test_the_same_over_sasl_and_tls(open_folder: Path) -> None:
    with needed_programs():
        server = Server.create(open_folder / "pg", tls=True)
        cluster = Cluster.create(open_folder / "kafka", security="SASL_SSL")
    try:
        server.start()
        cluster.start()
        access = KafkaAccess(
            security_protocol="SASL_SSL",
            username=USER,
            password=SecretStr(cluster.password),
            ca_file=cluster.authority_file,
        )
        kafka = KafkaForTests(cluster.bootstrap, "with SASL and TLS")
        postgres = PostgresForTests(server.admin_url, "with TLS")
        with installed(kafka, postgres, access) as installation:
            source, sink = installation.node("outreach"), installation.node("matching")
            workers = [Worker(source), Worker(sink)]
            with contextlib.closing(source), contextlib.closing(sink):
                for worker in workers:
                    worker.start()
                installation.publish(source, closed())
                eventually(lambda: count_heard(sink) == 1, what="the event in effect")
                for worker in workers:
                    worker.stop()
    finally:
        cluster.kill_broker(1)
        server.kill()
