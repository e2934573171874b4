"""Parts of a node as a process of its own, to be killed: settings come from the environment.

Usage: python -m tests.support.worker_process SERVICE relay|consumer|worker
"""

from __future__ import annotations

import signal
import sys
import threading

from services.runtime.distributed import Worker
from services.runtime.faust_binding import FaustConsumer
from services.runtime.node import Node
from services.runtime.relay import Relay
from services.runtime.settings import Settings
from tests.support.sample import make_service


def main(service: str, part: str) -> None:
    """Run until SIGTERM comes."""
    node = Node(make_service(service), Settings())
    running = _make(part, node)
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    running.start()
    told.wait()
    running.stop()
    node.close()


def _make(part: str, node: Node) -> Relay | FaustConsumer | Worker:
    if part == "worker":
        return Worker(node)
    bootstrap = node.settings.kafka or ""
    made = Relay if part == "relay" else FaustConsumer
    return made(node, bootstrap, node.settings.kafka_access)


if __name__ == "__main__":
    main(*sys.argv[1:])
