"""Processor time of each step of a message and of a webhook, one step after the other.

    .venv/bin/python -m bench.step_costs [--invitations 500]

Processor time hardly depends on what else the machine does, so these figures can be compared on
a busy machine. Nothing waits here: no loops, no sockets but the provider's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import FastAPI
from twilio.request_validator import RequestValidator

from bench.inviting import Bench, standin
from bench.people import phone
from services.cli.community import PEOPLE
from services.cli.compose import make_nodes, make_root
from services.cli.journey import contact_body
from services.notifications.claiming import Claimed, claim
from services.notifications.inbound import handle_replies
from services.notifications.providers.base import Accepted
from services.notifications.receipts import settle_receipts
from services.notifications.service import app
from services.notifications.settling import Mark, settle_all
from services.runtime.security.principal import Role
from services.runtime.security.settings import SecuritySettings
from services.runtime.settings import Settings
from services.runtime.web import NO_TELEMETRY

STATUS = "/notifications/webhooks/twilio/status"
INBOUND = "/notifications/webhooks/twilio/inbound"


class Costs:
    """Processor milliseconds of this process for each unit of each step."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}

    @contextmanager
    def of(self, step: str, units: int) -> Iterator[None]:
        began = time.process_time()
        yield
        self.ms[step] = round((time.process_time() - began) / units * 1000, 3)


def measure(folder: Path, at: dict[str, Any], count: int) -> dict[str, float]:
    bench = Bench(folder, at, 9, 1)
    people = bench.community(count)
    costs = Costs()
    node = bench.node
    with costs.of("event received", count):
        for start in range(0, count, 100):
            bench.receive([bench.request(person) for person in people[start : start + 100]])
    with costs.of("message written and queued", count):
        bench.settle()
    claimed: list[Claimed] = []
    with costs.of("claimed", count):
        while batch := node.writer.write(
            lambda session: claim(session, node.now(), timedelta(minutes=5))
        ).items:
            claimed += batch
    providers = node.extras["providers"]
    accepted: list[Accepted] = []
    with costs.of("provider called", count):
        for one in claimed:
            assert one.sms is not None
            accepted.append(providers.sms.send(one.sms))
    with costs.of("outcome marked", count):
        marks = [Mark(i, a, node.now()) for i, a in zip(claimed, accepted, strict=True)]
        for start in range(0, count, 16):
            some = marks[start : start + 16]
            node.writer.write(lambda session, some=some: settle_all(session, some, providers))
    asyncio.run(webhooks(bench, costs, claimed, accepted))
    node.close()
    asyncio.run(api(folder, costs, 400))
    return costs.ms


async def webhooks(
    bench: Bench, costs: Costs, claimed: list[Claimed], accepted: list[Accepted]
) -> None:
    root = FastAPI(telemetry=NO_TELEMETRY)
    root.mount("/notifications", app(bench.node))
    reports = [
        signed(bench, f"{STATUS}?reference={one.id}", MessageSid=a.provider_id, MessageStatus=how)
        for how in ("sent", "delivered")
        for one, a in zip(claimed, accepted, strict=True)
    ]
    texts = [
        signed(bench, INBOUND, MessageSid=f"SM{n:032d}", From=phone(n), To=phone(0), Body="STOP")
        for n in range(len(claimed) // 5)
    ]
    # As in a running service: its loops have opened the letter boxes.
    settle_receipts(bench.node, bench.node.now())
    handle_replies(bench.node, bench.node.now())
    with costs.of("report received", len(reports)):
        await ask(root, reports, 204)
    with costs.of("report settled", len(reports)):
        while settle_receipts(bench.node, bench.node.now()):
            pass
    with costs.of("reply received", len(texts)):
        await ask(root, texts, 200)
    with costs.of("reply acted on", len(texts)):
        while handle_replies(bench.node, bench.node.now()):
            pass


async def api(folder: Path, costs: Costs, count: int) -> None:
    """Contacts logged by a link worker's phone: the whole way from request to commit."""
    unlimited = SecuritySettings(writes_per_minute=0)
    settings = Settings(data_dir=folder / "api", security=unlimited)
    nodes = make_nodes(settings, names=("outreach",))
    root = make_root(nodes)
    gate = nodes[0].service.make_app(nodes[0]).state.gate
    who = {"account_id": uuid4(), "role": Role.LINK_WORKER, "organisation_id": "b", "team_id": "b"}
    cookie = gate.keeper.token(gate.keeper.begin(now=nodes[0].now(), **who))
    headers = {
        "cookie": f"{gate.cookies.session_name}={cookie}",
        "origin": nodes[0].settings.security.public_base_url,
        "content-type": "application/json",
    }
    body = json.dumps(contact_body(PEOPLE[0].venue)).encode()
    calls = [("PUT", f"/outreach/api/v1/contacts/{uuid4()}", headers, body) for _ in range(count)]
    await ask(root, calls[: count // 4], 201)
    with costs.of("contact logged over the API", count - count // 4):
        await ask(root, calls[count // 4 :], 201)
    nodes[0].close()


Call = tuple[str, str, dict[str, str], bytes]


def signed(bench: Bench, path: str, **fields: str) -> Call:
    signature = RequestValidator(bench.token).compute_signature(bench.base + path, fields)
    headers = {
        "x-twilio-signature": signature,
        "content-type": "application/x-www-form-urlencoded",
    }
    return "POST", path, headers, urlencode(fields).encode()


async def ask(root: FastAPI, calls: list[Call], expected: int) -> None:
    """Sixteen at a time, handed to the application as a server would."""

    async def one(method: str, address: str, headers: dict[str, str], body: bytes) -> None:
        path, _, query = address.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 80),
        }
        statuses: list[int] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await root(scope, receive, send)
        assert statuses == [expected], statuses

    for start in range(0, len(calls), 16):
        await asyncio.gather(*(one(*call) for call in calls[start : start + 16]))


def measured(count: int) -> dict[str, float]:
    with standin("0", {}) as (folder, at):
        return measure(folder, at, count)


def main() -> None:
    """Run once and print milliseconds of processor time for each unit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invitations", type=int, default=500)
    given = parser.parse_args()
    print(json.dumps(measured(given.invitations), indent=1))


if __name__ == "__main__":
    main()
