"""The stand-in itself: start it, look at what was sent, answer as a person would, stop it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from services.notifications.standin.api import ApiServer
from services.notifications.standin.callbacks import Callbacks
from services.notifications.standin.state import REQUEST_FAULTS, Faults, SentMessage, State

ACCOUNT_SID = "AC" + "5" * 32
AUTH_TOKEN = "standin-auth-token"  # noqa: S105 - opens nothing but this local server
MESSAGING_SERVICE_SID = "MG" + "5" * 32
FROM_NUMBER = "+447700900999"


@dataclass(frozen=True, slots=True)
class Answered:
    """An inbound text as posted: its SID and the status codes of our answers to it."""

    message_sid: str
    statuses: tuple[int | None, ...]


class Standin:
    """A running stand-in. Texts from people go to `inbound_url`, if it is set."""

    def __init__(self, server: ApiServer, state: State, callbacks: Callbacks) -> None:
        self._server = server
        self._state = state
        self._callbacks = callbacks
        self._thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.inbound_url: str | None = None
        self.account_sid = state.account_sid
        self.auth_token = state.auth_token
        self.messaging_service_sid = state.services[0]
        self.from_number = state.numbers[0]
        server.owner = self

    @property
    def url(self) -> str:
        """Base address for `client.api.base_url`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def sent(self) -> list[SentMessage]:
        """Texts taken from us, oldest first, as they stand now."""
        return [m for m in self.all_messages if m.direction == "outbound-api"]

    @property
    def all_messages(self) -> list[SentMessage]:
        """Also texts from people and Twilio's own keyword answers, oldest first."""
        return self._state.listed(None)[::-1]

    @property
    def requests(self) -> int:
        """How often we tried to send, whatever came of it."""
        return self._state.requests

    @property
    def blocked(self) -> frozenset[str]:
        """Numbers that sent a STOP keyword and no START keyword since."""
        with self._state.lock:
            return frozenset(self._state.blocked)

    def reply(self, from_number: str, body: str, *, times: int = 1) -> Answered:
        """Text us as a person would; `times` > 1 delivers the same text again.

        Keywords act as at Twilio by default: STOP blocks the number, START and YES unblock it,
        and all of them are still passed on to us.
        """
        message = self._state.note_inbound(from_number, self.from_number, body)
        if self.inbound_url is None:
            return Answered(message.sid, ())
        fields = {
            "AccountSid": message.account_sid,
            "ApiVersion": "2010-04-01",
            "Body": body,
            "From": from_number,
            "MessageSid": message.sid,
            "MessagingServiceSid": self.messaging_service_sid,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsMessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsStatus": "received",
            "To": self.from_number,
        }
        address = self.inbound_url
        return Answered(
            message.sid, tuple(self._callbacks.post(address, fields) for _ in range(times))
        )

    def set_faults(self, faults: Faults) -> None:
        """Shares of requests and callbacks that go wrong from now on."""
        self._state.set_faults(faults)

    def fail_next(self, *names: str) -> None:
        """The next requests meet these faults, one each; "ok" lets one through."""
        unknown = set(names) - {*REQUEST_FAULTS, "ok"}
        if unknown:
            raise ValueError(f"No such fault: {', '.join(sorted(unknown))}")
        with self._state.lock:
            self._state.next_faults.extend(names)

    def fail_delivery(self, number: str, error_code: int) -> None:
        """Texts to `number` are taken and then reported undelivered with this code."""
        with self._state.lock:
            self._state.delivery_errors[number] = error_code

    def wait_for(self, told: Callable[[list[SentMessage]], bool], timeout: float = 10.0) -> bool:
        """Wait until `told(sent)` holds; False if it does not within `timeout` seconds."""
        with self._state.changed:
            return self._state.changed.wait_for(
                lambda: told(
                    [m for m in self._state.messages.values() if m.direction == "outbound-api"]
                ),
                timeout,
            )

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until all delivery reports are posted."""
        return self._callbacks.settle(timeout)

    def stop(self) -> None:
        """Close the port and end the threads."""
        self._server.stopping.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._callbacks.stop()
        self._thread.join(timeout=5)

    def __enter__(self) -> "Standin":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    port: int = 0,
    *,
    inbound_url: str | None = None,
    faults: Faults | None = None,
    answer_delay: float = 0.0,
    step_delay: float = 0.0,
    account_sid: str = ACCOUNT_SID,
    auth_token: str = AUTH_TOKEN,
) -> Standin:
    """Listen on 127.0.0.1 (a free port for 0) in threads of this process.

    answer_delay: seconds every answer takes; step_delay: seconds between delivery reports.
    """
    state = State(
        account_sid, auth_token, (FROM_NUMBER,), (MESSAGING_SERVICE_SID,), faults or Faults()
    )
    callbacks = Callbacks(state, step_delay)
    server = ApiServer(("127.0.0.1", port), state, callbacks, answer_delay)
    standin = Standin(server, state, callbacks)
    standin.inbound_url = inbound_url
    return standin
