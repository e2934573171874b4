"""The people of bench.notifications, in a process of their own: they write texts.

    python -m bench.people URL TOKEN FIRST COUNT ONE_IN PAUSE BODY

Of COUNT people from number FIRST on, one in ONE_IN sends BODY, PAUSE seconds after the one before
was answered. When its input is closed it prints one line of JSON: how long each answer took, and
when each had it. Apart from the service it takes none of its interpreter's time.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime

import httpx
from twilio.request_validator import RequestValidator

WEBHOOK = "/notifications/webhooks/twilio/inbound"


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


def main() -> None:
    base, token, first, count, one_in, pause, body = sys.argv[1:]
    took: list[float] = []
    answered: dict[int, str] = {}
    with httpx.Client(timeout=30, trust_env=False) as client:
        for number in range(int(first), int(first) + int(count), int(one_in)):
            took.append(send(client, base, token, number, body))
            answered[number] = datetime.now(UTC).isoformat()
            time.sleep(float(pause))
    sys.stdin.read()
    told = {"webhook_ms": took, "answered": answered, "cpu_seconds": time.process_time()}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
