"""Invitations through the whole journey: event, text written, queue, provider, reports, STOP.

    .venv/bin/python -m bench.notifications --quick            1,000 invitations
    .venv/bin/python -m bench.notifications                    10,000
    … --write docs/bench-notifications.md                      and writes the page, under 5 minutes

The real Twilio client calls a stand-in that runs in a process of its own, takes 50 ms for each
answer and fails one request in ten. Delivery reports and STOPs come back over HTTP, signed, to
the service's own webhooks. Prints one line of JSON; compare runs on one machine by ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from bench.message_report import document
from schemas.envelope import Event, Payload
from schemas.events import (
    Consent,
    ContactDetailsSealed,
    InvitationRequested,
    OpportunityOpened,
    ParticipantRegistered,
)
from services.notifications import store
from services.notifications.models import ConsentEntry, Message
from services.notifications.service import SERVICE, app
from services.runtime import inbox, migrations
from services.runtime.clock import as_utc
from services.runtime.embedded import EmbeddedRunner
from services.runtime.node import Node
from services.runtime.processor import process
from services.runtime.security.settings import SecuritySettings
from services.runtime.settings import Settings
from services.runtime.web import NO_TELEMETRY

FAULTS = {
    "too_many": 0.03,
    "server_error": 0.02,
    "closed": 0.02,
    "accepted_then_error": 0.015,
    "accepted_then_closed": 0.015,
}
STEADY, STEADY_PER_SECOND = 100, 25.0
STOPPING = 0.05
WEBHOOK = "/notifications/webhooks/twilio/inbound"


class Bench:
    """A node with its loops and web server running, and a stand-in beside it."""

    def __init__(self, folder: Path, at: dict[str, Any], port: int, threads: int) -> None:
        self.base = f"http://localhost:{port}"
        self.token = at["auth_token"]
        settings = Settings(
            data_dir=folder,
            security=SecuritySettings(public_base_url=self.base),
            twilio_account_sid=at["account_sid"],
            twilio_auth_token=SecretStr(self.token),
            twilio_messaging_service_sid=at["messaging_service_sid"],
            twilio_base_url=at["url"],
            send_threads=threads,
            # The stand-in's list never lags, so an unclear message can be looked up soon.
            send_lease=timedelta(seconds=3),
            quiet_hours=False,
        )
        self.node = Node(SERVICE, settings)
        migrations.upgrade(SERVICE, self.node.database)
        self.opportunity = uuid4()
        self.webhook_ms: list[float] = []

    def receive(self, payloads: list[Payload]) -> None:
        now = self.node.now()
        raws = [
            inbox.Raw(p.topic, p.key(), Event.of(p, source="bench", time=now).to_json(), "bench")
            for p in payloads
        ]
        readers = self.node.service.readers
        self.node.writer.write(lambda session: inbox.receive(session, raws, readers, now))

    def settle(self) -> None:
        while process(self.node, self.node.now()):
            pass

    def community(self, count: int) -> list[UUID]:
        """One opportunity and so many people who agreed to texts, taken into effect."""
        self.receive([opened(self.opportunity)])
        people = [uuid4() for _ in range(count)]
        for start in range(0, count, 200):
            numbered = enumerate(people[start : start + 200], start)
            self.receive([p for number, who in numbered for p in self.registered(who, number)])
            self.settle()
        self.settle()
        return people

    def registered(self, person: UUID, number: int) -> list[Payload]:
        sealer, now = self.node.sealer, self.node.now()
        details = json.dumps({"name": "Ada Example", "phone": phone(number), "email": None})
        sealed = sealer.seal(person, store.CONTACT_FIELD, details, sealer.new_key(person))
        consent = Consent(purpose="contact", channel="sms", given=True, wording_version="1", at=now)
        state = ParticipantRegistered(
            participant_id=person,
            organisation_id="bench",
            revision=1,
            area_code="E08000003",
            consents=[consent],
        )
        return [state, ContactDetailsSealed(participant_id=person, revision=1, sealed=sealed)]

    def request(self, person: UUID) -> InvitationRequested:
        return InvitationRequested(
            invitation_id=uuid4(),
            match_id=uuid4(),
            opportunity_id=self.opportunity,
            participant_id=person,
            organisation_id="bench",
            reply_by=datetime.now(UTC).date() + timedelta(days=10),
        )

    def stop(self, client: httpx.Client, number: int) -> None:
        fields = {
            "MessageSid": f"SM{number:032d}",
            "From": phone(number),
            "To": "+447700900999",
            "Body": "STOP",
        }
        signature = RequestValidator(self.token).compute_signature(self.base + WEBHOOK, fields)
        began = time.perf_counter()
        answer = client.post(
            self.base + WEBHOOK, data=fields, headers={"X-Twilio-Signature": signature}
        )
        self.webhook_ms.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()

    def open_messages(self) -> int:
        query = select(func.count()).where(Message.state.in_(["queued", "sending"]))
        return self.node.database.read(lambda session: session.scalar(query) or 0)

    def written(self) -> int:
        query = select(func.count()).select_from(Message).where(Message.kind == "invitation")
        return self.node.database.read(lambda session: session.scalar(query) or 0)


def phone(number: int) -> str:
    return f"+4474{number:08d}"


def opened(opportunity: UUID) -> OpportunityOpened:
    return OpportunityOpened(
        opportunity_id=opportunity,
        organisation_id="bench",
        revision=1,
        title="Better home care",
        host_name="Elmfield Council",
        host_kind="council",
        area_code="E08000003",
        place="Elmfield Library",
        seats=3,
        payment_pence=2500,
        expenses=["travel"],
        contact_phone="0161 496 0000",
    )


def steady(bench: Bench, people: list[UUID]) -> float:
    """p95 in ms from the event's arrival to the call of the provider, at a steady rate."""
    asked: dict[UUID, datetime] = {}
    for person in people:
        asked[person] = bench.node.now()
        bench.receive([bench.request(person)])
        time.sleep(1 / STEADY_PER_SECOND)
    wait_for(bench, len(people), 60)
    tried = bench.node.database.read(
        lambda session: dict(
            session.execute(select(Message.participant_id, Message.first_tried_at)).all()  # type: ignore[arg-type]
        )
    )
    waited = [(as_utc(tried[p]) - at).total_seconds() * 1000 for p, at in asked.items()]
    return percentile(waited, 95)


