"""A local server that keeps the webhooks it gets and whether their signature held."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from services.notifications.providers.twilio_webhooks import WebhookSignature, read_form


@dataclass
class Receiver:
    """url: base address. got: (path, fields, signature held) of each request, in order."""

    url: str = ""
    status: int = 200
    got: list[tuple[str, dict[str, str], bool]] = field(default_factory=list)

    def statuses(self, sid: str) -> list[str]:
        """Delivery states reported for one message."""
        return [f["MessageStatus"] for _, f, _ in self.got if f["MessageSid"] == sid]


@contextmanager
def receiver(auth_token: str) -> Iterator[Receiver]:
    """Run it in a thread until the block ends."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            valid = WebhookSignature([auth_token], kept.url).is_valid(
                self.path,
                self.headers["X-Twilio-Signature"],
                body,
                self.headers["Content-Type"],
            )
            kept.got.append((self.path, read_form(body), valid))
            self.send_response(kept.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
