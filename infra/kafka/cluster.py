"""Apache Kafka in KRaft mode on this machine: one broker or three, without containers.

A cluster lives in one folder: ``cluster.json``, and a ``broker-N`` folder each with its settings,
data, log and pid file. Ports and data stay the same over stops, kills and starts.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from infra.certificates import write_certificates, write_secret
from infra.kafka.jars import HERE, java_program, resolve_jars
from infra.kafka.settings import SECURITY_PROTOCOLS, USER, Broker, server_properties
from infra.processes import StartFailed, free_ports, last_lines, running_pid, spawn, stop

# Enough for tests and benches on a small machine, far below a production broker's.
HEAP = os.environ.get("NEWVOICES_KAFKA_HEAP", "384m")
# Further options of Java, split at spaces: tests ask for a start that costs little.
JAVA_OPTIONS = "NEWVOICES_KAFKA_JAVA_OPTIONS"


@dataclass(frozen=True)
class Cluster:
    """A cluster on disk; make one with ``create`` or ``open``."""

    folder: Path
    cluster_id: str
    security: str
    brokers: tuple[Broker, ...]
    password: str = field(repr=False)

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        brokers: int = 1,
        security: str = "PLAINTEXT",
        overrides: Mapping[str, str] | None = None,
    ) -> Cluster:
        """Choose ports, write settings and certificates, format the storage; starts nothing.

        ``security`` is one of SECURITY_PROTOCOLS and holds for clients; ``overrides`` are
        further lines of ``server.properties``. ValueError for an unknown protocol.
        """
        if security not in SECURITY_PROTOCOLS:
            raise ValueError(f"security must be one of {', '.join(SECURITY_PROTOCOLS)}")
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        ports = free_ports(3 * brokers)
        cluster = cls(
            folder=folder,
            cluster_id=base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="),
            security=security,
            brokers=tuple(
                Broker(node + 1, *ports[3 * node : 3 * node + 3]) for node in range(brokers)
            ),
            password=secrets.token_urlsafe(24),
        )
        if security.endswith("SSL"):
            write_certificates(folder / "tls")
        cluster._format(overrides or {})
        # Written last: a folder with this file holds a complete cluster.
        content = {**asdict(cluster), "folder": str(folder)}
        write_secret(folder / "cluster.json", json.dumps(content, indent=1).encode())
        return cluster

    @classmethod
    def open(cls, folder: Path) -> Cluster:
        """The cluster made in ``folder`` before; FileNotFoundError when there is none."""
        content = json.loads((folder / "cluster.json").read_text())
        content["brokers"] = tuple(Broker(**broker) for broker in content["brokers"])
        return cls(**{**content, "folder": folder.resolve()})

    @property
    def bootstrap(self) -> str:
        """Addresses for clients, comma separated."""
        return ",".join(f"127.0.0.1:{broker.client_port}" for broker in self.brokers)

    @property
    def authority_file(self) -> Path:
        """The certificate a TLS client has to trust."""
        return self.folder / "tls" / "ca.pem"

    def client_settings(self) -> dict[str, Any]:
        """Keyword arguments with which any kafka-python client reaches this cluster."""
        settings: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap.split(","),
            "security_protocol": self.security,
        }
        if self.security.endswith("SSL"):
            settings["ssl_cafile"] = str(self.authority_file)
        if self.security.startswith("SASL"):
            settings |= {
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": USER,
                "sasl_plain_password": self.password,
            }
        return settings

    def start(self, *, patience: float = 90) -> None:
        """Start every broker that is not running; return once all answer a metadata request.

        StartFailed with the end of the broker's log if one ends, or after ``patience`` seconds.
        """
        for broker in self.brokers:
            self.start_broker(broker.node)
        self.wait_until_ready(patience=patience)

    def start_broker(self, node: int) -> None:
        """Start one broker, without waiting for it."""
        if self.broker_pid(node) is not None:
            return
        home = self._home(node)
        spawn(
            [*self._java(), "kafka.Kafka", str(home / "server.properties")],
            log=home / "broker.log",
            pid_file=home / "pid",
        )

    def stop(self) -> None:
        """Shut every broker down."""
        for broker in self.brokers:
            pid = self.broker_pid(broker.node)
            if pid is not None:
                os.kill(pid, signal.SIGTERM)
        for broker in self.brokers:
            # The last of several finds no quorum to hand its role to and would wait for minutes.
            self.stop_broker(broker.node, patience=3)

    def stop_broker(self, node: int, *, patience: float = 30) -> bool:
        """Shut one broker down in an orderly way; False when it was not running."""
        return stop(self._home(node) / "pid", sign=signal.SIGTERM, patience=patience)

    def kill_broker(self, node: int) -> bool:
        """kill -9 one broker; False when it was not running."""
        return stop(self._home(node) / "pid", sign=signal.SIGKILL)

    def broker_pid(self, node: int) -> int | None:
        """Process id of a broker, None when it is not running."""
        return running_pid(self._home(node) / "pid")

    def wait_until_ready(self, *, patience: float = 90) -> None:
        """Wait until metadata requests list every broker that was started."""
        deadline = time.monotonic() + patience
        while not self._answers():
            for broker in self.brokers:
                if self.broker_pid(broker.node) is None:
                    raise StartFailed(self._why(broker.node, "ended while starting"))
            if time.monotonic() > deadline:
                raise StartFailed(self._why(1, f"did not answer within {patience:.0f} s"))
            time.sleep(0.1)

    def _answers(self) -> bool:
        from kafka import KafkaAdminClient
        from kafka.errors import KafkaError

        with quiet_clients():
            try:
                admin = KafkaAdminClient(
                    **self.client_settings(), bootstrap_timeout_ms=2000, request_timeout_ms=2000
                )
            except (KafkaError, OSError):
                return False
            try:
                return len(admin.describe_cluster()["brokers"]) == len(self.brokers)
            except (KafkaError, OSError):
                return False
            finally:
                admin.close()

    def _why(self, node: int, what: str) -> str:
        log = self._home(node) / "broker.log"
        return f"Apache Kafka broker {node} {what}. End of {log}:\n{last_lines(log)}"

    def _home(self, node: int) -> Path:
        return self.folder / f"broker-{node}"

    def _java(self) -> list[str]:
        return [
            java_program(),
            f"-Xmx{HEAP}",
            "-Xms128m",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            *os.environ.get(JAVA_OPTIONS, "").split(),
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}",
            "-cp",
            f"{resolve_jars()}/*",
        ]

    def _format(self, overrides: Mapping[str, str]) -> None:
        running = []
        for broker in self.brokers:
            home = self._home(broker.node)
            home.mkdir(exist_ok=True)
            text = server_properties(
                broker,
                self.brokers,
                folder=home,
                tls=self.folder / "tls",
                security=self.security,
                password=self.password,
                overrides=overrides,
            )
            write_secret(home / "server.properties", text.encode())
            command = [*self._java(), "kafka.tools.StorageTool", "format"]
            command += [f"--cluster-id={self.cluster_id}", "-c", str(home / "server.properties")]
            if self.security.startswith("SASL"):
                command += [
                    "--add-scram",
                    f"SCRAM-SHA-512=[name={USER},password={self.password}]",
                ]
            running.append(
                subprocess.Popen(  # noqa: S603
                    command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
                )
            )
        for process in running:
            output, _ = process.communicate()
            if process.returncode != 0:
                raise StartFailed(f"Apache Kafka could not format its storage:\n{output[-1500:]}")


@contextlib.contextmanager
def quiet_clients() -> Iterator[None]:
    """Hide kafka-python's connection errors, expected while a broker starts."""
    import logging

    logger = logging.getLogger("kafka")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
