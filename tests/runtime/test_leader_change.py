"""A partition's leader dies under the relay: another broker goes on, nothing is lost or turned."""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient

from infra.kafka.cluster import Cluster
from schemas.events import OpportunityClosed
from services.runtime.relay import Relay
from tests.runtime.test_relay import unsent, wait_until_sent
from tests.support.distributed import installed
from tests.support.servers import KafkaForTests, PostgresForTests, needed_programs
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.postgres,
    pytest.mark.timeout(420),
]
TOPIC = OpportunityClosed.topic


def leader(cluster: Cluster, topic: str) -> int:
    """The broker that leads most partitions of a topic."""
    with contextlib.closing(KafkaAdminClient(**cluster.client_settings())) as admin:
        partitions = admin.describe_topics([topic])[0]["partitions"]
    leaders = [int(each["leader_id"]) for each in partitions]
    return max(set(leaders), key=leaders.count)


def test_the_relay_goes_on_with_another_leader_and_keeps_every_key_in_order(
    postgres: PostgresForTests, tmp_path: Path
) -> None:
    with needed_programs():
        cluster = Cluster.create(tmp_path / "kafka", brokers=3)
    try:
        cluster.start(patience=180)
        kafka = KafkaForTests(cluster.bootstrap, "three brokers")
        with installed(kafka, postgres) as installation:
            node = installation.node("outreach")
            relay = Relay(node, installation.bootstrap, installation.access)
            keys = [uuid4() for _ in range(12)]
            with contextlib.closing(node):
                relay.start()
                events = []
                for round_ in range(6):
                    if round_ == 2:
                        down = leader(cluster, installation.access.name_prefix + TOPIC)
                        cluster.kill_broker(down)
                    payloads = [OpportunityClosed(opportunity_id=key) for key in keys]
                    events += installation.publish(node, *payloads)
                eventually(lambda: unsent(node) == 0, what="sent without one", patience=180)
                assert cluster.broker_pid(down) is None
                cluster.start(patience=180)
                wait_until_sent(node)
                relay.stop()
            arrived: dict[str, dict[str, None]] = defaultdict(dict)
            for record in installation.records(TOPIC):
                arrived[record.key.decode()].setdefault(json.loads(record.value)["id"])
        for key in map(str, keys):
            assert list(arrived[key]) == [str(e.id) for e in events if e.subject == key]
    finally:
        for broker in cluster.brokers:
            cluster.kill_broker(broker.node)
