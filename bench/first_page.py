"""The first visit on a slow phone: bytes over the wire and time until the form can be used.

    .venv/bin/python -m bench.first_page

Outreach's own pages, log a contact and register a person, for a link worker who signed in: a cold
browser on an emulated link of 400 kbit/s with 400 ms round trips, the processor slowed down 4
times. Times depend on the machine: compare them with the line "no slow-down", not with another
machine's. The bytes do not. What the service worker loads afterwards is not in them; the test of
the budget counts it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.outreach.browsing import site
from tests.outreach.conftest import PASSWORD, World, contact_body, new_world
from tests.support.browser import CHROMIUM_FLAGS, PHONE

KBIT = 1000 / 8
ROUNDS = 5


PAGES = ("/contacts/new", "/people/new")


def visit(browser: Browser, base: str, path: str, slow: bool) -> tuple[float, dict[str, int]]:
    """Seconds until the form can be used, and bytes received by kind of file."""
    context = browser.new_context(viewport=PHONE, service_workers="block")
    # Signed in without a page, so that the cache is as empty as on a first visit.
    who = {"email": "worker@example.org", "password": PASSWORD}
    answer = context.request.post(
        f"{base}/outreach/api/v1/sign-in", data=who, headers={"origin": base}
    )
    assert answer.ok, answer.status
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    if slow:
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        devtools.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": 400,
                "downloadThroughput": 400 * KBIT,
                "uploadThroughput": 400 * KBIT,
            },
        )
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}
    devtools.on(
        "Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]})
    )

    def finished(event: dict[str, object]) -> None:
        kind = kinds.get(str(event["requestId"]), "Other")
        sizes[kind] = sizes.get(kind, 0) + int(float(str(event["encodedDataLength"])))

    devtools.on("Network.loadingFinished", finished)
    start = time.perf_counter()
    page.goto(f"{base}/outreach{path}", wait_until="commit")
    page.wait_for_selector("form[data-nv-started]")
    seconds = time.perf_counter() - start
    page.wait_for_load_state("networkidle")
    context.close()
    return seconds, sizes


def measure(browser: Browser, base: str) -> None:
    for path in PAGES:
        for name, slow in (("no slow-down", False), ("400 kbit/s, CPU 4x", True)):
            rounds = [visit(browser, base, path, slow) for _ in range(ROUNDS)]
            median = statistics.median(seconds for seconds, _ in rounds)
            worst = max(seconds for seconds, _ in rounds)
            sizes = rounds[-1][1]
            kinds = ", ".join(f"{kind} {size}" for kind, size in sorted(sizes.items()))
            print(
                f"{path}, {name}: ready after {median:.2f} s (slowest of {ROUNDS}: {worst:.2f}); "
                f"{sum(sizes.values())} bytes ({kinds})"
            )


def somebody(world: World) -> None:
    """A link worker with a few places to choose from."""
    client = world.signed_in("worker@example.org", team="north")
    for number in range(6):
        answer = client.post("/api/v1/contacts", json=contact_body(venue=f"Place {number}"))
        assert answer.status_code == 201, answer.text


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        new_world(Path(folder)) as world,
        site(world) as base,
        sync_playwright() as driver,
    ):
        somebody(world)
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        measure(browser, base)
        browser.close()


if __name__ == "__main__":
    main()
