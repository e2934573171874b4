"""What a cheap phone loads for its first form, in bytes over the wire. Times are in bench/."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.runtime.pages import mount_static
from services.runtime.pages.assets import HERE
from services.runtime.security.headers import harden
from tests.outreach.conftest import ORIGIN, PASSWORD, World

MOST_BYTES = 60_000
MOST_SCRIPT_BYTES = 15_000
WORKER = "/outreach/sw.js"

pytestmark = pytest.mark.skipif(
    not (HERE / "static" / "build").is_dir(), reason="the assets are not built (make setup)"
)


@pytest.fixture
def phone(world: World) -> TestClient:
    world.account("worker@example.org", team="north")
    root = FastAPI()
    harden(root, world.node.settings.security)
    mount_static(root)
    root.mount("/outreach", world.app)
    client = TestClient(root, base_url=ORIGIN)
    client.headers.update({"accept": "text/html", "accept-encoding": "gzip, deflate, br"})
    body = {"email": "worker@example.org", "password": PASSWORD}
    answer = client.post("/outreach/api/v1/sign-in", json=body, headers={"origin": ORIGIN})
    assert answer.status_code == 200
    return client


def sent(client: TestClient, path: str) -> int:
    """Bytes of the body as it goes over the wire."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return int(answer.headers["content-length"])


@pytest.mark.parametrize("path", ["/outreach/contacts/new", "/outreach/people/new"])
def test_a_form_with_all_it_loads_stays_under_60_kb_and_all_scripts_under_15(
    phone: TestClient, path: str
) -> None:
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', phone.get(path).text))
    # The service worker comes once the page is in use; the file it shares with the page counts
    # once. Home screen icons are loaded only when somebody installs the app.
    files |= set(re.findall(r"/static/[^\"]+\.js", phone.get(WORKER).text))
    scripts = [WORKER, *(file for file in files if file.endswith(".js"))]
    assert len(scripts) >= 4
    assert sum(sent(phone, file) for file in scripts) < MOST_SCRIPT_BYTES
    loaded = [path, WORKER, *(file for file in files if not file.endswith(".png"))]
    assert sum(sent(phone, file) for file in loaded) < MOST_BYTES


def test_every_script_is_sent_as_small_as_the_build_left_it(phone: TestClient) -> None:
    for file in set(re.findall(r"/static/[^\"]+\.js", phone.get(WORKER).text)):
        assert phone.get(file).headers["content-encoding"] == "br", file
