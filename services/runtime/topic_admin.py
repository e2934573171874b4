"""Creates the declared Kafka topics that are missing, and checks those that are there.

Partitions are never changed silently: more of them would send the later events of a key to
another partition, and break their order.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaTimeoutError, TopicAlreadyExistsError

from services.runtime.topics import TOPICS, Topic

SETTINGS_SECONDS = 30.0


class TopicsDiffer(RuntimeError):
    """A topic is there but not as declared; the message names each difference."""


def ensure_topics(
    options: Mapping[str, Any], prefix: str = "", topics: Iterable[Topic] = TOPICS
) -> list[str]:
    """Create the topics that are missing, check the others; returns the names created.

    `options` are kafka-python client options. Copies are the cluster's default.
    Raises TopicsDiffer, and kafka.errors.KafkaError when the cluster does not answer.
    """
    declared = {prefix + topic.name: topic for topic in topics}
    with closing(KafkaAdminClient(**options)) as admin:
        created = _create(admin, declared)
        admin.wait_for_topics(list(declared), timeout_ms=30_000)
        differences = _differences(admin, declared)
    if differences:
        raise TopicsDiffer(
            "Kafka topics differ from services/runtime/topics.py: "
            + "; ".join(differences)
            + ". Change the topic or the declaration; partitions need a new topic."
        )
    return created


def _create(admin: KafkaAdminClient, declared: Mapping[str, Topic]) -> list[str]:
    existing = set(admin.list_topics())
    created = []
    for name, topic in declared.items():
        if name in existing:
            continue
        try:
            admin.create_topics(
                {name: {"num_partitions": topic.partitions, "configs": topic.settings()}}
            )
        except TopicAlreadyExistsError:
            # Another process of this installation was quicker.
            continue
        created.append(name)
    return created


def _differences(admin: KafkaAdminClient, declared: Mapping[str, Topic]) -> list[str]:
    found = {topic["name"]: topic for topic in admin.describe_topics(list(declared))}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in declared]
    settings = _settings(admin, asked)
    differences = []
    for name, topic in declared.items():
        partitions = len(found[name]["partitions"])
        if partitions != topic.partitions:
            differences.append(f"{name} has {partitions} partitions, declared {topic.partitions}")
        for key, wanted in topic.settings().items():
            value = settings[name][key]["value"]
            if value != wanted:
                differences.append(f"{name} has {key}={value}, declared {wanted}")
    return differences


def _settings(admin: KafkaAdminClient, asked: list[ConfigResource]) -> dict[str, Any]:
    """What each topic is set to. Of several brokers, one may not know yet what was just created:
    it answers without settings, and is asked again."""
    until = time.monotonic() + SETTINGS_SECONDS
    while True:
        found: dict[str, Any] = admin.describe_configs(asked, config_filter="all")["topic"]
        if all(found.get(each.name) for each in asked):
            return found
        if time.monotonic() > until:
            raise KafkaTimeoutError("no broker told what the topics are set to")
        time.sleep(0.2)
