"""The first visit on a slow phone: bytes over the wire and time until the form can be used.

    .venv/bin/python -m bench.first_page

A cold browser on an emulated link of 400 kbit/s with 400 ms round trips, the processor slowed
down 4 times. Times depend on the machine: compare them with the line "no slow-down", not with
another machine's. The bytes do not.
"""

from __future__ import annotations

import statistics
import time

from playwright.sync_api import Browser, sync_playwright

from tests.runtime.pages.offline_site import Site
from tests.support.browser import CHROMIUM_FLAGS, PHONE, serve

KBIT = 1000 / 8
ROUNDS = 5


def visit(browser: Browser, address: str, slow: bool) -> tuple[float, dict[str, int]]:
    """Seconds until the form is ready, and bytes received by kind of file."""
    context = browser.new_context(viewport=PHONE, service_workers="block")
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
    page.goto(address)
    page.wait_for_selector("form[data-nv-started]")
    seconds = time.perf_counter() - start
    page.wait_for_load_state("networkidle")
    context.close()
    return seconds, sizes


def main() -> None:
    with serve(Site().app()) as base, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        for name, slow in (("no slow-down", False), ("400 kbit/s, CPU 4x", True)):
            rounds = [visit(browser, f"{base}/field/contact", slow) for _ in range(ROUNDS)]
            median = statistics.median(seconds for seconds, _ in rounds)
            sizes = rounds[-1][1]
            kinds = ", ".join(f"{kind} {size}" for kind, size in sorted(sizes.items()))
            print(f"{name}: ready after {median:.2f} s; {sum(sizes.values())} bytes ({kinds})")


if __name__ == "__main__":
    main()
