"""Providers that write to a terminal, for trying the service without an account.

They show names and numbers on purpose: the stream is a developer's screen, never a log.
"""

import sys
import threading
from collections.abc import Collection
from datetime import datetime
from typing import TextIO

from services.notifications.providers.base import Accepted, OutgoingEmail, OutgoingSms
from services.notifications.sms import measure


class ConsoleSms:
    """SmsProvider that prints each text."""

    name = "console"
    can_look_up = True

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()
        self._accepted: dict[str, Accepted] = {}

    def send(self, message: OutgoingSms) -> Accepted:
        """Print `message`; sending one reference twice prints it once."""
        with self._lock:
            if message.reference in self._accepted:
                return self._accepted[message.reference]
            parts = measure(message.body).parts
            lines = "\n".join(f"  | {line}" for line in message.body.splitlines())
            print(f"text to {message.to} ({parts} part)\n{lines}", file=self._stream, flush=True)
            accepted = Accepted(self.name, f"console-{message.reference}", parts)
            self._accepted[message.reference] = accepted
            return accepted

    def find(
        self,
        message: OutgoingSms,
        since: datetime,  # noqa: ARG002 - part of the port
        known_ids: Collection[str] = (),  # noqa: ARG002 - part of the port
    ) -> Accepted | None:
        """See SmsProvider.find; remembers as long as the process runs."""
        return self._accepted.get(message.reference)


class ConsoleEmail:
    """EmailProvider that prints the plain text twin."""

    name = "console"
    can_look_up = False

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def send(self, message: OutgoingEmail) -> Accepted:
        """Print subject and text."""
        head = f"email to {message.to}: {message.subject}"
        print(f"{head}\n{message.text}", file=self._stream, flush=True)
        return Accepted(self.name, f"console-{message.reference}")
