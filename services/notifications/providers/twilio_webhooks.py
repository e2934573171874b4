"""What Twilio posts to us: proved by signature, read into types, put in order.

The signature covers the address Twilio called. Behind a proxy that is not the address the
application sees, so it is rebuilt from the public base address in the settings.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl

from twilio.request_validator import RequestValidator, compare

EMPTY_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
EMPTY_ANSWER_TYPE = "text/xml"
LARGEST_BODY = 64 * 1024
LONGEST_CODE = 10


class _Form:
    """Form fields as the validator reads them, repeated ones kept."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def getlist(self, name: str) -> Sequence[str]:
        return self._fields[name]


class WebhookSignature:
    """Checks X-Twilio-Signature; never raises, whatever arrives.

    auth_tokens: current first; a second one while tokens are being changed over.
    public_base_url: "https://voices.example.org", as Twilio was told, without path.
    """

    def __init__(self, auth_tokens: Sequence[str], public_base_url: str) -> None:
        if not auth_tokens or not all(auth_tokens):
            raise ValueError("Set the auth token: webhooks cannot be checked without it.")
        self._validators = [RequestValidator(token) for token in auth_tokens]
        self._base = public_base_url.rstrip("/")

    def is_valid(
        self,
        path_and_query: str,
        signature: str | None,
        body: bytes,
        content_type: str | None,
    ) -> bool:
        """True if Twilio signed this very request.

        path_and_query: as requested, still percent-encoded ("/webhooks/twilio?reference=a").
        A JSON body is accepted only with its hash (bodySHA256) in the signed address.
        """
        if not signature or len(body) > LARGEST_BODY or not path_and_query.startswith("/"):
            return False
        kind = (content_type or "").partition(";")[0].strip().lower()
        try:
            params = self._params(kind, path_and_query, body)
            return params is not None and any(
                _holds(v, self._base + path_and_query, params, signature) for v in self._validators
            )
        except (TypeError, ValueError, KeyError):
            return False

    @staticmethod
    def _params(kind: str, path_and_query: str, body: bytes) -> _Form | str | None:
        text = body.decode("utf-8")
        if kind == "application/x-www-form-urlencoded":
            return _Form(parse_qs(text, keep_blank_values=True, strict_parsing=bool(text)))
        if kind == "application/json":
            query = parse_qs(path_and_query.partition("?")[2])
            return text if "bodySHA256" in query else None
        return _Form({}) if not body else None


def _holds(validator: RequestValidator, address: str, params: _Form | str, signature: str) -> bool:
    """As `validate` has it, which signs each address twice, with its port and without; the
    address as it stands is nearly always the one, and asked first."""
    if isinstance(params, _Form) and compare(
        str(validator.compute_signature(address, params)), signature
    ):
        return True
    return bool(validator.validate(address, params, signature))


@dataclass(frozen=True, slots=True)
class InboundSms:
    """A text to us. dedupe_key: the same for every delivery of the same text."""

    message_sid: str
    from_number: str = field(repr=False)
    to_number: str = field(repr=False)
    body: str = field(repr=False)
    media: int
    opt_out_type: str | None

    @property
    def dedupe_key(self) -> str:
        return self.message_sid


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A delivery report. reference: ours, from the callback address; None if it was lost."""

    message_sid: str
    status: str
    error_code: int | None
    reference: str | None

    @property
    def dedupe_key(self) -> str:
        return f"{self.message_sid}:{self.status}"


class UnreadableWebhookError(ValueError):
    """A signed request without the fields it must have."""


def read_form(body: bytes) -> dict[str, str]:
    """Form fields, the first of repeated ones. Raises UnreadableWebhookError."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True)
    except UnicodeDecodeError:
        raise UnreadableWebhookError("The body is not UTF-8.") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields


def _need(fields: Mapping[str, str], name: str, longest: int = 64) -> str:
    value = fields.get(name)
    if not value:
        raise UnreadableWebhookError(f"The field {name} is missing.")
    if len(value) > longest or not value.isprintable():
        raise UnreadableWebhookError(f"The field {name} is not one of Twilio's.")
    return value


def read_inbound(fields: Mapping[str, str]) -> InboundSms:
    """Raises UnreadableWebhookError when MessageSid, From or To is missing or is no such thing."""
    media = fields.get("NumMedia", "0")
    return InboundSms(
        message_sid=_need(fields, "MessageSid"),
        from_number=_need(fields, "From"),
        to_number=_need(fields, "To"),
        body=fields.get("Body", ""),
        media=int(media) if media.isdecimal() else 0,
        opt_out_type=fields.get("OptOutType") or None,
    )


def read_status(fields: Mapping[str, str], reference: str | None) -> StatusReport:
    """Raises UnreadableWebhookError when MessageSid or MessageStatus is missing or not one."""
    code = fields.get("ErrorCode", "")
    return StatusReport(
        message_sid=_need(fields, "MessageSid"),
        status=_need(fields, "MessageStatus", 30).lower(),
        error_code=int(code) if code.isdecimal() and len(code) <= LONGEST_CODE else None,
        reference=reference or None,
    )
