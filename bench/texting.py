"""Texts through the provider layer: real twilio client, stand-in in its own process, faults.

    .venv/bin/python -m bench.texting --texts 2000 --threads 32

Prints one line of JSON. Compare runs by ratio: the stand-in shares the machine.
"""

import argparse
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx

from services.notifications.providers.base import (
    OutgoingSms,
    PermanentFailure,
    TemporaryFailure,
    UnknownOutcome,
)
from services.notifications.providers.twilio_sms import TwilioSms

FAULTS = {
    "too_many": 0.02,
    "server_error": 0.02,
    "closed": 0.02,
    "accepted_then_error": 0.02,
    "accepted_then_closed": 0.02,
}


def deliver(provider: TwilioSms, message: OutgoingSms) -> int:
    """Mark, send, look up, until it is out. Returns how often the provider was called to send."""
    since, maybe_out, calls = datetime.now(UTC), False, 0
    while True:
        try:
            if maybe_out and provider.find(message, since):
                return calls
            calls += 1
            provider.send(message)
        except PermanentFailure:
            return calls
        except TemporaryFailure as failure:
            maybe_out = maybe_out or not failure.surely_not_sent
        except UnknownOutcome:
            maybe_out = True
        else:
            return calls


def main() -> None:
    """Run once and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=32)
    parser.add_argument("--provider-delay", type=float, default=0.05, help="seconds")
    given = parser.parse_args()
    command = [sys.executable, "-m", "services.notifications.standin"]
    command += ["--answer-delay", str(given.provider_delay), "--faults", json.dumps(FAULTS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        at = json.loads(process.stdout.readline())
        provider = TwilioSms(
            at["account_sid"],
            at["auth_token"],
            messaging_service_sid=at["messaging_service_sid"],
            api_base_url=at["url"],
        )
        messages = [
            OutgoingSms(f"r{n}", f"+4477{n:08d}", f"Invitation {n}: reply YES or NO.")
            for n in range(given.texts)
        ]
        began, cpu = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(given.threads) as pool:
            calls = sum(pool.map(lambda m: deliver(provider, m), messages))
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        sent = [
            m["to"]
            for m in httpx.get(f"{at['url']}/standin/messages", timeout=60).json()
            if m["direction"] == "outbound-api"
        ]
        process.terminate()
    figures = {
        "texts": given.texts,
        "threads": given.threads,
        "provider_delay_s": given.provider_delay,
        "texts_per_s": round(given.texts / took, 1),
        "client_cpu_ms_per_text": round(cpu / given.texts * 1000, 2),
        "send_calls": calls,
        "sent": len(sent),
        "sent_twice": len(sent) - len(set(sent)),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
