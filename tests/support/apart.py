"""New Voices as a web process and a worker a service, with Kafka and PostgreSQL between them."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL
from sqlalchemy.engine import make_url

from services.cli.processes import environment_of, free_port, wait_until_ready
from services.notifications.standin import Standin, start
from services.runtime.settings import Settings
from services.runtime.topic_admin import ensure_topics
from tests.support.distributed import settings_for
from tests.support.forked import Forked
from tests.support.waiting import eventually

ALL = ("outreach", "matching", "notifications")
WEB = "web"


class Apart:
    """The processes by name: `web`, and a worker `outreach`, `matching`, `notifications`.

    Further workers are named by what follows a dash: `matching-2` works for matching. `url` is
    PostgreSQL's with `{service}` in it; databases and topics have to be new.
    """

    def __init__(self, folder: Path, kafka: str, url: str, prefix: str, **more: str) -> None:
        self.folder, self.url = folder, url
        self.standin: Standin = start()
        self.port = free_port()
        self.base = f"http://localhost:{self.port}"
        self.bases = dict.fromkeys(ALL, self.base)
        self.standin.inbound_url = f"{self.base}/notifications/webhooks/twilio/inbound"
        self.log = folder / "processes.log"
        self.kafka, self.prefix = kafka, prefix
        self.environment = environment(settings_for(url), kafka, prefix) | more
        self.children: dict[str, Forked] = {}

    def start_all(self) -> None:
        self.start(WEB)
        ensure_topics({"bootstrap_servers": self.kafka.split(",")}, self.prefix)
        for name in ALL:
            self.start(name)
        self.wait_for_web()
        eventually(lambda: all(map(self._works, ALL)), what="workers at work", patience=240)

    def _works(self, name: str) -> bool:
        return f"Working for {name} " in self.log.read_text(errors="replace")

    def start(self, name: str, failpoint: str = "") -> None:
        """Start one process unless it runs; its output goes to the common log."""
        if not self.dead(name):
            return
        told = ["worker", name.partition("-")[0]]
        if name == WEB:
            told = ["web", "--accounts", "--port", str(self.port)]
        more = {**self.environment, "NEWVOICES_FAILPOINT": failpoint}
        whole = environment_of(self.folder, self.port, self.standin, **more)
        self.children[name] = Forked("services.cli", told, whole, self.log)

    def wait_for_web(self) -> None:
        wait_until_ready(self.base, self.children[WEB], self.log)

    def dead(self, name: str) -> bool:
        child = self.children.get(name)
        return child is None or child.poll() is not None

    def kill(self, name: str) -> None:
        """SIGKILL: no handler runs, nothing is flushed by us."""
        self.children[name].kill()
        self.children[name].wait()

    def stop(self, name: str) -> None:
        """SIGTERM, and wait until it has ended in an orderly way."""
        child = self.children[name]
        child.send_signal(signal.SIGTERM)
        child.wait(timeout=90)

    def rows(self, service: str, query: str) -> list[tuple[Any, ...]]:
        """What a query finds in a service's database."""
        url = make_url(self.url.replace("{service}", service)).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
            return connection.execute(SQL(query)).fetchall()

    def close(self) -> None:
        for child in self.children.values():
            child.kill()
        for child in self.children.values():
            child.wait()
        self.standin.stop()

    def __enter__(self) -> Apart:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def environment(settings: Settings, kafka: str, prefix: str) -> dict[str, str]:
    """The settings as variables that a process reads."""
    url, keys = settings.database_url, settings.security.master_keys
    assert url is not None
    assert keys is not None
    return {
        "NEWVOICES_KAFKA": kafka,
        "NEWVOICES_KAFKA_NAME_PREFIX": prefix,
        "NEWVOICES_DATABASE_URL": url.get_secret_value(),
        "NEWVOICES_MASTER_KEYS": keys.get_secret_value(),
        "NEWVOICES_SECRET_KEY": "for-tests-" * 5,
        "NEWVOICES_SEND_LEASE": "PT2S",
        # One account stands for many people at work.
        "NEWVOICES_READS_PER_MINUTE": "0",
        "NEWVOICES_WRITES_PER_MINUTE": "0",
    }
