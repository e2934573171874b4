"""How fast events flow, beside the ceilings of this machine in the same run.

    python -m bench.pipeline [--seconds 5] [--mode embedded|distributed|both]

Each figure stands beside what the bare database or client can do at the same moment, so that
ratios can be compared between machines; absolute numbers cannot.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import event as sa_event
from sqlalchemy import func, select

from schemas.envelope import Event
from schemas.events import OpportunityClosed
from services.cli.community import PEOPLE
from services.cli.compose import make_nodes
from services.cli.journey import Api, contact_body, participant_body
from services.cli.processes import free_port, start_process, wait_until_ready
from services.notifications.standin import start
from services.runtime import inbox
from services.runtime.node import Node
from services.runtime.processor import process
from services.runtime.settings import Settings
from services.runtime.tables import inbox as inbox_table

CLIENTS = 16


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    beside: str = ""
    ratio: float | None = None

    def row(self) -> str:
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else ""
        return f"| {self.name} | {self.value:,.1f} {self.unit} | {self.beside} | {ratio} |"


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


def percentile(values: list[float], share: float) -> float:
    return statistics.quantiles(values, n=1000)[int(share * 1000) - 1]


def api_writes(folder: Path, seconds: float) -> list[Figure]:
    ceiling = bare_commits(folder, seconds)
    with start() as standin, (folder / "log").open("wb") as log:
        port = free_port()
        server = start_process(folder / "data", port, standin, log)
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


def consumer(folder: Path, count: int = 20_000) -> list[Figure]:
    """Events a second from raw bytes to effect, with inbox, in the matching service."""
    (node,) = make_nodes(Settings(data_dir=folder / "consumer"), names=("matching",))
    raws = []
    for _ in range(count):
        payload = OpportunityClosed(opportunity_id=uuid4())
        event = Event.of(payload, source="matching", time=datetime.now(UTC))
        raws.append(inbox.Raw(payload.topic, payload.key(), event.to_json(), "bench"))
    readers = {OpportunityClosed.type_name(): OpportunityClosed}
    handlers = {**node.service.handlers, OpportunityClosed: lambda *_: None}
    object.__setattr__(node.service, "handlers", handlers)
    begun = time.perf_counter()
    for at in range(0, count, 500):
        batch = raws[at : at + 500]
        node.writer.write(lambda s, batch=batch: inbox.receive(s, batch, readers, node.now()))
    received = time.perf_counter()
    while process(node, node.now()):
        pass
    done = time.perf_counter()
    finished = node.database.read(
        lambda s: s.scalar(select(func.count()).where(inbox_table.c.state == "done"))
    )
    assert finished == count
    node.close()
    return [
        Figure("receive into the inbox, batches of 500", count / (received - begun), "/s"),
        Figure("take into effect, batches of 100", count / (done - received), "/s"),
        Figure("consumer with inbox, both", count / (done - begun), "/s"),
    ]


def contact_to_proposal(folder: Path, rate: float = 50.0, seconds: float = 5.0) -> list[Figure]:
    """From the registration's commit to the proposal's, embedded, at a steady rate."""
    nodes = make_nodes(Settings(data_dir=folder / "latency"))
    from services.cli.seeding import seed_nodes
    from services.runtime.embedded import EmbeddedRunner

    seed_nodes(nodes)
    return _latency(nodes, EmbeddedRunner(nodes), rate, seconds)


def _latency(nodes: list[Node], runner: Any, rate: float, seconds: float) -> list[Figure]:
    outreach, matching = nodes[0], nodes[1]
    seen: dict[str, float] = {}
    _note_proposals(matching, seen)
    runner.start()
    sent: dict[str, float] = {}
    register = _registrar(outreach)
    begun = time.perf_counter()
    for n in range(int(rate * seconds)):
        time.sleep(max(0.0, begun + n / rate - time.perf_counter()))
        person = register(n)
        sent[person] = time.perf_counter()
    time.sleep(2.0)
    runner.stop()
    for node in nodes:
        node.close()
    times = [seen[one] - at for one, at in sent.items() if one in seen]
    return [
        Figure("people registered at 50/s who were looked at", len(times), f"of {len(sent)}"),
        Figure("registration to match decision, p50", percentile(times, 0.5) * 1000, "ms"),
        Figure("registration to match decision, p99", percentile(times, 0.99) * 1000, "ms"),
    ]


def _note_proposals(node: Node, seen: dict[str, float]) -> None:
    """Note when the transaction that took a participant into matching has committed."""
    waiting: list[str] = []

    @sa_event.listens_for(node.database.engine, "before_cursor_execute")
    def note(_c: Any, _cur: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO participants") and parameters:
            waiting.append(str(parameters[0]).replace("-", ""))

    @sa_event.listens_for(node.database.engine, "commit")
    def committed(_connection: Any) -> None:
        at = time.perf_counter()
        while waiting:
            seen.setdefault(waiting.pop(), at)


def _registrar(node: Node) -> Callable[[int], str]:
    from services.outreach.commands.participants import Register, register
    from services.outreach.participant_bodies import ParticipantBody
    from services.runtime.security.principal import Principal, Role

    worker = Principal(uuid4(), Role.LINK_WORKER, "elmfield", "north", "bench")

    def run(n: int) -> str:
        person = PEOPLE[n % len(PEOPLE)]
        body = participant_body(person) | {"phone": f"07700 900{n % 1000:03d}"}
        made = Register(uuid4(), ParticipantBody.model_validate(body))
        node.writer.write(lambda s: register(s, worker, made, node.now()))
        return made.id.hex

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--write", type=Path, help="also write the table to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newvoices-bench-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        figures = [
            *api_writes(folder, arguments.seconds),
            *consumer(folder),
            *contact_to_proposal(folder, seconds=arguments.seconds),
        ]
    lines = ["| what | figure | beside | ratio |", "|---|---|---|---|"]
    lines += [figure.row() for figure in figures]
    print("\n".join(lines))
    if arguments.write:
        arguments.write.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
