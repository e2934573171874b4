"""Runs the stand-in as a process: python -m services.notifications.standin --port 8025"""

import argparse
import json
import signal
import threading

from services.notifications.standin.service import start
from services.notifications.standin.state import Faults


def main() -> None:
    """Print where it listens and how to sign in, as one line of JSON, then serve until stopped."""
    parser = argparse.ArgumentParser(prog="standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--inbound", help="address that gets texts from people")
    parser.add_argument("--answer-delay", type=float, default=0.0, help="seconds for each answer")
    parser.add_argument("--faults", default="{}", help='JSON, such as {"too_many": 0.1}')
    given = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with start(
        given.port,
        inbound_url=given.inbound,
        answer_delay=given.answer_delay,
        faults=Faults(**json.loads(given.faults)),
    ) as standin:
        shown = {
            "url": standin.url,
            "phones": f"{standin.url}/standin/",
            "account_sid": standin.account_sid,
            "auth_token": standin.auth_token,
            "messaging_service_sid": standin.messaging_service_sid,
        }
        print(json.dumps(shown), flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
