"""Security headers and body limits on real responses."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI, UploadFile
from fastapi.testclient import TestClient
from starlette.responses import Response

from services.runtime.security.gate import Gate
from services.runtime.security.headers import (
    content_security_policy,
    harden,
    security_headers,
)
from services.runtime.security.problems import PROBLEM_MEDIA_TYPE
from services.runtime.security.settings import SecuritySettings

HTTPS = SecuritySettings(
    secret_key="s" * 40,  # type: ignore[arg-type]
    public_base_url="https://voices.example",
    max_body_bytes=2048,
)
LOCAL = SecuritySettings(public_base_url="http://localhost:8000")


def client(settings: SecuritySettings) -> TestClient:
    app = FastAPI()
    harden(app, settings)
    Gate.from_settings(settings, is_revoked=lambda _: False).install(app)

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
    async def file(upload: UploadFile) -> int:
        return len(await upload.read())

    app.post("/large", max_body_size=100_000)(json)
    inner = FastAPI()
    Gate.from_settings(settings, is_revoked=lambda _: False).install(inner)
    inner.post("/inner")(json)
    app.mount("/mounted", inner)
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


def test_a_body_beyond_the_limit_gets_a_413_in_words() -> None:
    web = client(HTTPS)
    assert web.post("/json", json={"a": "x" * 100}).status_code == 200
    assert web.post("/large", json={"a": "x" * 5000}).status_code == 200
    for answer in (
        web.post("/json", json={"a": "x" * 2048}),
        web.post("/file", files={"upload": b"x" * 2048}),
        web.post("/mounted/inner", json={"a": "x" * 2048}),
    ):
        assert answer.status_code == 413
        assert answer.headers["content-type"] == PROBLEM_MEDIA_TYPE
        assert answer.json()["detail"].startswith("Nothing was saved.")
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_body_that_nobody_reads_is_refused_too() -> None:
    answer = client(HTTPS).request("GET", "/", content=b"x" * 2049)
    assert answer.status_code == 413
    assert answer.json()["title"] == "This is too large"
    page = client(HTTPS).request("GET", "/", content=b"x" * 2049, headers={"accept": "text/html"})
    assert "<h1>This is too large</h1>" in page.text


def test_a_body_of_unstated_length_is_counted_as_it_arrives() -> None:
    def drip() -> Iterator[bytes]:
        for _ in range(30):
            yield b"x" * 100

    answer = client(HTTPS).post(
        "/json", content=drip(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:newvoices:problem:too-large"
