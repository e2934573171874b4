"""What Twilio's Messages API refuses, and what its default keyword handling does."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

import phonenumbers
from phonenumbers import PhoneNumberType

BODY_LIMIT = 1600
STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"}
)
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})
KEYWORD_ANSWERS = {
    "stop": "You are unsubscribed. No more messages will be sent. Reply START to resubscribe.",
    "start": "You are subscribed again. Reply HELP for help. Reply STOP to unsubscribe.",
    "help": "Reply STOP to unsubscribe.",
}
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_TRIES_LANDLINES = ("+44", "+1")
_DRAMA_LANDLINES = ("+4420794", "+441632960", "+441134960", "+4428901", "+4429201")


class RefusalError(Exception):
    """The answer Twilio gives to a request it does not take."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def as_json(self) -> dict[str, object]:
        """Body of the error answer."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        return {
            "code": self.code,
            "message": self.message,
            "more_info": more,
            "status": self.status,
        }


def keyword(body: str) -> str | None:
    """ "stop", "start" or "help" when the whole text is one of the default keywords."""
    word = body.strip().upper()
    if word in STOP_WORDS:
        return "stop"
    if word in START_WORDS:
        return "start"
    return "help" if word in HELP_WORDS else None


def check_to(to: str) -> None:
    """Refuse what is not E.164 or cannot exist, and landlines where Twilio does not try them."""
    if not to:
        raise RefusalError(21604, "A 'To' phone number is required.")
    if not _E164.fullmatch(to) or not phonenumbers.is_possible_number(phonenumbers.parse(to)):
        raise RefusalError(21211, "Invalid 'To' Phone Number")
    if is_landline(to) and not to.startswith(_TRIES_LANDLINES):
        raise RefusalError(21635, "'To' number cannot be a landline")


def is_landline(to: str) -> bool:
    """True for a fixed line; in the UK, the US and Canada Twilio takes it and fails with 30006."""
    if to.startswith(_DRAMA_LANDLINES):
        return True
    return phonenumbers.number_type(phonenumbers.parse(to)) == PhoneNumberType.FIXED_LINE


def check_sender(
    fields: Mapping[str, str], numbers: Collection[str], services: Collection[str]
) -> None:
    """Refuse a request without a sender of this account."""
    sender, service = fields.get("From", ""), fields.get("MessagingServiceSid", "")
    if not sender and not service:
        raise RefusalError(21603, "A 'From' phone number or MessagingServiceSid is required.")
    if service and service not in services:
        raise RefusalError(21701, "The Messaging Service does not exist.", 404)
    if sender and not _E164.fullmatch(sender):
        raise RefusalError(21212, "Invalid 'From' Phone Number")
    if sender and sender not in numbers:
        raise RefusalError(21606, "The 'From' phone number is not owned by this account.")


def check_body(fields: Mapping[str, str]) -> None:
    """Refuse an empty text and one beyond the limit."""
    body = fields.get("Body", "")
    if not body.strip():
        raise RefusalError(21602, "Message body is required.")
    if len(body) > BODY_LIMIT:
        raise RefusalError(21617, "The concatenated message body exceeds the 1600 character limit.")


def check_callback(address: str) -> None:
    """Refuse a status callback that is not an http address."""
    parts = urlsplit(address)
    if address and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise RefusalError(21609, "Invalid 'StatusCallback' URL")
