"""New Voices as a real process that can be killed and started again on the same data."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from services.cli.processes import (
    environment_of,
    everything_on,
    free_port,
    wait_until_ready,
)
from services.notifications.standin import Standin, start
from tests.support.forked import Forked

ALL = ("outreach", "matching", "notifications")


class Embedded:
    """The process, its data and its SMS provider."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = {"NEWVOICES_SEND_LEASE": "PT1S", **environment}
        self.standin: Standin = start()
        self.port = free_port()
        self.base = f"http://localhost:{self.port}"
        self.bases = dict.fromkeys(ALL, self.base)
        self.standin.inbound_url = f"{self.base}/notifications/webhooks/twilio/inbound"
        self.log = folder / "process.log"
        self.kills = 0
        self._process: Forked | None = None

    def start(self, failpoint: str = "") -> None:
        more = {**self.environment, "NEWVOICES_FAILPOINT": failpoint}
        environment = environment_of(self.folder, self.port, self.standin, **more)
        self._process = Forked("services.cli", everything_on(self.port), environment, self.log)
        wait_until_ready(self.base, self._process, self.log)

    @property
    def dead(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed by us."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def start_again(self) -> None:
        self.kills += 1
        self.start()

    def rows(self, service: str, query: str) -> list[tuple[Any, ...]]:
        """What a query finds in a service's database."""
        with closing(sqlite3.connect(self.folder / f"{service}.db")) as connection:
            return connection.execute(query).fetchall()

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=30)
        self.standin.stop()

    def __enter__(self) -> Embedded:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
