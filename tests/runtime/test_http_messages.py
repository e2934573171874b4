"""A real server never takes one message for two, or two for one (OWASP ASVS 5.0, 4.2.1)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

SEEN: list[tuple[str, bytes]] = []


async def note(request: Request) -> PlainTextResponse:
    SEEN.append((request.url.path, await request.body()))
    return PlainTextResponse("ok")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    paths = [Route(path, note, methods=["POST", "GET"]) for path in ("/first", "/hidden")]
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        # As `newvoices run` starts it: with the parser that uvicorn chooses.
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=paths), log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(10)


HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
BOTH = b"POST /first HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "message",
    [
        BOTH + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        BOTH + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + HIDDEN,
        BOTH + b"Content-Length: 0\r\nContent-Length: 33\r\n\r\n" + HIDDEN,
        BOTH + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN,
        BOTH + b"Content-Length: 0x4\r\n\r\n" + HIDDEN,
        BOTH + b"Content-Length: +33\r\n\r\n" + HIDDEN,
        BOTH + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + HIDDEN,
    ],
)
def test_a_message_of_unclear_length_is_refused_and_what_hides_in_it_never_runs(
    port: int, message: bytes
) -> None:
    SEEN.clear()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as asking:
        asking.sendall(message)
        answer = b""
        while piece := asking.recv(4096):
            answer += piece
    assert [path for path, _ in SEEN if path == "/hidden"] == []
    assert answer.count(b"HTTP/1.1 ") <= 1


def test_an_ordinary_message_is_taken_whole(port: int) -> None:
    SEEN.clear()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as asking:
        asking.sendall(BOTH + b"Content-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN)
        while asking.recv(4096):
            pass
    assert SEEN == [("/first", HIDDEN)]
