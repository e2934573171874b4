"""How fast events flow, beside the ceilings of this machine in the same run.

    python -m bench.pipeline [--seconds 5] [--rate 50] [--parts api consumer latency relay …]

Each figure stands beside what the bare database or client can do at the same moment, so that
ratios can be compared between machines; absolute numbers cannot.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from bench.figures import Figure, percentile
from bench.flow import (
    consumer,
    contact_to_proposal,
    contact_to_proposal_by_kafka,
    relay,
    servers,
)
from services.cli.community import PEOPLE
from services.cli.journey import Api, contact_body
from services.cli.processes import free_port, start_process, wait_until_ready
from services.notifications.standin import start
from services.runtime.settings import Settings

CLIENTS = 16


def bare_commits(folder: Path, seconds: float) -> float:
    """Transactions a second of one row and one outbox row, raw sqlite3, WAL, synchronous FULL."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE row (id TEXT PRIMARY KEY, body TEXT)")
    connection.execute("CREATE TABLE outbox (seq INTEGER PRIMARY KEY, payload TEXT)")
    body = json.dumps(contact_body(PEOPLE[0].venue))
    until, count = time.perf_counter() + seconds, 0
    while time.perf_counter() < until:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO row VALUES (?, ?)", (str(uuid4()), body))
        connection.execute("INSERT INTO outbox (payload) VALUES (?)", (body,))
        connection.execute("COMMIT")
        count += 1
    connection.close()
    return count / seconds


class Load:
    """Prepared HTTP requests over kept-open connections: the client must not be what is slow."""

    def __init__(self, base: str, cookie: str) -> None:
        self.host, self.port = "127.0.0.1", int(base.rsplit(":", 1)[1])
        self.base, self.cookie = base, cookie

    def put_contact(self) -> bytes:
        body = json.dumps(contact_body(PEOPLE[0].venue)).encode()
        head = (
            f"PUT /outreach/api/v1/contacts/{uuid4()} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Origin: {self.base}\r\nCookie: {self.cookie}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    async def run(self, seconds: float) -> tuple[float, list[float]]:
        """Requests a second, and each request's time in seconds."""
        prepared = [[self.put_contact() for _ in range(int(400 * seconds))] for _ in range(CLIENTS)]
        times: list[float] = []
        started = time.perf_counter()
        await asyncio.gather(*[self._client(one, started + seconds, times) for one in prepared])
        return len(times) / (time.perf_counter() - started), times

    async def _client(self, requests: list[bytes], until: float, times: list[float]) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        for request in requests:
            begun = time.perf_counter()
            if begun > until:
                break
            writer.write(request)
            status = await _read_answer(reader)
            if status not in (200, 201):
                raise RuntimeError(f"a write answered {status}")
            times.append(time.perf_counter() - begun)
        writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = 0
    for line in head.split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = int(value)
    if length:
        await reader.readexactly(length)
    return int(head.split(" ", 2)[1])


def api_writes(folder: Path, seconds: float) -> list[Figure]:
    ceiling = bare_commits(folder, seconds)
    with start() as standin, (folder / "log").open("wb") as log:
        port = free_port()
        unlimited = {"NEWVOICES_WRITES_PER_MINUTE": "0"}
        server = start_process(folder / "data", port, standin, log, **unlimited)
        try:
            base = f"http://localhost:{port}"
            wait_until_ready(base, server, folder / "log")
            api = Api(dict.fromkeys(("outreach", "matching", "notifications"), base))
            api.sign_in("link_worker")
            cookie = "; ".join(f"{c.name}={c.value}" for c in api.client.cookies.jar)
            load = Load(base, cookie)
            asyncio.run(load.run(1.0))
            rate, times = asyncio.run(load.run(seconds))
        finally:
            server.terminate()
            server.wait(timeout=30)
    return [
        Figure("bare commits, SQLite FULL", ceiling, "/s"),
        Figure("API writes (contacts), one process", rate, "/s", "bare commits", rate / ceiling),
        Figure("API write, p50", percentile(times, 0.5) * 1000, "ms"),
        Figure("API write, p99", percentile(times, 0.99) * 1000, "ms"),
    ]


def _consumer_on_postgresql(folder: Path) -> list[Figure]:
    with servers(folder) as settings:
        return consumer(settings, "PostgreSQL")


RATE = 50.0
PARTS: dict[str, Callable[[Path, float, float], list[Figure]]] = {
    "api": lambda f, seconds, _: api_writes(f, seconds),
    "consumer": lambda f, *_: consumer(Settings(data_dir=f / "data"), "SQLite"),
    "latency": lambda f, seconds, rate: contact_to_proposal(f, rate, seconds),
    "relay": lambda f, *_: relay(f),
    "consumer-postgresql": lambda f, *_: _consumer_on_postgresql(f),
    "latency-kafka": lambda f, seconds, rate: contact_to_proposal_by_kafka(f, rate, seconds),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=RATE, help="registrations a second")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--write", type=Path, help="also write the table to this file")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="newvoices-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in arguments.parts:
            under = folder / part
            (under / "data").mkdir(parents=True)
            figures += PARTS[part](under, arguments.seconds, arguments.rate)
    lines = ["| what | figure | beside | ratio |", "|---|---|---|---|"]
    lines += [figure.row() for figure in figures]
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    lines.append(
        f"| load of the machine over 1, 5, 15 minutes, {os.cpu_count()} cores | {load} | | |"
    )
    print("\n".join(lines))
    if arguments.write:
        arguments.write.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
