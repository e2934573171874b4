"""How Twilio's own client reaches its API: kept connections, a timeout always, nothing logged.

It takes the place of the client's `TwilioHttpClient`, which has no timeout of its own, logs
addresses with phone numbers in them, and goes through `requests`, at twice the processor time.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import certifi
from requests.utils import get_auth_from_url, get_environ_proxies, select_proxy
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3 import PoolManager, ProxyManager, make_headers

# The client writes request addresses, with phone numbers in them, at INFO. A logger outside the
# tree has no parent to hand them to, and no logging configuration can switch it on again.
_silent = logging.Logger("newvoices.twilio.silent", logging.CRITICAL + 1)


class KeptConnections(HttpClient):  # type: ignore[misc]
    """Safe for several threads. timeout: seconds to connect, and again for the answer.

    Raises urllib3's HTTPError when there is no answer; nothing is tried twice.
    """

    def __init__(self, base_url: str, timeout: float, connections: int) -> None:
        super().__init__(_silent, False, timeout)
        self._pool = _pool_for(base_url, connections)
        self._answer = threading.local()

    @property
    def retry_after(self) -> str | None:
        """What the last answer to this thread said about when to come back."""
        return getattr(self._answer, "retry_after", None)

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """See HttpClient.request."""
        self._answer.retry_after = None
        sent = {**(headers or {}), **(_signing_in(*auth) if auth else {})}
        address = f"{uri}?{urlencode(params, doseq=True)}" if params else uri
        answer = self._pool.request(
            method.upper(),
            address,
            body=_body(data, sent.get("Content-Type", "")) if data else None,
            headers=sent,
            timeout=timeout or self.timeout,
            retries=False,
            redirect=allow_redirects,
        )
        self._answer.retry_after = answer.headers.get("Retry-After")
        text = answer.data.decode("utf-8", "replace")
        return Response(answer.status, text, answer.headers)


@cache
def _signing_in(username: str, password: str) -> dict[str, str]:
    return make_headers(basic_auth=f"{username}:{password}")


def _body(data: dict[str, object], content_type: str) -> str:
    return json.dumps(data) if content_type.endswith("json") else urlencode(data, doseq=True)


def _pool_for(base_url: str, connections: int) -> PoolManager:
    """Through the proxy and by the certificates that the environment names, read once."""
    own = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    options: dict[str, Any] = {"maxsize": connections, "cert_reqs": "CERT_REQUIRED"}
    if own and os.path.isdir(own):
        options["ca_cert_dir"] = own
    else:
        options["ca_certs"] = own or certifi.where()
    proxy = select_proxy(base_url, get_environ_proxies(base_url))
    if not proxy:
        return PoolManager(**options)
    if not urlsplit(proxy).scheme:
        proxy = f"http://{proxy}"
    username, password = get_auth_from_url(proxy)
    if username:
        options["proxy_headers"] = make_headers(proxy_basic_auth=f"{username}:{password}")
    return ProxyManager(proxy, **options)
