"""The whole run: servers of its own, a load, a storm over it, and the account afterwards."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.kafka.cluster import Cluster
from infra.postgres.server import Server
from tests.support.accounting import Account, account, settle
from tests.support.apart import ALL, Apart
from tests.support.load import Load
from tests.support.servers import PostgresForTests
from tests.support.storm import PATIENCE_SECONDS, Storm


@dataclass(frozen=True)
class Plan:
    """How much to do and to break. `every`: each how-manyth conversation is a registration."""

    contacts: int
    every: int
    opportunities: int
    kills: int
    broker_down_seconds: float
    seed: int


@contextlib.contextmanager
def installation(folder: Path) -> Iterator[tuple[Apart, Cluster, Server]]:
    """Servers that may be killed, and New Voices running on them. `folder`: all may enter it."""
    cluster, postgres = Cluster.create(folder / "kafka"), Server.create(folder / "postgres")
    try:
        cluster.start(patience=PATIENCE_SECONDS)
        postgres.start(patience=PATIENCE_SECONDS)
        databases = PostgresForTests(postgres.admin_url, "to be killed").databases(*ALL)
        with databases as url, Apart(folder, cluster.bootstrap, url, "faults.") as apart:
            apart.start_all()
            yield apart, cluster, postgres
    finally:
        cluster.kill_broker(1)
        postgres.kill()


def go_through(folder: Path, plan: Plan) -> Account:
    """Run it; the account has what was counted, and a sentence for each thing that went wrong."""
    begun = time.monotonic()
    with installation(folder) as (apart, cluster, postgres):
        load = Load(apart.bases, apart.standin, plan.contacts, plan.every, plan.opportunities)
        storm = Storm(
            apart, cluster, postgres, load, plan.seed, plan.kills, plan.broker_down_seconds
        )
        try:
            storm.rage()
            load.wait()
            settle(apart)
            load.stop()
            settle(apart)
        finally:
            load.abandon()
            storm.calm()
        made = account(apart, load.tally, storm.poison)
    made.counts.update(storm.done)
    made.counts["seconds"] = round(time.monotonic() - begun)
    return made
