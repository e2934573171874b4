"""The brokers' ``server.properties``, written from a cluster's description."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

USER = "newvoices"
SECURITY_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")


@dataclass(frozen=True)
class Broker:
    """One broker, also a controller, with its three ports on 127.0.0.1."""

    node: int
    client_port: int
    internal_port: int
    controller_port: int


def server_properties(
    broker: Broker,
    brokers: Sequence[Broker],
    *,
    folder: Path,
    tls: Path,
    security: str,
    password: str,
    overrides: Mapping[str, str],
) -> str:
    """Text of ``server.properties`` for ``broker`` among ``brokers``.

    ``folder`` holds its data, ``tls`` the certificates (used with SSL only). Clients come in on
    the CLIENT listener under ``security``; brokers talk to each other unencrypted on loopback.
    """
    copies = min(3, len(brokers))
    settings = {
        "process.roles": "broker,controller",
        "node.id": str(broker.node),
        "controller.quorum.voters": ",".join(
            f"{b.node}@127.0.0.1:{b.controller_port}" for b in brokers
        ),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "INTERNAL",
        "listeners": (
            f"CLIENT://127.0.0.1:{broker.client_port},"
            f"INTERNAL://127.0.0.1:{broker.internal_port},"
            f"CONTROLLER://127.0.0.1:{broker.controller_port}"
        ),
        "advertised.listeners": (
            f"CLIENT://127.0.0.1:{broker.client_port},INTERNAL://127.0.0.1:{broker.internal_port}"
        ),
        "listener.security.protocol.map": (
            f"CLIENT:{security},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT"
        ),
        "log.dirs": str(folder / "data"),
        # Topics are declared in one place; a typing slip must not make a new one.
        "auto.create.topics.enable": "false",
        "default.replication.factor": str(copies),
        "min.insync.replicas": str(max(1, copies - 1)),
        "offsets.topic.replication.factor": str(copies),
        "offsets.topic.num.partitions": "8",
        "transaction.state.log.replication.factor": str(copies),
        "transaction.state.log.min.isr": str(max(1, copies - 1)),
        "transaction.state.log.num.partitions": "8",
        "share.coordinator.state.topic.replication.factor": str(copies),
        "share.coordinator.state.topic.min.isr": str(max(1, copies - 1)),
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "log.cleaner.dedupe.buffer.size": str(8 * 1024 * 1024),
    }
    settings.update(_security_settings(security, tls, password))
    settings.update(overrides)
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def _security_settings(security: str, tls: Path, password: str) -> dict[str, str]:
    settings: dict[str, str] = {}
    if security.endswith("SSL"):
        settings |= {
            "listener.name.client.ssl.keystore.type": "PEM",
            "listener.name.client.ssl.keystore.location": str(tls / "server.pem"),
        }
    if security.startswith("SASL"):
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
        settings |= {
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "listener.name.client.plain.sasl.jaas.config": (
                f'{plain} required user_{USER}="{password}";'
            ),
            "listener.name.client.scram-sha-512.sasl.jaas.config": f"{scram} required;",
        }
    return settings
