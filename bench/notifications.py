"""Invitations through the whole journey: event, text written, queue, provider, reports, STOP.

    .venv/bin/python -m bench.notifications --quick            1,000 invitations
    .venv/bin/python -m bench.notifications                    10,000
    … --write docs/bench-notifications.md                      and writes the page, under 5 minutes

Three processes: the service; a stand-in that the real Twilio client calls, which takes 50 ms for
each answer, fails one request in ten and posts signed delivery reports; and the people, who send
STOP and note when it was answered. Prints one line of JSON; compare runs on one machine by ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select

from bench.approving import measured as approvals
from bench.figures import hundredth as percentile
from bench.inviting import Bench, standin
from bench.message_report import document
from schemas.envelope import Payload
from services.notifications.models import Message
from services.notifications.service import app
from services.runtime.clock import as_utc
from services.runtime.embedded import EmbeddedRunner
from services.runtime.web import NO_TELEMETRY

FAULTS = {
    "too_many": 0.03,
    "server_error": 0.02,
    "closed": 0.02,
    "accepted_then_error": 0.015,
    "accepted_then_closed": 0.015,
}
STEADY, STEADY_PER_SECOND = 200, 15.0
APPROVALS, APPROVALS_PER_SECOND = 40, 4.0
LOOK_SECONDS = 0.25


def steady(bench: Bench, people: list[UUID]) -> float:
    """p95 in ms from the event's arrival to the call of the provider, at a steady rate."""
    asked: dict[UUID, datetime] = {}
    for person in people:
        asked[person] = bench.node.now()
        bench.receive([bench.request(person)])
        time.sleep(1 / STEADY_PER_SECOND)
    wait_for(bench, 60)
    tried = first_tries(bench)
    waited = [(as_utc(tried[p]) - at).total_seconds() * 1000 for p, at in asked.items()]
    return percentile(waited, 95)


def first_tries(bench: Bench) -> dict[UUID, datetime]:
    """When each person's message was claimed for the provider."""
    query = select(Message.participant_id, Message.first_tried_at).where(
        Message.first_tried_at.is_not(None)
    )
    rows = bench.node.database.read(lambda session: session.execute(query).all())
    return {person: as_utc(at) for person, at in rows if at is not None}


def wait_for(bench: Bench, seconds: float) -> None:
    """Until nothing that was received waits, and no message is open."""
    ends = time.monotonic() + seconds
    while bench.is_busy():
        if time.monotonic() > ends:
            print("gave up waiting: messages are still open", file=sys.stderr)
            return
        time.sleep(LOOK_SECONDS)


def burst(bench: Bench, people: list[UUID], seconds: float) -> float:
    """Everybody asked at once; seconds until none is open, retries and look-ups included."""
    began = time.perf_counter()
    requests: list[Payload] = [bench.request(person) for person in people]
    for start in range(0, len(requests), 500):
        bench.receive(requests[start : start + 500])
    wait_for(bench, seconds)
    return time.perf_counter() - began


