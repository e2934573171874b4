"""Erasure reaches Kafka's own files: after compaction and retention no segment tells of anybody.

The broker is a real one of its own. Topics are of the declared kinds, with days made seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from uuid import UUID

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from sqlalchemy import func, select

from infra.kafka.cluster import Cluster
from services.outreach.models import Participant
from services.runtime.kafka_access import KafkaAccess
from services.runtime.relay import Relay
from services.runtime.tables import outbox
from services.runtime.topics import TOPICS
from tests.outreach.conftest import World, register
from tests.security.test_monitoring_apart import outreach_at
from tests.support.servers import PostgresForTests, needed_programs
from tests.support.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(420)]

SOON = "1000"
QUICK = {
    "log.retention.check.interval.ms": SOON,
    "log.cleaner.backoff.ms": "500",
    "log.initial.task.delay.ms": "500",
}
COMPACTED = {
    "cleanup.policy": "compact",
    "segment.ms": SOON,
    "max.compaction.lag.ms": SOON,
    "min.cleanable.dirty.ratio": "0.01",
    "delete.retention.ms": SOON,
    "file.delete.delay.ms": SOON,
}
DELETED = {
    "cleanup.policy": "delete",
    "retention.ms": "5000",
    "segment.ms": SOON,
    "file.delete.delay.ms": SOON,
}
PHONE, NAME, EMAIL = "07700 900876", "Quintessa Marblethwaite", "quintessa@zebrafinch.example"
PLAIN = (NAME, "Quintessa", "zebrafinch", "7700900876", "07700 900876")
CODES = ("asian_pakistani", "unpaid_carer", "step_free", "25_34")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with needed_programs():
        made = Cluster.create(tmp_path_factory.mktemp("kafka") / "cluster", overrides=QUICK)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def make_topics(cluster: Cluster) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=cluster.bootstrap.split(","))) as admin:
        admin.create_topics(
            {
                topic.name: {
                    "num_partitions": 2,
                    "configs": COMPACTED if topic.compacted else DELETED,
                }
                for topic in TOPICS
            },
            wait_for_metadata=True,
        )


def files(cluster: Cluster) -> dict[str, bytes]:
    found = {}
    for path in sorted(cluster.folder.rglob("*")):
        try:
            if path.is_file():
                found[str(path.relative_to(cluster.folder))] = path.read_bytes()
        except FileNotFoundError:
            continue  # the broker has just thrown it away
    return found


def where(cluster: Cluster, word: bytes) -> list[str]:
    return [name for name, content in files(cluster).items() if word in content]


def tick(cluster: Cluster) -> None:
    """Later events of others: only they let a broker close a segment and clean it."""
    with closing(KafkaProducer(bootstrap_servers=cluster.bootstrap.split(","))) as producer:
        for topic in TOPICS:
            for partition in range(2):
                producer.send(topic.name, key=b"tick", value=b"{}", partition=partition)
        producer.flush()


def all_sent(world: World) -> bool:
    query = select(func.count()).select_from(outbox).where(outbox.c.sent_at.is_(None))
    return world.node.database.read(lambda s: s.scalar(query)) == 0


def test_no_segment_index_or_snapshot_tells_of_an_erased_person(
    cluster: Cluster, postgres: PostgresForTests
) -> None:
    make_topics(cluster)
    with postgres.databases("outreach") as url, outreach_at(url) as world:
        worker = world.signed_in("worker@example.org", team="north")
        relay = Relay(world.node, cluster.bootstrap, KafkaAccess())
        relay.start()
        try:
            person = register(worker, name=NAME, phone=PHONE, email=EMAIL)
            envelope = world.node.database.read(lambda s: s.get_one(Participant, UUID(person)).name)
            wrapped = envelope.split(".")[2].encode()
            eventually(lambda: all_sent(world), what="everything sent", patience=60)
            before = where(cluster, wrapped)
            assert any("contact-details" in name for name in before), "nothing was sealed"
            assert where(cluster, person.encode())
            for word in PLAIN:
                assert where(cluster, word.encode()) == [], word
            assert worker.delete(f"/api/v1/participants/{person}").status_code == 204
            eventually(lambda: all_sent(world), what="the erasure sent", patience=60)
            wait_until_gone(cluster, wrapped, person.encode(), UUID(person).bytes)
        finally:
            relay.stop()
    contents = files(cluster)
    assert sum(map(len, contents.values())) > 10_000
    assert any(name.endswith(".log") for name in contents)
    # Not even the bare id stays: the tombstone goes too, once every consumer had time to see it.
    for word in (*PLAIN, *CODES, person, UUID(person).hex, wrapped.decode()):
        for name, content in contents.items():
            assert word.encode() not in content, f"{word} in {name}"


def wait_until_gone(cluster: Cluster, *words: bytes, patience: float = 240) -> None:
    """Until no file of the broker holds any of these."""
    deadline = time.monotonic() + patience
    while left := [name for word in words for name in where(cluster, word)]:
        assert time.monotonic() < deadline, f"still in {sorted(left)}"
        tick(cluster)
        time.sleep(2)


def test_the_declared_topics_are_of_the_two_kinds_tried_here_and_forget_in_time() -> None:
    for topic in TOPICS:
        config = topic.settings()
        if topic.compacted:
            assert config["cleanup.policy"] == "compact"
            assert int(config["max.compaction.lag.ms"]) <= 24 * 3600 * 1000
        else:
            assert config["cleanup.policy"] == "delete"
            assert int(config["retention.ms"]) <= 28 * 24 * 3600 * 1000
