"""Signed requests from the stand-in to us: delivery reports in turn, and inbound texts."""

import heapq
import itertools
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache

import httpx
from twilio.request_validator import RequestValidator

from services.notifications.standin.rules import is_landline
from services.notifications.standin.state import SentMessage, State

WEBHOOK_TIMEOUT = 15.0
_SENDERS = 4


@cache
def _trusted() -> ssl.SSLContext:
    """Read once: it is hundreds of certificates, and a stand-in often lives for one test."""
    return httpx.create_ssl_context(trust_env=False)


class Callbacks:
    """Posts what is due, each with X-Twilio-Signature; one retry, as Twilio does."""

    def __init__(self, state: State, step_delay: float) -> None:
        self._state = state
        self._step_delay = step_delay
        self._sign = RequestValidator(state.auth_token).compute_signature
        self._http = httpx.Client(timeout=WEBHOOK_TIMEOUT, trust_env=False, verify=_trusted())
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._tick = itertools.count()
        self._changed = threading.Condition()
        self._busy = 0
        self._stopped = False
        self.failed = 0
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(_SENDERS)]
        for thread in self._threads:
            thread.start()

    def post(self, address: str, fields: Mapping[str, str]) -> int | None:
        """Status of the answer to one signed form, or None when nobody answered twice."""
        signature = self._sign(address, dict(fields))
        for _ in range(2):
            try:
                answer = self._http.post(
                    address, data=dict(fields), headers={"X-Twilio-Signature": signature}
                )
            except httpx.HTTPError:
                continue
            return answer.status_code
        self.failed += 1
        return None

    def report_delivery(self, message: SentMessage) -> None:
        """Queue the reports for an accepted text: sent, then delivered or undelivered."""
        faults = self._state.faults
        error = self._state.delivery_errors.get(message.to)
        if error is None and is_landline(message.to):
            error = 30006
        if error is None and self._state.happens(faults.undelivered):
            error = 30003
        steps = ["sent", "undelivered" if error else "delivered"]
        if message.status == "accepted":
            steps.insert(0, "queued")
        if self._state.happens(faults.callback_disordered):
            steps.reverse()
        self._step(message.sid, steps, error)

    def _step(self, sid: str, steps: list[str], error: int | None) -> None:
        if not steps:
            return

        def run() -> None:
            code = error if steps[0] == "undelivered" else None
            moved = self._state.set_status(sid, steps[0], code)
            if moved.status_callback and not self._state.happens(self._state.faults.callback_lost):
                self._post_report(moved)
                if self._state.happens(self._state.faults.callback_twice):
                    self._post_report(moved)
            self._step(sid, steps[1:], error)

        self._later(self._step_delay, run)

    def _post_report(self, message: SentMessage) -> None:
        fields = {
            "AccountSid": message.account_sid,
            "ApiVersion": "2010-04-01",
            "From": message.from_number,
            "MessageSid": message.sid,
            "MessageStatus": message.status,
            "SmsSid": message.sid,
            "SmsStatus": message.status,
            "To": message.to,
        }
        if message.messaging_service_sid:
            fields["MessagingServiceSid"] = message.messaging_service_sid
        if message.error_code:
            fields["ErrorCode"] = str(message.error_code)
        self.post(message.status_callback, fields)

    def _later(self, delay: float, run: Callable[[], None]) -> None:
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + delay, next(self._tick), run))
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._stopped and not self._next_is_due():
                    wait = self._due[0][0] - time.monotonic() if self._due else None
                    self._changed.wait(wait)
                if self._stopped:
                    return
                _, _, run = heapq.heappop(self._due)
                self._busy += 1
            try:
                run()
            finally:
                with self._changed:
                    self._busy -= 1
                    self._changed.notify_all()

    def _next_is_due(self) -> bool:
        return bool(self._due) and self._due[0][0] <= time.monotonic()

    def settle(self, timeout: float) -> bool:
        """Wait until every report has been posted; False if that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._due and not self._busy, timeout)

    def stop(self) -> None:
        """Drop what is queued and end the threads."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=WEBHOOK_TIMEOUT)
        self._http.close()
