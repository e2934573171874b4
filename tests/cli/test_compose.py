from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from services.cli.compose import make_nodes, make_root
from services.runtime.security.routes import undeclared_routes
from services.runtime.settings import Settings


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    nodes = make_nodes(Settings(data_dir=tmp_path))
    return TestClient(make_root(nodes), base_url="http://localhost:8000")


def test_the_start_page_leads_to_the_sign_in_with_style_and_scripts(client: TestClient) -> None:
    page = client.get("/", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "Sign in" in page.text
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert any(".css" in one for one in assets)
    assert any(".js" in one for one in assets)
    for address in assets:
        assert client.get(address).status_code == 200, address


def test_every_answer_is_protected_by_headers(client: TestClient) -> None:
    for path in ("/outreach/sign-in", "/health/live", "/no/such/page", "/matching/api/v1/measures"):
        headers = client.get(path).headers
        assert "default-src" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_every_route_of_the_whole_declares_who_may_use_it(client: TestClient) -> None:
    assert undeclared_routes(client.app) == []  # type: ignore[arg-type]


def test_each_service_is_ready_and_describes_its_api(client: TestClient) -> None:
    for name in ("outreach", "matching", "notifications"):
        assert client.get(f"/{name}/health/ready").json()["status"] == "ok"
        assert client.get(f"/{name}/openapi.json").json()["paths"]