@contextmanager
def answering(
    bench: Bench, first: int, count: int, *, one_in: int, pause: float, body: str
) -> Iterator[dict[str, Any]]:
    """The people's process; afterwards what it yields holds what they noted."""
    command = [sys.executable, "-m", "bench.people", bench.base, bench.token]
    noted: dict[str, Any] = {}
    with subprocess.Popen(
        [*command, str(first), str(count), str(one_in), str(pause), body],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as people:
        yield noted
        noted.update(json.loads(people.communicate("")[0]))


@contextmanager
def serving(bench: Bench, listener: socket.socket) -> Iterator[None]:
    """The service's web server and loops, in this process."""
    root = FastAPI(telemetry=NO_TELEMETRY)
    root.mount("/notifications", app(bench.node))
    server = uvicorn.Server(uvicorn.Config(root, log_level="error"))
    web = threading.Thread(target=server.run, args=([listener],), daemon=True)
    web.start()
    runner = EmbeddedRunner([bench.node])
    runner.start()
    yield
    runner.stop()
    server.should_exit = True
    web.join(timeout=10)


def sent_later(bench: Bench, everybody: list[UUID], answered: dict[str, str]) -> int:
    """Messages claimed for the provider after their person's STOP was answered."""
    stopped = {everybody[int(n)]: datetime.fromisoformat(at) for n, at in answered.items()}
    tried = first_tries(bench)
    return sum(1 for person, at in stopped.items() if person in tried and tried[person] > at)


def provider_cpu(at: dict[str, Any]) -> float:
    answer = httpx.get(f"{at['url']}/standin/cpu", trust_env=False)
    return float(answer.json()["seconds"])


def run(folder: Path, at: dict[str, Any], given: argparse.Namespace) -> dict[str, Any]:
    count = given.invitations
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        bench = Bench(folder, at, listener.getsockname()[1], given.threads)
        everybody = bench.community(STEADY + count)
        with serving(bench, listener):
            with answering(
                bench, 0, STEADY, one_in=1, pause=1 / STEADY_PER_SECOND, body="Where is it?"
            ) as steadily:
                p95 = steady(bench, everybody[:STEADY])
            with answering(bench, STEADY, count, one_in=20, pause=0.02, body="STOP") as noted:
                provider, own = provider_cpu(at), time.process_time()
                took = burst(bench, everybody[STEADY:], given.seconds)
                own = time.process_time() - own
                provider = provider_cpu(at) - provider
        states = bench.node.database.read(
            lambda session: Counter(session.scalars(select(Message.state)))
        )
        after_stop = sent_later(bench, everybody, noted["answered"])
        bench.node.close()
    listed = httpx.get(f"{at['url']}/standin/messages", timeout=60, trust_env=False).json()
    texts = Counter((m["to"], m["body"]) for m in listed if m["direction"] == "outbound-api")
    reached = sum(states[s] for s in ("sent", "delivered", "unknown"))
    return {
        "invitations": count,
        "threads": given.threads,
        "provider_answer_ms": 50,
        "messages_per_s": round(count / took, 1),
        "cpu_ms_per_message": round(own / count * 1000, 2),
        "provider_cpu_ms_per_message": round(provider / count * 1000, 2),
        "people_cpu_s": round(noted["cpu_seconds"], 2),
        "event_to_provider_call_p95_ms": p95,
        "webhook_steady_p50_ms": percentile(steadily["webhook_ms"], 50),
        "webhook_steady_p95_ms": percentile(steadily["webhook_ms"], 95),
        "webhook_p50_ms": percentile(noted["webhook_ms"], 50),
        "webhook_p95_ms": percentile(noted["webhook_ms"], 95),
        "at_the_provider": len(texts),
        "marked_sent": reached,
        "sent_twice": sum(1 for times in texts.values() if times > 1),
        "sent_after_stop": after_stop,
        "stops": len(noted["webhook_ms"]),
        "states": dict(states),
        "load_before": given.load,
        "cores": os.cpu_count(),
    }


def main() -> None:
    """Run once and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 instead of 10,000")
    parser.add_argument("--invitations", type=int)
    parser.add_argument("--threads", type=int, default=32)
    parser.add_argument("--write", type=Path, help="also write the page of figures to this file")
    parser.add_argument("--seconds", type=float, default=240.0, help="give up after so long")
    given = parser.parse_args()
    given.invitations = given.invitations or (1000 if given.quick else 10_000)
    given.load = round(os.getloadavg()[0], 1)
    with standin("0.05", FAULTS) as (folder, at):
        figures = run(folder, at, given)
    approved = approvals(APPROVALS, APPROVALS_PER_SECOND)
    figures["approval_answered_p95_ms"] = percentile(approved["answered"], 95)
    figures["approval_to_provider_call_p50_ms"] = percentile(approved["called"], 50)
    figures["approval_to_provider_call_p95_ms"] = percentile(approved["called"], 95)
    print(json.dumps(figures))
    if given.write:
        # Imported here, since it takes the service of this module.
        from bench.step_costs import measured

        given.write.write_text(document(figures, measured(500)))


if __name__ == "__main__":
    main()
