"""What faust-streaming does on Apache Kafka 4: the facts the consumers are built on."""

from __future__ import annotations

import signal
import subprocess
import sys
import uuid
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaProducer

from tests.support.servers import KafkaForTests
from tests.support.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(150)]
TOP = Path(__file__).resolve().parents[2]
KEYS = 20


class Worker:
    """A Faust worker process of one consumer group, and what it has written down."""

    def __init__(self, kafka: KafkaForTests, group: str, topic: str, folder: Path, *extra: str):
        folder.mkdir()
        self.output = folder / "output"
        self.output.touch()
        self.log = folder / "log"
        command = [sys.executable, "-m", "tests.infra.faust_worker"]
        command += [kafka.bootstrap, group, topic, str(folder), str(self.output), *extra]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=TOP, stdout=log, stderr=log)

    def seen(self) -> list[str]:
        """Values handled, in order."""
        lines = (line.split() for line in self.output.read_text().splitlines())
        return [words[2] for words in lines if len(words) == 3]

    def partitions(self) -> int:
        """How many partitions the worker was last given."""
        given = [
            line for line in self.output.read_text().splitlines() if line.startswith("assigned")
        ]
        return int(given[-1].split()[1]) if given else 0

    def is_holding(self) -> bool:
        return "holding\n" in self.output.read_text()

    def end(self, sign: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(sign)
        self.process.wait(60)


class Group:
    """A topic of four partitions and the workers that share it."""

    def __init__(self, kafka: KafkaForTests, folder: Path) -> None:
        self.kafka = kafka
        self.folder = folder
        self.topic = kafka.new_topic("proof")
        self.name = f"group-{uuid.uuid4().hex[:8]}"
        self.workers: list[Worker] = []

    def add_worker(self, acks: str = "own", poison: str = "", held: str = "") -> Worker:
        folder = self.folder / f"worker-{len(self.workers)}"
        self.workers.append(Worker(self.kafka, self.name, self.topic, folder, acks, poison, held))
        return self.workers[-1]

    def produce(self, start: int, stop: int) -> None:
        producer = KafkaProducer(**self.kafka.settings)
        sent = [
            producer.send(self.topic, key=str(n % KEYS).encode(), value=str(n).encode())
            for n in range(start, stop)
        ]
        producer.flush()
        assert all(future.succeeded() for future in sent)
        producer.close()

    def seen(self) -> list[str]:
        return [value for worker in self.workers for value in worker.seen()]

    def has_seen(self, start: int, stop: int) -> bool:
        return {str(n) for n in range(start, stop)} <= set(self.seen())

    def wait_for(self, start: int, stop: int) -> None:
        eventually(lambda: self.has_seen(start, stop), what=f"events {start} to {stop} handled")


@pytest.fixture
def group(kafka: KafkaForTests, tmp_path: Path) -> Iterator[Group]:
    group = Group(kafka, tmp_path)
    yield group
    for worker in group.workers:
        worker.end(signal.SIGKILL)


def test_an_agent_gets_every_event_once_and_in_the_order_of_its_key(group: Group) -> None:
    group.produce(0, 300)
    group.add_worker()
    group.wait_for(0, 300)
    assert len(group.seen()) == 300
    by_key: dict[int, list[int]] = defaultdict(list)
    for value in map(int, group.seen()):
        by_key[value % KEYS].append(value)
    assert all(values == sorted(values) for values in by_key.values())


def test_a_worker_that_stops_in_order_has_committed_and_the_next_resumes_there(
    group: Group,
) -> None:
    group.produce(0, 200)
    group.add_worker()
    group.wait_for(0, 200)
    group.workers[0].end(signal.SIGTERM)
    group.produce(200, 300)
    successor = group.add_worker()
    group.wait_for(0, 300)
    assert sorted(map(int, successor.seen())) == list(range(200, 300))


def test_two_workers_share_the_partitions_and_one_takes_over_when_the_other_is_killed(
    group: Group,
) -> None:
    first, second = group.add_worker(), group.add_worker()
    eventually(
        lambda: (first.partitions(), second.partitions()) == (2, 2), what="two partitions each"
    )
    group.produce(0, 1000)
    eventually(lambda: len(first.seen()) > 50 and len(second.seen()) > 50, what="both workers busy")
    first.end(signal.SIGKILL)
    group.produce(1000, 1500)
    group.wait_for(0, 1500)
    assert second.partitions() == 4


def test_after_a_kill_in_mid_stream_no_event_is_missing(group: Group) -> None:
    group.produce(0, 1500)
    for reached in (100, 500, 900):
        worker = group.add_worker()
        eventually(lambda reached=reached: len(set(group.seen())) > reached, what="progress")
        worker.end(signal.SIGKILL)
    group.add_worker()
    group.wait_for(0, 1500)


def test_a_handler_that_raises_loses_its_event_so_agents_must_never_raise(group: Group) -> None:
    group.produce(0, 100)
    group.add_worker(poison="50")
    expected = {str(n) for n in range(100)} - {"50"}
    eventually(lambda: expected <= set(group.seen()), what="all other events handled")
    group.workers[0].end(signal.SIGTERM)
    group.produce(100, 120)
    group.add_worker()
    group.wait_for(100, 120)
    assert "50" not in group.seen()


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_an_event_in_hand_when_its_worker_ends_comes_to_the_next(
    group: Group, sign: signal.Signals
) -> None:
    group.produce(0, 40)
    holder = group.add_worker(held="25")
    eventually(holder.is_holding, what="the worker holds an event")
    holder.end(sign)
    group.add_worker()
    group.wait_for(0, 40)


def test_without_a_reference_of_our_own_a_worker_told_to_stop_loses_the_event_in_hand(
    group: Group,
) -> None:
    group.produce(0, 40)
    holder = group.add_worker(acks="stream", held="25")
    eventually(holder.is_holding, what="the worker holds an event")
    holder.end(signal.SIGTERM)
    group.produce(40, 80)
    group.add_worker()
    group.wait_for(40, 80)
    assert "25" not in group.seen()
