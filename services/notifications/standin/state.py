"""What the stand-in remembers: messages, blocked numbers, and the faults it is to make."""

import random
import secrets
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime

from services.notifications.sms import measure
from services.notifications.standin import rules

REQUEST_FAULTS = (
    "too_many",
    "server_error",
    "closed",
    "accepted_then_error",
    "accepted_then_closed",
    "accepted_then_silence",
)


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares (0 to 1) of requests or callbacks that go wrong, drawn with `seed`.

    too_many: 429. server_error: 500, not taken. closed: connection closed, not taken.
    accepted_then_*: the text is taken, then a 500, a closed connection, or no answer for
    `silence_seconds`. undelivered: the delivery report says failed with 30003.
    callback_*: a delivery report sent twice, before the earlier one, or never.
    """

    too_many: float = 0.0
    server_error: float = 0.0
    closed: float = 0.0
    accepted_then_error: float = 0.0
    accepted_then_closed: float = 0.0
    accepted_then_silence: float = 0.0
    undelivered: float = 0.0
    callback_twice: float = 0.0
    callback_disordered: float = 0.0
    callback_lost: float = 0.0
    silence_seconds: float = 30.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One text the stand-in took; direction as Twilio names it."""

    sid: str
    account_sid: str
    to: str
    from_number: str
    body: str
    status: str
    direction: str
    created_at: datetime
    messaging_service_sid: str | None = None
    status_callback: str = ""
    error_code: int | None = None

    def as_json(self) -> dict[str, object]:
        """The message as Twilio's API shows it."""
        path = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{self.sid}"
        created = format_datetime(self.created_at)
        pending = self.status == "accepted"
        return {
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": created,
            "date_sent": None if self.status in ("accepted", "queued") else created,
            "date_updated": created,
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None,
            "from": None if pending else self.from_number,
            "messaging_service_sid": self.messaging_service_sid,
            "num_media": "0",
            "num_segments": "0" if pending else str(measure(self.body).parts),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": self.to,
            "uri": f"{path}.json",
        }


@dataclass
class State:
    """All of the above under one lock."""

    account_sid: str
    auth_token: str
    numbers: tuple[str, ...]
    services: tuple[str, ...]
    faults: Faults = field(default_factory=Faults)
    requests: int = 0

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.messages: dict[str, SentMessage] = {}
        self.by_number: dict[str, list[str]] = {}
        self.blocked: set[str] = set()
        self.delivery_errors: dict[str, int] = {}
        self.next_faults: deque[str] = deque()
        self._random = random.Random(self.faults.seed)  # noqa: S311 - repeatable faults

    def set_faults(self, faults: Faults) -> None:
        """Replace the shares and start their draw anew."""
        with self.lock:
            self.faults = faults
            self._random = random.Random(faults.seed)  # noqa: S311 - repeatable faults

    def draw_request_fault(self) -> str | None:
        """The fault for this request: a named one if queued, else by its share."""
        with self.lock:
            self.requests += 1
            if self.next_faults:
                return self.next_faults.popleft()
            roll = self._random.random()
            for name in REQUEST_FAULTS:
                share: float = getattr(self.faults, name)
                if roll < share:
                    return name
                roll -= share
            return None

    def happens(self, share: float) -> bool:
        """One draw."""
        with self.lock:
            return self._random.random() < share

    def accept(self, fields: Mapping[str, str]) -> SentMessage:
        """Take a text or raise RefusalError, as Twilio would."""
        to = fields.get("To", "")
        rules.check_to(to)
        rules.check_sender(fields, self.numbers, self.services)
        rules.check_body(fields)
        rules.check_callback(fields.get("StatusCallback", ""))
        service = fields.get("MessagingServiceSid") or None
        with self.lock:
            if to in self.blocked:
                raise rules.RefusalError(21610, "Attempt to send to unsubscribed recipient")
            message = SentMessage(
                sid="SM" + secrets.token_hex(16),
                account_sid=self.account_sid,
                to=to,
                from_number=fields.get("From") or self.numbers[0],
                body=fields["Body"],
                status="accepted" if service else "queued",
                direction="outbound-api",
                created_at=datetime.now(UTC),
                messaging_service_sid=service,
                status_callback=fields.get("StatusCallback", ""),
            )
            self._keep(message)
        return message

    def note_inbound(self, from_number: str, to_number: str, body: str) -> SentMessage:
        """Record a text from a person, after the default keyword handling."""
        word = rules.keyword(body)
        with self.lock:
            if word == "stop":
                self.blocked.add(from_number)
            elif word == "start":
                self.blocked.discard(from_number)
            message = SentMessage(
                sid="SM" + secrets.token_hex(16),
                account_sid=self.account_sid,
                to=to_number,
                from_number=from_number,
                body=body,
                status="received",
                direction="inbound",
                created_at=datetime.now(UTC),
            )
            self._keep(message)
            if word:
                answer = rules.KEYWORD_ANSWERS[word]
                self._keep(
                    replace(
                        message,
                        sid="SM" + secrets.token_hex(16),
                        to=from_number,
                        from_number=to_number,
                        body=answer,
                        status="delivered",
                        direction="outbound-reply",
                    )
                )
        return message

    def _keep(self, message: SentMessage) -> None:
        self.messages[message.sid] = message
        self.by_number.setdefault(message.to, []).append(message.sid)
        self.changed.notify_all()

    def set_status(self, sid: str, status: str, error_code: int | None = None) -> SentMessage:
        """Move a message on and return it as it now is."""
        with self.lock:
            moved = replace(self.messages[sid], status=status, error_code=error_code)
            self.messages[sid] = moved
            self.changed.notify_all()
            return moved

    def listed(self, to: str | None) -> list[SentMessage]:
        """Newest first, as Twilio lists them."""
        with self.lock:
            sids = self.by_number.get(to, []) if to else list(self.messages)
            return [self.messages[s] for s in reversed(sids)]
