from __future__ import annotations

import contextlib
import json
import signal
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from infra.kafka.cluster import Cluster
from schemas.events import ContactDetailsSealed, OpportunityClosed
from services.runtime import outbox
from services.runtime.node import Node
from services.runtime.relay import WAVE, Relay, Unsent, _mark, headers, waves
from services.runtime.tables import OUTBOX_CHANNEL
from services.runtime.tables import outbox as outbox_table
from services.runtime.telemetry import span
from services.runtime.topics import COMPACTED, TOPICS
from services.runtime.turn import turn
from tests.support.distributed import Installation, installed
from tests.support.sample import Clock, closed, make_node, make_settings
from tests.support.servers import KafkaForTests, PostgresForTests, needed_programs
from tests.support.waiting import eventually

needs_servers = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(180)]
TOPIC = OpportunityClosed.topic
DETAILS = ContactDetailsSealed.topic


@pytest.fixture
def installation(kafka: KafkaForTests, postgres: PostgresForTests) -> Iterator[Installation]:
    with installed(kafka, postgres) as made:
        yield made


@pytest.fixture
def node(installation: Installation) -> Iterator[Node]:
    made = installation.node("outreach")
    yield made
    made.close()


@contextlib.contextmanager
def relaying(installation: Installation, node: Node) -> Iterator[Relay]:
    relay = Relay(node, installation.bootstrap, installation.access)
    relay.start()
    yield relay
    relay.stop()


def unsent(node: Node) -> int:
    query = text("SELECT count(*) FROM outbox WHERE sent_at IS NULL")
    return node.database.read(lambda session: session.scalar(query) or 0)


def wait_until_sent(node: Node) -> None:
    eventually(lambda: unsent(node) == 0, what="every event sent")


def ids(installation: Installation, topic: str = TOPIC) -> list[str]:
    return [json.loads(r.value)["id"] for r in installation.records(topic) if r.value is not None]


