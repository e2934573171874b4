"""The page that describes an API: open to all, complete, without script of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from services.runtime.api_documents import grouped
from tests.support.whole import Whole, whole

SERVICES = ("outreach", "matching", "notifications")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with whole(tmp_path_factory.mktemp("documents")) as made:
        yield made


@pytest.fixture
def client(world: Whole) -> TestClient:
    return world.browser()


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_describes_every_operation_with_what_it_needs(
    world: Whole, client: TestClient, name: str
) -> None:
    page = client.get(f"/{name}/docs")
    assert page.status_code == 200
    operations = [one for found in grouped(world.app(name)).values() for one in found]
    assert len(operations) >= 5
    for one in operations:
        assert f"{one.method} {one.path}" in page.text
        assert one.needs, f"{one.method} {one.path} does not say what it needs"


@pytest.mark.parametrize("name", SERVICES)
def test_no_script_or_style_of_the_page_is_inline_and_nothing_comes_from_elsewhere(
    client: TestClient, name: str
) -> None:
    page = client.get(f"/{name}/docs")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    for script in re.findall(r"<script[^>]*>(.*?)</script>", page.text, re.DOTALL):
        assert script.strip() == ""
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page.text)
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert not address.startswith(("http:", "https:", "//")), address


def test_an_operation_shows_a_body_that_can_be_sent(world: Whole) -> None:
    operations = [one for found in grouped(world.app("outreach")).values() for one in found]
    logging = next(one for one in operations if one.method == "PUT" and "contacts" in one.path)
    assert '"venue": "Harehills food bank"' in logging.example


def test_the_common_viewers_are_not_served(client: TestClient) -> None:
    for name in SERVICES:
        assert client.get(f"/{name}/redoc").status_code == 404
        assert "swagger" not in client.get(f"/{name}/docs").text.lower()
