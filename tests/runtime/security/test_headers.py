"""Security headers and body limits on real responses."""

from typing import Annotated

import pytest
from fastapi import FastAPI, UploadFile
from fastapi.testclient import TestClient
from starlette.responses import Response

from services.runtime.security.headers import (
    SecurityHeadersMiddleware,
    content_security_policy,
    security_headers,
)
from services.runtime.security.settings import SecuritySettings

HTTPS = SecuritySettings(public_base_url="https://voices.example", max_body_bytes=1000)
LOCAL = SecuritySettings(public_base_url="http://localhost:8000")


def client(settings: SecuritySettings) -> TestClient:
    app = FastAPI(max_body_size=settings.max_body_bytes)
    app.add_middleware(SecurityHeadersMiddleware, settings=settings)

    @app.get("/")
    async def start() -> str:
        return "hello"

    @app.get("/cached")
    async def cached() -> Response:
        return Response(headers={"cache-control": "max-age=60"})

    @app.post("/json")
    async def json(body: dict[str, str]) -> int:
        return len(body)

    @app.post("/file")
    async def file(upload: Annotated[UploadFile, "any"]) -> int:
        return len(await upload.read())

    return TestClient(app)


@pytest.mark.parametrize("path", ["/", "/not-there", "/openapi.json"])
def test_every_response_carries_the_headers(path: str) -> None:
    headers = client(HTTPS).get(path).headers
    for name, value in security_headers(HTTPS).items():
        assert headers[name] == value
    assert headers["cache-control"] == "no-store"


def test_the_policy_lets_nothing_inline_run() -> None:
    policy = content_security_policy()
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "*" not in policy


def test_a_known_script_is_let_in_by_its_hash_with_or_without_quotes() -> None:
    for value in ("sha256-abc=", "'sha256-abc='"):
        assert "script-src 'self' 'sha256-abc=';" in content_security_policy([value])


def test_hsts_is_sent_where_the_site_is_https_only() -> None:
    assert security_headers(HTTPS)["Strict-Transport-Security"].startswith("max-age=63072000")
    assert "Strict-Transport-Security" not in security_headers(LOCAL)
    assert "upgrade-insecure-requests" not in security_headers(LOCAL)["Content-Security-Policy"]


def test_a_response_may_choose_to_be_cached() -> None:
    assert client(HTTPS).get("/cached").headers["cache-control"] == "max-age=60"


def test_a_body_beyond_the_limit_gets_a_413() -> None:
    web = client(HTTPS)
    assert web.post("/json", json={"a": "x" * 100}).status_code == 200
    assert web.post("/json", json={"a": "x" * 1000}).status_code == 413
    assert web.post("/file", files={"upload": b"x" * 1000}).status_code == 413
    assert web.post("/nowhere", content=b"x" * 1001).status_code in {404, 413}


def test_a_body_of_unstated_length_is_counted_as_it_arrives() -> None:
    def drip() -> object:
        for _ in range(20):
            yield b"x" * 100

    answer = client(HTTPS).post(
        "/json", content=drip(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413
