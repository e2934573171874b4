"""A real browser for tests: fixtures for pages of several kinds, and the accessibility check.

A test takes `phone` or `desktop` (pages with JavaScript) or `open_page(...)` for others, and
calls `check_accessible(page)`. `serve(app)` runs an ASGI app on a free port of this machine.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import threading
import time
from asyncio import events
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Playwright,
    ViewportSize,
    expect,
    sync_playwright,
)

PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 320, "height": 640}
# Playwright's own list, as only the last of these flags counts, and what costs without being seen:
# the two popups of the address bar are pages, loaded in each window at twice the work of ours.
FEATURES_OFF = [
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(FEATURES_OFF)}",
]
AXE_RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
    # To read the style sheets again is for one rule; the page of components is held to it.
    "preload": False,
}
# What colours, sizes and places alone decide: for a page that is otherwise checked.
AXE_LOOKS = AXE_RULES | {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block", "target-size"]}
}

# Contrast is half of all that axe does. It asks for it of each text, whatever was asked before of
# hundreds like it: here of three of each kind, which is same colour, size, weight and shadow on
# the same backgrounds, from the text up to the page.
CONTRAST_OF_EACH_KIND = """
axe.configure({rules: [{id: 'color-contrast', selector: '[data-text-of-its-kind]'}]});
window.markTexts = () => {
  const numbers = new Map(), behind = new Map(), seen = new Map();
  for (const element of document.querySelectorAll('*')) {
    const style = getComputedStyle(element);
    const {backgroundColor, backgroundImage, opacity} = style;
    let ground = behind.get(element.parentElement) ?? 0;
    if (backgroundColor !== 'rgba(0, 0, 0, 0)' || backgroundImage !== 'none' || opacity !== '1') {
      const own = [ground, backgroundColor, backgroundImage, opacity].join();
      if (!numbers.has(own)) numbers.set(own, numbers.size + 1);
      ground = numbers.get(own);
    }
    behind.set(element, ground);
    const text = element.matches('input, select, textarea, button') ||
      [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const {color, fontSize, fontWeight, textShadow} = style;
    // One letter alone is never judged.
    const letter = element.textContent.trim().length < 2;
    const kind = [ground, color, fontSize, fontWeight, textShadow, letter].join();
    if (text && element.checkVisibility()) seen.set(kind, (seen.get(kind) ?? 0) + 1);
    element.toggleAttribute('data-text-of-its-kind', text && (seen.get(kind) ?? 0) <= 3);
  }
};
"""

# A wait ends as soon as what it waits for is there; this is when a busy machine gives it up.
PATIENCE_MS = 45_000
expect.set_options(timeout=PATIENCE_MS)

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Chromium's path; without one the tests are skipped, in CI they fail."""
    found = os.environ.get("NEWVOICES_CHROMIUM") or shutil.which("chromium")
    if found:
        return found
    reason = "Chromium is not installed (Debian: apt-get install chromium)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True)
class Running:
    """A driver and its Chromium; while the loop counts as running, no other can start."""

    driver: Playwright
    browser: Browser
    loop: asyncio.AbstractEventLoop

    @contextmanager
    def at_work(self) -> Iterator[None]:
        events._set_running_loop(self.loop)
        yield
        events._set_running_loop(None)


@pytest.fixture(scope="session")
def running_browser(chromium_path: str) -> Iterator[Running]:
    """One Chromium for all tests of this process: its start costs more than most tests with it."""
    driver = sync_playwright().start()
    loop = events.get_running_loop()
    launched = driver.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
    running = Running(driver, launched, loop)
    events._set_running_loop(None)
    yield running
    with running.at_work():
        launched.close()
        driver.stop()


# The driver's loop counts as running only in modules that look at pages, for in this thread tests
# of other modules have loops of their own.
@pytest.fixture(scope="module")
def playwright_driver(running_browser: Running) -> Iterator[Playwright]:
    with running_browser.at_work():
        yield running_browser.driver


@pytest.fixture(scope="module")
def browser(playwright_driver: Playwright, running_browser: Running) -> Browser:
    return running_browser.browser


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens pages with any option of Playwright's `new_context`; all are closed afterwards.

    A script error or a refusal by the Content Security Policy fails the test at its end.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_one(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": PHONE, "locale": "en-GB", **options})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        watch(page, faults)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not faults, faults


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    return open_page(viewport=PHONE, has_touch=True, is_mobile=True)


@pytest.fixture
def desktop(open_page: OpenPage) -> Page:
    return open_page(viewport=DESKTOP)


def watch(page: Page, faults: list[str]) -> None:
    """Note what must never happen on a page of ours: an uncaught error, a broken policy."""
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda message: (
            faults.append(f"{page.url}: {message.text}")
            if "Content Security Policy" in message.text
            else None
        ),
    )


def check_accessible(page: Page, rules: dict[str, Any] = AXE_RULES) -> None:
    """axe-core at WCAG 2.2 AA finds nothing, and the page does not scroll sideways."""
    try:
        violations = find_violations(page, rules)
    except Error:  # the page was on its way to another
        page.wait_for_load_state("networkidle")
        violations = find_violations(page, rules)
    assert not violations, "\n".join(
        f"{v['id']}: {v['help']}\n    "
        + "\n    ".join(f"{n['target']} {n['failureSummary']}" for n in v["nodes"][:5])
        for v in violations
    )
    check_no_sideways_scroll(page)


def find_violations(page: Page, rules: dict[str, Any] = AXE_RULES) -> list[dict[str, Any]]:
    """What axe-core finds wrong. It is half a megabyte: brought to each document only once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
        page.evaluate(CONTRAST_OF_EACH_KIND)
    # Only these leave the page: what passed is thousands of lines that the driver would check.
    found: list[dict[str, Any]] = page.evaluate(
        "options => { markTexts(); return axe.run(options).then(results => results.violations); }",
        rules,
    )
    return found


def check_no_sideways_scroll(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{page.url} is {wide} px wider than the window"


@contextmanager
def serve(app: Any, port: int = 0) -> Iterator[str]:
    """The address of `app`, served by uvicorn from a thread until the block ends.

    `port` for an app that has to know its own address beforehand; 0 takes a free one.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        config = uvicorn.Config(app, log_config=None, log_level="error", lifespan="on")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)
