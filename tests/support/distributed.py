"""Nodes of the tiny service of `tests.support.sample` on Kafka and PostgreSQL."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from pydantic import SecretStr

from schemas.envelope import Event, Payload
from services.runtime import outbox
from services.runtime.clock import Clock, utc_now
from services.runtime.kafka_access import KafkaAccess
from services.runtime.node import Node
from services.runtime.security.master_keys import LocalMasterKeys
from services.runtime.security.settings import SecuritySettings
from services.runtime.settings import Settings
from services.runtime.tables import RUNTIME
from services.runtime.topic_admin import ensure_topics
from tests.support.forked import Forked
from tests.support.sample import Base, make_service
from tests.support.servers import KafkaForTests, PostgresForTests

TOP = Path(__file__).resolve().parents[2]
SERVICES = ("outreach", "matching")


@dataclass(frozen=True)
class Installation:
    """Topics and databases of its own, on the servers that the tests share."""

    settings: Settings

    @property
    def access(self) -> KafkaAccess:
        return self.settings.kafka_access

    @property
    def bootstrap(self) -> str:
        assert self.settings.kafka is not None
        return self.settings.kafka

    def node(self, name: str, clock: Clock = utc_now) -> Node:
        return Node(make_service(name), self.settings, clock)

    def process(self, service: str, part: str, failpoint: str = "") -> Forked:
        """Start a part of a node (see `tests.support.worker_process`) as a process of its own."""
        url, keys = self.settings.database_url, self.settings.security.master_keys
        assert url is not None
        assert keys is not None
        environment = {
            **os.environ,
            "NEWVOICES_DATABASE_URL": url.get_secret_value(),
            "NEWVOICES_MASTER_KEYS": keys.get_secret_value(),
            "NEWVOICES_KAFKA": self.bootstrap,
            "NEWVOICES_KAFKA_NAME_PREFIX": self.access.name_prefix,
            "NEWVOICES_FAILPOINT": failpoint,
        }
        return Forked("tests.support.worker_process", [service, part], environment)

    def publish(self, node: Node, *payloads: Payload) -> list[Event]:
        """Commit events to a node's outbox."""
        job = partial(outbox.publish_all, payloads=list(payloads), now=node.now())
        return node.database.write(job)

    def records(self, topic: str) -> list[ConsumerRecord]:
        """Everything in a topic now, partition by partition."""
        options = self.access.client_options(self.bootstrap)
        return records_of(options, self.access.name_prefix + topic)


def records_of(options: dict[str, Any], name: str) -> list[ConsumerRecord]:
    """Everything in the topic `name` now; `options` are those of a kafka-python client."""
    with contextlib.closing(KafkaConsumer(**options, auto_offset_reset="earliest")) as reader:
        partitions = [TopicPartition(name, n) for n in reader.partitions_for_topic(name)]
        reader.assign(partitions)
        reader.seek_to_beginning(*partitions)
        ends = reader.end_offsets(partitions)
        found: list[ConsumerRecord] = []
        while any(reader.position(p) < end for p, end in ends.items()):
            for batch in reader.poll(timeout_ms=500).values():
                found += batch
        return found


def settings_for(database_url: str) -> Settings:
    """Settings with PostgreSQL, and keys made for the occasion."""
    keys = LocalMasterKeys.fresh().to_json().decode()
    return Settings(
        database_url=SecretStr(database_url),
        security=SecuritySettings(master_keys=SecretStr(keys)),
    )


@contextlib.contextmanager
def installed(
    kafka: KafkaForTests, postgres: PostgresForTests, access: KafkaAccess | None = None
) -> Iterator[Installation]:
    """A new installation: topics made, tables made, nothing running."""
    with postgres.databases(*SERVICES) as url:
        access = (access or KafkaAccess()).model_copy(update={"name_prefix": kafka.new_prefix()})
        settings = settings_for(url).model_copy(
            update={"kafka": kafka.bootstrap, "kafka_access": access}
        )
        ensure_topics(access.client_options(kafka.bootstrap), access.name_prefix)
        installation = Installation(settings)
        for name in SERVICES:
            node = installation.node(name)
            RUNTIME.create_all(node.database.engine)
            Base.metadata.create_all(node.database.engine)
            node.close()
        yield installation
