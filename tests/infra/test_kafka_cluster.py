"""Apache Kafka started by infra/kafka, as its users need it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError

from infra.kafka import jars
from infra.kafka.cluster import Cluster
from infra.processes import MissingProgram
from tests.support.servers import KafkaForTests, needed_programs
from tests.support.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]
TOP = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def running(
    folder: Path, *, brokers: int = 1, security: str = "PLAINTEXT", topic_copies: int = 1
) -> Iterator[Cluster]:
    """A cluster with the topic ``notes``, stopped at the end."""
    with needed_programs():
        cluster = Cluster.create(folder, brokers=brokers, security=security)
    try:
        cluster.start()
        with contextlib.closing(KafkaAdminClient(**cluster.client_settings())) as admin:
            copies = {"num_partitions": 1, "replication_factor": topic_copies}
            admin.create_topics({"notes": copies}, wait_for_metadata=True)
        yield cluster
    finally:
        for broker in cluster.brokers:
            cluster.kill_broker(broker.node)


def test_an_id_that_looks_like_an_option_formats_the_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(bytes=b"\xf8" * 16))
    with needed_programs():
        cluster = Cluster.create(tmp_path)
    assert cluster.cluster_id.startswith("-")


def produce(cluster: Cluster, *values: str) -> None:
    with contextlib.closing(KafkaProducer(**cluster.client_settings())) as producer:
        for value in values:
            producer.send("notes", value=value.encode()).get(timeout=60)


def consume(cluster: Cluster, count: int) -> list[str]:
    consumer = KafkaConsumer(
        "notes", auto_offset_reset="earliest", group_id=None, **cluster.client_settings()
    )
    with contextlib.closing(consumer):
        values: list[str] = []

        def poll() -> bool:
            for records in consumer.poll(timeout_ms=500).values():
                values.extend(record.value.decode() for record in records)
            return len(values) >= count

        eventually(poll, what=f"{count} records read")
        return values


def test_what_was_acknowledged_is_still_there_after_a_kill_and_at_the_same_address(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as cluster:
        address = cluster.bootstrap
        produce(cluster, "one", "two")
        assert cluster.kill_broker(1)
        assert cluster.broker_pid(1) is None
        again = Cluster.open(tmp_path)
        again.start()
        assert again.bootstrap == address
        produce(again, "three")
        assert consume(again, 3) == ["one", "two", "three"]


def test_three_brokers_go_on_without_one_of_them(tmp_path: Path) -> None:
    with running(tmp_path, brokers=3, topic_copies=3) as cluster:
        produce(cluster, "before")
        with contextlib.closing(KafkaAdminClient(**cluster.client_settings())) as admin:
            leader = admin.describe_topics(["notes"])[0]["partitions"][0]["leader_id"]
        cluster.kill_broker(leader)
        produce(cluster, "while one is down")
        cluster.start()
        assert consume(cluster, 2) == ["before", "while one is down"]


def test_with_sasl_ssl_only_the_right_password_over_a_trusted_certificate_gets_in(
    tmp_path: Path,
) -> None:
    with running(tmp_path, security="SASL_SSL") as cluster:
        settings = cluster.client_settings()
        for mechanism in ("SCRAM-SHA-512", "PLAIN"):
            KafkaAdminClient(**{**settings, "sasl_mechanism": mechanism}).close()
        address = settings["bootstrap_servers"]
        without_authority = {key: value for key, value in settings.items() if key != "ssl_cafile"}
        for wrong in (
            {**settings, "sasl_plain_password": "not the password"},
            {"bootstrap_servers": address},
            without_authority,
        ):
            with pytest.raises((KafkaError, OSError)):
                KafkaAdminClient(**wrong, bootstrap_timeout_ms=3000, request_timeout_ms=3000)


@pytest.mark.skipif("NEWVOICES_KAFKA" in os.environ, reason="its settings are its owner's")
def test_a_misspelt_topic_is_not_made_by_writing_to_it(kafka: KafkaForTests) -> None:
    misspelt = f"misspelt-{uuid.uuid4().hex}"
    producer = KafkaProducer(**kafka.settings, max_block_ms=2000)
    with contextlib.closing(producer), pytest.raises(KafkaError):
        producer.send(misspelt, value=b"lost").get(timeout=5)
    with contextlib.closing(KafkaAdminClient(**kafka.settings)) as admin:
        assert misspelt not in admin.list_topics()


def test_the_script_starts_tells_and_stops(tmp_path: Path) -> None:
    with needed_programs():
        jars.java_program()
        jars.resolve_jars()

    def script(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [TOP / "infra/kafka/kafka.sh", command, "--folder", tmp_path / "kafka"],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )

    assert script("status").returncode == 3
    started = script("start")
    try:
        assert started.returncode == 0, started.stderr
        assert started.stdout.strip().startswith("127.0.0.1:")
        status = script("status")
        assert status.returncode == 0
        assert started.stdout.strip() in status.stdout
    finally:
        assert script("stop").returncode == 0
    assert script("status").returncode == 3


@pytest.mark.parametrize(
    ("look", "package"),
    [(jars.java_program, "openjdk-17-jre-headless"), (jars.resolve_jars, "maven")],
)
def test_a_missing_program_is_named_with_the_command_that_installs_it(
    look: object, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert callable(look)
    with pytest.raises(MissingProgram, match=f"apt-get install {package}"):
        look()


def test_an_old_java_is_refused_with_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", os.fspath(tmp_path))
    with pytest.raises(MissingProgram, match=r"is 11\. .*apt-get install"):
        jars.java_program()
