"""A local SMTP server that keeps what it gets and can refuse on request."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope


@dataclass
class MailServer:
    """refuse: answer by recipient; at_data: answer to the text, or "hang_up" after taking it."""

    port: int = 0
    refuse: dict[str, str] = field(default_factory=dict)
    at_data: str = "250 taken"
    got: list[tuple[list[str], EmailMessage]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - name given by aiosmtpd
        self, server: SMTP, session: object, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        """Take or refuse one recipient."""
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - name given by aiosmtpd
        self, server: SMTP, session: object, envelope: Envelope
    ) -> str:
        """Keep the message, or fail as asked."""
        content = envelope.content
        assert isinstance(content, bytes)
        if self.at_data.startswith("2") or self.at_data == "hang_up":
            parsed = message_from_bytes(content, policy=policy.default)
            assert isinstance(parsed, EmailMessage)
            self.got.append((list(envelope.rcpt_tos), parsed))
        if self.at_data == "hang_up":
            assert server.transport is not None
            server.transport.close()
        return self.at_data


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run it in a thread until the block ends."""
    handler = MailServer()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        handler.port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()
