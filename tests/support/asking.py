"""A client that asks an application in one event loop, with one hand-over of threads a request.

Starlette's test client starts a thread and a loop for each request and hands every message over;
that costs more than most of our requests. Same answers, cookies and headers, for tests that ask
thousands of times.
"""

from __future__ import annotations

from functools import partial, partialmethod
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal
from starlette.types import ASGIApp


class Asker:
    """Looks like the part of Starlette's test client that tests use; redirects are followed."""

    def __init__(self, app: ASGIApp, base_url: str, portal: BlockingPortal) -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(
            transport=transport, base_url=base_url, follow_redirects=True
        )
        self._portal = portal
        self.headers, self.cookies = self._client.headers, self._client.cookies

    def request(self, method: str, path: str, **content: Any) -> httpx.Response:
        return self._portal.call(partial(self._client.request, method, path, **content))

    get = partialmethod(request, "GET")
    post = partialmethod(request, "POST")
    put = partialmethod(request, "PUT")
    patch = partialmethod(request, "PATCH")
    delete = partialmethod(request, "DELETE")