def wait_for(bench: Bench, written: int, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if bench.written() >= written and bench.open_messages() == 0:
            return
        time.sleep(0.1)
    print(f"gave up waiting: {bench.open_messages()} still open", file=sys.stderr)


def percentile(values: list[float], at: int) -> float:
    return round(statistics.quantiles(values, n=100, method="inclusive")[at - 1], 1)


def burst(bench: Bench, people: list[UUID], first: int, given: argparse.Namespace) -> float:
    """Everybody asked at once, one in twenty sends STOP meanwhile; seconds until none is open."""
    began = time.perf_counter()
    requests: list[Payload] = [bench.request(person) for person in people]
    for start in range(0, len(requests), 500):
        bench.receive(requests[start : start + 500])
    stopping = range(first, first + len(people), round(1 / STOPPING))

    def stop_some() -> None:
        with httpx.Client(timeout=30) as client:
            for number in stopping:
                bench.stop(client, number)
                time.sleep(0.02)

    thread = threading.Thread(target=stop_some)
    thread.start()
    wait_for(bench, first + len(people), given.seconds)
    took = time.perf_counter() - began
    thread.join()
    return took


class StopWatch:
    """Notes when each person's STOP was seen in the ledger, after its commit."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.seen: dict[UUID, datetime] = {}
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        query = select(ConsentEntry.participant_id).where(ConsentEntry.given.is_(False))
        while not self.done.wait(0.1):
            found = self.bench.node.database.read(lambda session: session.scalars(query).all())
            now = self.bench.node.now()
            for person in found:
                self.seen.setdefault(person, now)

    def sent_later(self) -> int:
        """Messages claimed for the provider after their person's STOP was in the ledger."""
        self.done.set()
        self.thread.join()
        query = select(Message.participant_id, Message.first_tried_at).where(
            Message.first_tried_at.is_not(None)
        )
        rows = self.bench.node.database.read(lambda session: session.execute(query).all())
        return sum(
            1
            for person, at in rows
            if at is not None and person in self.seen and as_utc(at) > self.seen[person]
        )


def run(folder: Path, at: dict[str, Any], given: argparse.Namespace) -> dict[str, Any]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        bench = Bench(folder, at, listener.getsockname()[1], given.threads)
        people = bench.community(STEADY + given.invitations)
        root = FastAPI(telemetry=NO_TELEMETRY)
        root.mount("/notifications", app(bench.node))
        server = uvicorn.Server(uvicorn.Config(root, log_level="error"))
        web = threading.Thread(target=server.run, args=([listener],), daemon=True)
        web.start()
        runner = EmbeddedRunner([bench.node])
        runner.start()
        p95 = steady(bench, people[:STEADY])
        watch = StopWatch(bench)
        watch.thread.start()
        cpu = time.process_time()
        took = burst(bench, people[STEADY:], STEADY, given)
        cpu = time.process_time() - cpu
        runner.stop()
        states = bench.node.database.read(
            lambda session: Counter(session.scalars(select(Message.state)))
        )
        after_stop = watch.sent_later()
        server.should_exit = True
        web.join(timeout=10)
        bench.node.close()
    listed = httpx.get(f"{at['url']}/standin/messages", timeout=60).json()
    numbers = Counter(m["to"] for m in listed if m["direction"] == "outbound-api")
    reached = sum(states[s] for s in ("sent", "delivered", "unknown"))
    return {
        "invitations": given.invitations,
        "threads": given.threads,
        "provider_answer_ms": 50,
        "messages_per_s": round(given.invitations / took, 1),
        "cpu_ms_per_message": round(cpu / given.invitations * 1000, 2),
        "event_to_provider_call_p95_ms": p95,
        "webhook_p50_ms": percentile(bench.webhook_ms, 50),
        "webhook_p95_ms": percentile(bench.webhook_ms, 95),
        "at_the_provider": len(numbers),
        "marked_sent": reached,
        "sent_twice": sum(1 for count in numbers.values() if count > 1),
        "sent_after_stop": after_stop,
        "stops": len(bench.webhook_ms),
        "states": dict(states),
        "load_before": given.load,
        "cores": os.cpu_count(),
    }


def main() -> None:
    """Run once and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 instead of 10,000")
    parser.add_argument("--invitations", type=int)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--write", type=Path, help="also write the page of figures to this file")
    parser.add_argument("--seconds", type=float, default=240.0, help="give up after so long")
    given = parser.parse_args()
    given.invitations = given.invitations or (1000 if given.quick else 10_000)
    given.load = round(os.getloadavg()[0], 1)
    with standin("0.05", FAULTS) as (folder, at):
        figures = run(folder, at, given)
    print(json.dumps(figures))
    if given.write:
        # Imported here, since it takes the service of this module.
        from bench.step_costs import measured

        given.write.write_text(document(figures, measured(500)))


@contextmanager
def standin(delay: str, faults: dict[str, float]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A provider in a process of its own: a folder to work in, and how to reach it."""
    command = [sys.executable, "-m", "services.notifications.standin"]
    command += ["--answer-delay", delay, "--faults", json.dumps(faults)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        tempfile.TemporaryDirectory(prefix="newvoices-bench-") as folder,
    ):
        assert process.stdout is not None
        try:
            yield Path(folder), json.loads(process.stdout.readline())
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
