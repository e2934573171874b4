"""The people of bench.notifications, in a process of their own: they send STOP, and keep watch.

    python -m bench.people URL TOKEN DATABASE FIRST COUNT ONE_IN PAUSE BODY

Of COUNT people from number FIRST on, one in ONE_IN sends BODY, PAUSE seconds after the one before
was answered. When its input is closed it prints one line of JSON: how long each answer took, and
when each STOP was first seen in the ledger.
Apart from the service it takes none of its interpreter's time, and waits for none of it.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
from twilio.request_validator import RequestValidator

WEBHOOK = "/notifications/webhooks/twilio/inbound"
LOOK_SECONDS = 0.1


def phone(number: int) -> str:
    return f"+4474{number:08d}"


def send(client: httpx.Client, base: str, token: str, number: int, body: str) -> float:
    """Send a text from a phone; milliseconds until it was answered."""
    fields = {
        "MessageSid": f"SM{number:032d}",
        "From": phone(number),
        "To": "+447700900999",
        "Body": body,
    }
    signature = RequestValidator(token).compute_signature(base + WEBHOOK, fields)
    began = time.perf_counter()
    answer = client.post(base + WEBHOOK, data=fields, headers={"X-Twilio-Signature": signature})
    took = (time.perf_counter() - began) * 1000
    answer.raise_for_status()
    return took


class Watch(threading.Thread):
    """Notes when each person's withdrawal was seen in the ledger, after its commit."""

    def __init__(self, database: Path) -> None:
        super().__init__()
        self.seen: dict[str, str] = {}
        self.done = threading.Event()
        self._database = database

    def run(self) -> None:
        newest = 0
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as ledger:
            while not self.done.wait(LOOK_SECONDS):
                found = ledger.execute(
                    "SELECT id, participant_id, given FROM consent_ledger WHERE id > ?", [newest]
                ).fetchall()
                now = datetime.now(UTC).isoformat()
                for row, person, given in found:
                    newest = max(newest, row)
                    if not given:
                        self.seen.setdefault(person, now)


def main() -> None:
    base, token, database, first, count, one_in, pause, body = sys.argv[1:]
    watch = Watch(Path(database))
    watch.start()
    took: list[float] = []
    with httpx.Client(timeout=30, trust_env=False) as client:
        for number in range(int(first), int(first) + int(count), int(one_in)):
            took.append(send(client, base, token, number, body))
            time.sleep(float(pause))
    sys.stdin.read()
    watch.done.set()
    watch.join()
    told = {"webhook_ms": took, "seen": watch.seen, "cpu_seconds": time.process_time()}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