class TestOnKafka:
    pytestmark = needs_servers

    def test_every_committed_event_arrives_once_with_its_key_and_headers(
        self, installation: Installation, node: Node
    ) -> None:
        with span("a link worker logs a contact"):
            events = installation.publish(node, *(closed() for _ in range(50)))
        with relaying(installation, node):
            wait_until_sent(node)
        records = {json.loads(r.value)["id"]: r for r in installation.records(TOPIC)}
        assert sorted(ids(installation)) == sorted(str(event.id) for event in events)
        for event in events:
            record = records[str(event.id)]
            assert record.key == event.subject.encode()
            assert record.value.decode() == event.to_json()
            assert dict(record.headers) == {
                "schema-version": b"1",
                "content-type": b"application/cloudevents+json",
                "traceparent": (event.traceparent or "").encode(),
            }

    def test_events_committed_while_it_runs_arrive_in_the_order_of_their_key(
        self, installation: Installation, node: Node
    ) -> None:
        keys = [uuid4() for _ in range(7)]
        sent: dict[str, list[str]] = defaultdict(list)
        with relaying(installation, node):
            for n in range(40):
                burst = [closed(keys[(n + m) % 7]) for m in range(n % 5 + 1)]
                for event in installation.publish(node, *burst):
                    sent[event.subject].append(str(event.id))
            wait_until_sent(node)
        arrived: dict[str, list[str]] = defaultdict(list)
        for record in installation.records(TOPIC):
            arrived[record.key.decode()].append(json.loads(record.value)["id"])
        assert arrived == sent

    def test_a_commit_wakes_it(self, installation: Installation, node: Node) -> None:
        stopping = threading.Event()
        with turn(node, "listener", stopping) as connection:
            assert connection is not None
            connection.execute(f"LISTEN {OUTBOX_CHANNEL}")
            installation.publish(node, closed())
            assert len(list(connection.notifies(timeout=30, stop_after=1))) == 1

    def test_of_two_relays_one_is_active_and_the_other_takes_over(
        self, installation: Installation, node: Node
    ) -> None:
        other = installation.node("outreach")
        with contextlib.closing(other), relaying(installation, node) as first:
            eventually(lambda: first.active, what="the first relay active")
            with relaying(installation, other) as second:
                before = installation.publish(node, *(closed() for _ in range(20)))
                wait_until_sent(node)
                assert not second.active
                first.stop()
                eventually(lambda: second.active, what="the second relay active")
                after = installation.publish(node, *(closed() for _ in range(20)))
                wait_until_sent(node)
        assert sorted(ids(installation)) == sorted(str(event.id) for event in [*before, *after])

    @pytest.mark.parametrize("failpoint", ["relay.after-send:3", "relay.after-mark:1"])
    def test_killed_between_sending_and_marking_it_sends_again_and_keeps_the_order(
        self, installation: Installation, node: Node, failpoint: str
    ) -> None:
        keys = [uuid4() for _ in range(5)]
        events = installation.publish(node, *(closed(keys[n % 5]) for n in range(100)))
        process = installation.process("outreach", "relay", failpoint)
        assert process.wait(60) == -signal.SIGKILL
        with relaying(installation, node):
            wait_until_sent(node)
        arrived: dict[str, dict[str, None]] = defaultdict(dict)
        for record in installation.records(TOPIC):
            arrived[record.key.decode()].setdefault(json.loads(record.value)["id"])
        for key in map(str, keys):
            assert list(arrived[key]) == [str(e.id) for e in events if e.subject == key]

    def test_an_erased_event_leaves_a_tombstone_where_the_latest_is_kept_and_nothing_elsewhere(
        self, installation: Installation, node: Node
    ) -> None:
        person = uuid4()
        details = ContactDetailsSealed(participant_id=person, revision=1, sealed="c2VhbGVk")
        installation.publish(node, details)
        with relaying(installation, node):
            wait_until_sent(node)
            installation.publish(node, closed(person))
            node.database.write(lambda session: outbox.erase(session, str(person)))
            wait_until_sent(node)
        assert [r.value is None for r in installation.records(DETAILS)] == [False, True]
        assert all(r.value is not None for r in installation.records(TOPIC))

    def test_an_event_erased_on_its_way_is_not_marked_so_that_its_tombstone_follows(
        self, installation: Installation, node: Node
    ) -> None:
        person = uuid4()
        installation.publish(
            node, ContactDetailsSealed(participant_id=person, revision=1, sealed="c2VhbGVk")
        )
        query = select(
            *(outbox_table.c[name] for name in ("seq", "topic", "key", "type", "payload"))
        )
        row = node.database.read(lambda session: session.execute(query).one())
        node.database.write(lambda session: outbox.erase(session, str(person)))
        with turn(node, "marker", threading.Event()) as connection:
            assert connection is not None
            _mark(connection, [Unsent(*row)])
        assert unsent(node) == 1

    def test_a_lost_database_connection_is_made_anew(
        self, installation: Installation, node: Node
    ) -> None:
        with relaying(installation, node) as relay:
            eventually(lambda: relay.active, what="the relay active")
            url = node.database.engine.url.set(drivername="postgresql")
            with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            (event,) = installation.publish(node, closed())
            wait_until_sent(node)
        assert ids(installation) == [str(event.id)]

    def test_while_the_broker_is_down_commits_go_on_and_all_arrive_in_order_afterwards(
        self, postgres: PostgresForTests, tmp_path: Path
    ) -> None:
        with needed_programs():
            cluster = Cluster.create(tmp_path / "kafka")
        try:
            cluster.start()
            kafka = KafkaForTests(cluster.bootstrap, "a broker to be killed")
            with installed(kafka, postgres) as installation:
                node = installation.node("outreach")
                key = uuid4()
                with contextlib.closing(node), relaying(installation, node):
                    events = installation.publish(node, *(closed(key) for _ in range(20)))
                    wait_until_sent(node)
                    cluster.kill_broker(1)
                    for _ in range(20):
                        events += installation.publish(node, closed(key))
                    assert unsent(node) == 20
                    cluster.start()
                    wait_until_sent(node)
                first_seen = list(dict.fromkeys(ids(installation)))
                assert first_seen == [str(event.id) for event in events]
        finally:
            cluster.kill_broker(1)


def row_of(seq: int, key: str, payload: str | None = "{}") -> Unsent:
    return Unsent(seq, TOPIC, key, "org.newvoices.opportunity.closed.v1", payload)


@given(st.lists(st.sampled_from("abcdefgh")), st.integers(0, 3))
def test_waves_keep_the_order_of_each_key_and_hold_a_key_once(keys: list[str], many: int) -> None:
    others = [f"other-{n}" for n in range(many * WAVE // 2)]
    rows = [row_of(seq, key) for seq, key in enumerate([*keys, *others, *keys])]
    made = waves(rows)
    assert sorted(row.seq for wave in made for row in wave) == [row.seq for row in rows]
    for wave in made:
        assert len({row.key for row in wave}) == len(wave) <= WAVE
    for key in keys:
        seqs = [row.seq for wave in made for row in wave if row.key == key]
        assert seqs == sorted(seqs)


def test_a_trace_context_is_taken_from_the_envelope_and_never_from_the_data() -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    envelope = f'{{"id":"1","traceparent":"{trace}","data":{{}}}}'
    assert dict(headers(row_of(1, "k", envelope)))["traceparent"] == trace.encode()
    inside = f'{{"id":"1","data":{{"traceparent":"{trace}"}}}}'
    assert "traceparent" not in dict(headers(row_of(1, "k", inside)))


def test_kafka_without_postgresql_is_refused_in_words(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    node = make_node("outreach", settings, Clock())
    with contextlib.closing(node), pytest.raises(ValueError, match="NEWVOICES_DATABASE_URL"):
        Relay(node, "127.0.0.1:9092", settings.kafka_access)


def test_only_sealed_contact_details_are_kept_for_longer_than_two_weeks() -> None:
    assert {DETAILS} == COMPACTED
    assert all(topic.compacted or (topic.retention is not None) for topic in TOPICS)
