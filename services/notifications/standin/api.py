"""HTTP side of the stand-in: Twilio's paths, plus a small control door for other processes."""

import base64
import json
import re
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from services.notifications.standin import phone_page
from services.notifications.standin.callbacks import Callbacks
from services.notifications.standin.rules import RefusalError
from services.notifications.standin.state import Faults, State

if TYPE_CHECKING:
    from services.notifications.standin.service import Standin

_MESSAGES = re.compile(r"/2010-04-01/Accounts/(AC\w{32})/Messages(?:/(SM\w{32}))?\.json")
_BUSY_SECONDS = "1"


class ApiServer(ThreadingHTTPServer):
    """One thread a connection; connections are kept open, as at Twilio."""

    daemon_threads = True
    request_queue_size = 128
    owner: "Standin"

    def __init__(
        self, address: tuple[str, int], state: State, callbacks: Callbacks, answer_delay: float
    ) -> None:
        super().__init__(address, _Handler)
        self.state = state
        self.callbacks = callbacks
        self.answer_delay = answer_delay
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that stopping ends it too."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that has ended."""
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End every connection that is still open."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is an everyday thing here."""


class _Handler(BaseHTTPRequestHandler):
    server: ApiServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: addresses hold phone numbers."""

    def do_GET(self) -> None:
        self._route("GET")

    def do_POST(self) -> None:
        self._route("POST")

    def _route(self, method: str) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode("utf-8", "replace")
        try:
            if parts.path in ("/", "/standin/", "/standin/phone"):
                return self._phones(method, parts.query, body)
            if parts.path.startswith("/standin/"):
                return self._control(method, parts.path, body)
            match = _MESSAGES.fullmatch(parts.path)
            if match is None:
                raise RefusalError(20404, "The requested resource was not found", 404)
            self._check_sign_in(match[1])
            if method == "POST" and match[2] is None:
                return self._create(dict(parse_qsl(body, keep_blank_values=True)))
            if method == "GET":
                return self._show(match[2], dict(parse_qsl(parts.query)))
            raise RefusalError(20004, "Method not allowed", 405)
        except RefusalError as refusal:
            self._answer(refusal.status, refusal.as_json())

    def _check_sign_in(self, account_sid: str) -> None:
        state = self.server.state
        expected = base64.b64encode(f"{state.account_sid}:{state.auth_token}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {expected}":
            raise RefusalError(20003, "Authenticate", 401)
        if account_sid != state.account_sid:
            raise RefusalError(20404, "The requested resource was not found", 404)

    def _create(self, fields: dict[str, str]) -> None:
        if self.server.answer_delay:
            time.sleep(self.server.answer_delay)
        fault = self.server.state.draw_request_fault() or ""
        if fault == "too_many":
            raise RefusalError(20429, "Too Many Requests", 429)
        if fault == "server_error":
            raise RefusalError(20500, "Internal Server Error", 500)
        if fault == "closed":
            return self._hang_up()
        message = self.server.state.accept(fields)
        self.server.callbacks.report_delivery(message)
        if fault == "accepted_then_error":
            raise RefusalError(20500, "Internal Server Error", 500)
        if fault == "accepted_then_silence":
            self.server.stopping.wait(self.server.state.faults.silence_seconds)
        if fault.startswith("accepted_then"):
            return self._hang_up()
        return self._answer(201, message.as_json())

    def _show(self, sid: str | None, query: dict[str, str]) -> None:
        state = self.server.state
        if sid is not None:
            if sid not in state.messages:
                raise RefusalError(20404, "The requested resource was not found", 404)
            return self._answer(200, state.messages[sid].as_json())
        size = min(int(query.get("PageSize", "50")), 1000)
        page = int(query.get("Page", "0"))
        found = state.listed(query.get("To"))
        shown = found[page * size : (page + 1) * size]
        more = len(found) > (page + 1) * size
        base = f"/2010-04-01/Accounts/{state.account_sid}/Messages.json"
        kept = urlencode({**query, "PageSize": size, "Page": page + 1})
        return self._answer(
            200,
            {
                "messages": [m.as_json() for m in shown],
                "page": page,
                "page_size": size,
                "first_page_uri": f"{base}?PageSize={size}&Page=0",
                "next_page_uri": f"{base}?{kept}" if more else None,
                "previous_page_uri": None,
                "uri": base,
            },
        )

    def _phones(self, method: str, query: str, body: str) -> None:
        owner = self.server.owner
        if method == "POST":
            if not self._same_site():
                raise RefusalError(20403, "Forbidden", 403)
            given = dict(parse_qsl(body))
            if given.get("from") and given.get("body"):
                owner.reply(given["from"], given["body"])
            return self._answer_bytes(303, b"", "text/plain", {"Location": "/standin/"})
        page = phone_page.render(owner.all_messages, owner.blocked, still=bool(query))
        return self._answer_bytes(200, page.encode(), "text/html; charset=utf-8", {})

    def _same_site(self) -> bool:
        """Other sites open in the same browser may not send texts here."""
        origin = self.headers.get("Origin")
        return origin is None or origin == f"http://{self.headers.get('Host')}"

    def _control(self, method: str, path: str, body: str) -> None:
        """For a stand-in in a process of its own; JSON in and out."""
        owner = self.server.owner
        if (method, path) == ("GET", "/standin/messages"):
            return self._answer(200, [m.as_json() for m in owner.all_messages])
        if (method, path) == ("GET", "/standin/cpu"):
            return self._answer(200, {"seconds": time.process_time()})
        if method == "POST":
            given = json.loads(body or "{}")
            if path == "/standin/replies":
                answered = owner.reply(given["from"], given["body"])
                return self._answer(
                    200, {"sid": answered.message_sid, "statuses": answered.statuses}
                )
            if path == "/standin/faults":
                owner.set_faults(Faults(**given))
                return self._answer(200, {})
            if path == "/standin/inbound":
                owner.inbound_url = given["url"]
                return self._answer(200, {})
        raise RefusalError(20404, "The requested resource was not found", 404)

    def _answer(self, status: int, body: object) -> None:
        more = {"Retry-After": _BUSY_SECONDS} if status == 429 else {}
        self._answer_bytes(
            status, json.dumps(body).encode(), "application/json; charset=utf-8", more
        )

    def _answer_bytes(
        self, status: int, content: bytes, content_type: str, more: dict[str, str]
    ) -> None:
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def _hang_up(self) -> None:
        self.close_connection = True
