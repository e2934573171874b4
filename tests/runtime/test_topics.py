from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.events import ALL
from services.runtime.topic_admin import TopicsDiffer, ensure_topics
from services.runtime.topics import TOPICS
from tests.support.servers import KafkaForTests


def test_every_event_has_a_declared_topic_and_every_topic_an_event() -> None:
    assert {payload.topic for payload in ALL} == {topic.name for topic in TOPICS}


@pytest.mark.kafka
def test_topics_are_created_once_and_found_as_declared_afterwards(kafka: KafkaForTests) -> None:
    prefix = kafka.new_prefix()
    assert ensure_topics(kafka.settings, prefix) == [prefix + topic.name for topic in TOPICS]
    assert ensure_topics(kafka.settings, prefix) == []


@pytest.mark.kafka
def test_each_difference_is_named_and_nothing_is_changed(kafka: KafkaForTests) -> None:
    prefix = kafka.new_prefix()
    declared = TOPICS[1]
    ensure_topics(kafka.settings, prefix, [declared])
    other = replace(declared, partitions=declared.partitions + 1, retention=timedelta(days=1))
    for _ in range(2):
        with pytest.raises(TopicsDiffer) as raised:
            ensure_topics(kafka.settings, prefix, [other])
        said = str(raised.value)
        assert f"{prefix}{declared.name} has {declared.partitions} partitions, declared" in said
        assert "has retention.ms=1209600000, declared 86400000" in said
    ensure_topics(kafka.settings, prefix, [declared])


@pytest.mark.kafka
def test_a_topic_that_is_compacted_against_the_declaration_is_an_error(
    kafka: KafkaForTests,
) -> None:
    prefix = kafka.new_prefix()
    ensure_topics(kafka.settings, prefix, [replace(TOPICS[0], compacted=True, retention=None)])
    with pytest.raises(TopicsDiffer, match=r"cleanup\.policy=compact, declared delete"):
        ensure_topics(kafka.settings, prefix, [TOPICS[0]])
