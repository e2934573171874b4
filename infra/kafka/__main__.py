"""``python -m infra.kafka start|stop|status`` from the top of the clone, or ``kafka.sh``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from infra.kafka.cluster import Cluster
from infra.kafka.jars import kafka_version
from infra.kafka.settings import SECURITY_PROTOCOLS
from infra.processes import MissingProgram, StartFailed


def main() -> int:
    """Exit status 0 when done, 1 on an error, 3 for ``status`` of a cluster that is not up."""
    arguments = _arguments()
    try:
        if arguments.command == "start":
            return _start(arguments)
        return _stop(arguments) if arguments.command == "stop" else _status(arguments)
    except (MissingProgram, StartFailed, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="infra/kafka/kafka.sh",
        description=f"Apache Kafka {kafka_version()} on 127.0.0.1, without containers.",
    )
    parser.add_argument("command", choices=["start", "stop", "status"])
    parser.add_argument("--folder", type=Path, default=Path("var/kafka"), help="data and settings")
    parser.add_argument("--brokers", type=int, choices=[1, 3], default=1)
    parser.add_argument("--security", choices=SECURITY_PROTOCOLS, default="PLAINTEXT")
    return parser.parse_args()


def _start(arguments: argparse.Namespace) -> int:
    if (arguments.folder / "cluster.json").exists():
        cluster = Cluster.open(arguments.folder)
        if (len(cluster.brokers), cluster.security) != (arguments.brokers, arguments.security):
            raise ValueError(
                f"{arguments.folder} holds a cluster of {len(cluster.brokers)} broker(s) with"
                f" {cluster.security}. Use those options, another --folder, or remove the folder."
            )
    else:
        print(f"Preparing Apache Kafka {kafka_version()} …", file=sys.stderr)
        cluster = Cluster.create(
            arguments.folder, brokers=arguments.brokers, security=arguments.security
        )
    cluster.start()
    print(cluster.bootstrap)
    return 0


def _stop(arguments: argparse.Namespace) -> int:
    if (arguments.folder / "cluster.json").exists():
        Cluster.open(arguments.folder).stop()
    return 0


def _status(arguments: argparse.Namespace) -> int:
    if not (arguments.folder / "cluster.json").exists():
        print(f"no cluster in {arguments.folder}", file=sys.stderr)
        return 3
    cluster = Cluster.open(arguments.folder)
    pids = {broker.node: cluster.broker_pid(broker.node) for broker in cluster.brokers}
    for node, pid in pids.items():
        print(f"broker {node}: {f'running, pid {pid}' if pid else 'stopped'}")
    if all(pids.values()):
        print(cluster.bootstrap)
        return 0
    return 3


if __name__ == "__main__":
    sys.exit(main())
