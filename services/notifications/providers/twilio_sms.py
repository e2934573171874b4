"""Text messages through Twilio's own client, with the limits the client leaves out.

Every call has a timeout, nothing is logged, nothing is tried twice, and each outcome becomes one
of the port's.
"""

import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from ssl import SSLCertVerificationError
from typing import Any
from urllib.parse import urlencode

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from services.notifications.providers.base import (
    Accepted,
    Blame,
    OutgoingSms,
    PermanentFailure,
    TemporaryFailure,
    UnknownOutcome,
)
from services.notifications.providers.twilio_errors import explain
from services.notifications.providers.twilio_http import KeptConnections
from services.notifications.sms import plain_typography

CLOCK_SKEW = timedelta(minutes=2)
LOOK_UP_LIMIT = 50
SETUP_PAUSE = timedelta(minutes=15)
_LONGEST_PAUSE = timedelta(hours=1)


class TwilioSms:
    """SmsProvider on Twilio's Messages API (2010-04-01).

    Exactly one of `messaging_service_sid` and `from_number` says who the text comes from.
    status_callback: public https address for delivery reports; "reference" is added to it.
    api_base_url: where a stand-in listens; None for Twilio itself.
    api_key: (key SID, secret) used to sign in instead of the auth token.
    timeout: seconds allowed for connecting and again for the answer.
    """

    name = "twilio"
    can_look_up = True

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        messaging_service_sid: str | None = None,
        from_number: str | None = None,
        status_callback: str | None = None,
        api_base_url: str | None = None,
        api_key: tuple[str, str] | None = None,
        timeout: float = 10.0,
        connections: int = 32,
    ) -> None:
        if bool(messaging_service_sid) == bool(from_number):
            raise ValueError("Set either a messaging service or a number to send from, not both.")
        self._sender = (
            {"messaging_service_sid": messaging_service_sid}
            if messaging_service_sid
            else {"from_": from_number}
        )
        self._status_callback = status_callback
        base = api_base_url or "https://api.twilio.com"
        self._http = KeptConnections(base, timeout, connections)
        username, password = api_key or (account_sid, auth_token)
        self._client = Client(username, password, account_sid, http_client=self._http)
        if api_base_url:
            self._client.api.base_url = api_base_url
        # At DEBUG it writes look-up addresses, which hold a phone number.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)

    def callback_for(self, reference: str) -> str | None:
        """Address of delivery reports for one message, its reference in the query."""
        if self._status_callback is None:
            return None
        joint = "&" if "?" in self._status_callback else "?"
        return f"{self._status_callback}{joint}{urlencode({'reference': reference})}"

    def send(self, message: OutgoingSms) -> Accepted:
        """See SmsProvider.send."""
        options: dict[str, Any] = dict(self._sender)
        if callback := self.callback_for(message.reference):
            options["status_callback"] = callback
        try:
            created = self._client.messages.create(to=message.to, body=message.body, **options)
            return Accepted(self.name, str(created.sid), _count(created.num_segments))
        except TwilioRestException as error:
            failure = self._refused(error.status, error.code)
        except HTTPError as error:
            failure = _no_answer(error)
        except (KeyError, TypeError, ValueError):
            failure = UnknownOutcome(
                "unreadable", "The provider's answer could not be read.", Blame.NETWORK
            )
        # Raised here, outside the handlers, so that no cause carries an address into a log.
        raise failure

    def find(
        self, message: OutgoingSms, since: datetime, known_ids: Collection[str] = ()
    ) -> Accepted | None:
        """See SmsProvider.find. Twilio keeps no reference, so number, text and time are compared.

        A delivery report that carries the reference is better proof; look for one first.
        """
        try:
            listed = self._client.messages.list(to=message.to, limit=LOOK_UP_LIMIT)
        except (TwilioRestException, HTTPError, KeyError, TypeError, ValueError):
            listed = None
        if listed is None:
            raise TemporaryFailure("look_up", "The provider could not be asked.", Blame.NETWORK)
        wanted = _comparable(message.body)
        matches = [
            m
            for m in listed
            if m.sid not in known_ids
            and str(m.direction).startswith("outbound")
            and m.date_created is not None
            and m.date_created >= since.astimezone(UTC) - CLOCK_SKEW
            and _comparable(str(m.body)).endswith(wanted)
        ]
        if not matches:
            return None
        first = min(matches, key=lambda m: (m.date_created, m.sid))
        return Accepted(self.name, str(first.sid), _count(first.num_segments))

    def _refused(
        self, status: int, code: int | None
    ) -> PermanentFailure | TemporaryFailure | UnknownOutcome:
        explained = explain(code)
        label = str(code or status)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            pause = _seconds(self._http.retry_after)
            reason = explained.plain_reason if explained else "Too many texts at once."
            return TemporaryFailure(
                label, reason, Blame.NETWORK, retry_after=pause, surely_not_sent=True
            )
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            return TemporaryFailure(label, "The provider had a fault.", Blame.NETWORK)
        if explained and explained.permanent:
            return PermanentFailure(label, explained.plain_reason, explained.blame)
        if explained or status in (401, 403, 404) or status < HTTPStatus.BAD_REQUEST:
            reason = explained.plain_reason if explained else "Our account for texts was refused."
            blame = explained.blame if explained else Blame.SETUP
            pause = SETUP_PAUSE if blame is Blame.SETUP else None
            return TemporaryFailure(label, reason, blame, retry_after=pause, surely_not_sent=True)
        return PermanentFailure(
            label, "The provider refused this text. Phone the person.", Blame.MESSAGE
        )


def _no_answer(error: HTTPError) -> TemporaryFailure | UnknownOutcome:
    never_connected = isinstance(
        error, NewConnectionError | ConnectTimeoutError | ProxyError
    ) or _is_distrust(error)
    if never_connected:
        return TemporaryFailure(
            "no_connection",
            "The provider could not be reached.",
            Blame.NETWORK,
            surely_not_sent=True,
        )
    code = "timeout" if isinstance(error, ReadTimeoutError) else "connection_lost"
    return UnknownOutcome(code, "The provider did not answer.", Blame.NETWORK)


def _is_distrust(error: HTTPError) -> bool:
    """Their certificate was refused, so nothing was said; other TLS faults may come after that."""
    return isinstance(error, SSLError) and any(
        isinstance(one, SSLCertVerificationError) for one in error.args
    )


def _seconds(header: str | None) -> timedelta | None:
    if header is None or not header.strip().isdigit():
        return None
    return min(timedelta(seconds=int(header)), _LONGEST_PAUSE)


def _count(parts: object) -> int | None:
    return int(str(parts)) if str(parts).isdigit() and int(str(parts)) > 0 else None


def _comparable(body: str) -> str:
    """Text as it survives Twilio's smart encoding and trimming."""
    return " ".join(plain_typography(body).split())
