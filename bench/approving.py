"""From a coordinator's approval in matching to the call of the provider, in one whole process.

    .venv/bin/python -m bench.approving [--count 40] [--rate 4]

`newvoices run` in a process of its own; this one is the coordinator, over the API, and the
stand-in. The time begins when the approval is sent and ends when the stand-in has the text: the
answer, matching's event, the feed, the text written and queued, and the claim all lie between.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.figures import hundredth
from services.cli.community import PEOPLE, Person
from services.cli.journey import Api, eventually, opportunity_body, register
from services.cli.processes import serving
from services.notifications.addresses import parse_phone
from services.notifications.standin import Standin, start

SERVICES = ("outreach", "matching", "notifications")
OPEN = 10
PATH = "/api/v1/opportunities"


def everybody(count: int) -> Iterator[Person]:
    """People who can be asked by text; each with a phone of their own."""
    willing = replace(PEOPLE[0], access_needs=(), language="en", texts=True)
    for number in range(count):
        yield replace(willing, name=f"Ada {number}", phone=f"07700 900{number:03d}")


def approvals(base: str, standin: Standin, count: int, rate: float) -> dict[str, list[float]]:
    """Milliseconds of each approval: until it was answered, and until the provider was called."""
    link_worker, coordinator = _signed_in(base, "link_worker"), _signed_in(base, "coordinator")
    opened = [
        coordinator.send("POST", "matching", PATH, opportunity_body(seats=20))["opportunity_id"]
        for _ in range(-(-count // OPEN))
    ]
    phones = {register(link_worker, one): parse_phone(one.phone).e164 for one in everybody(count)}
    items = _proposals(coordinator, opened, count)
    asked: dict[str, datetime] = {}
    answered: list[float] = []
    for item in items:
        began = time.perf_counter()
        asked[phones[item["participant_id"]]] = datetime.now(UTC)
        path = f"/api/v1/proposals/{item['match_id']}/approve"
        coordinator.send("POST", "matching", path, {}, key=f"approve-{item['match_id']}")
        answered.append((time.perf_counter() - began) * 1000)
        time.sleep(max(0.0, 1 / rate - (time.perf_counter() - began)))
    if not standin.wait_for(lambda sent: asked.keys() <= {one.to for one in sent}, 60):
        raise RuntimeError("not every approval led to a text within a minute")
    called = {one.to: one.created_at for one in standin.sent if one.to in asked}
    waited = [(called[phone] - at).total_seconds() * 1000 for phone, at in asked.items()]
    return {"answered": answered, "called": waited}


def _signed_in(base: str, role: str) -> Api:
    api = Api(dict.fromkeys(SERVICES, base))
    api.sign_in(role)
    return api


def _proposals(coordinator: Api, opened: list[str], count: int) -> list[dict[str, Any]]:
    """One proposal of each person, taken from the opportunities in turn."""

    def look() -> list[dict[str, Any]] | None:
        found: dict[str, dict[str, Any]] = {}
        for opportunity in opened:
            new = 0
            for item in coordinator.get("matching", f"{PATH}/{opportunity}/proposals")["items"]:
                if item["participant_id"] not in found and new < OPEN:
                    found[item["participant_id"]] = item
                    new += 1
        return list(found.values()) if len(found) == count else None

    return eventually("a proposal of everybody", look, 120.0, 0.5)


def measured(count: int, rate: float) -> dict[str, list[float]]:
    with (
        tempfile.TemporaryDirectory(prefix="newvoices-bench-") as folder,
        start() as standin,
        serving(Path(folder) / "data", standin) as base,
    ):
        return approvals(base, standin, count, rate)


def main() -> None:
    """Run once and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--rate", type=float, default=4.0, help="approvals a second")
    given = parser.parse_args()
    found = measured(given.count, given.rate)
    print(json.dumps({name: [hundredth(v, 50), hundredth(v, 95)] for name, v in found.items()}))


if __name__ == "__main__":
    main()
