"""Twilio's error codes in words a coordinator can act on.

Source: Twilio's error and warning dictionary; the wording is ours. Twilio adds codes and splits
old ones (July 2024), so a code that is not here is told by its HTTP status instead.
"""

from dataclasses import dataclass

from services.notifications.providers.base import Blame


@dataclass(frozen=True, slots=True)
class Explained:
    """permanent: sending the same message again cannot help."""

    code: int
    permanent: bool
    blame: Blame
    plain_reason: str

    @property
    def opted_out(self) -> bool:
        return self.code == OPTED_OUT


OPTED_OUT = 21610

_NUMBER = {
    21211: "This phone number does not exist. Ask for the right number.",
    21214: "This phone number cannot be reached. Ask for another number.",
    21217: "This phone number does not look right. Ask for the right number.",
    21612: "Texts cannot be sent to this number from ours. Phone the person instead.",
    21614: "This number is not a mobile and cannot get texts. Ask for a mobile number, or phone.",
    21635: "This number is a landline and cannot get texts. Ask for a mobile number, or phone.",
    30004: "This number blocks our texts. Phone the person instead.",
    30005: "No phone uses this number any more. Ask for the new number.",
    30006: "This number is a landline or cannot get texts. Ask for a mobile number, or phone.",
    30011: "Pictures cannot be sent to this number. Send words only.",
}
_PERSON = {
    OPTED_OUT: "This person sent STOP. They get no more texts unless they send START.",
}
_MESSAGE = {
    21602: "The message was empty. Check the template.",
    21605: "The message is too long for one text. Shorten the template.",
    21617: "The message is longer than 1,600 characters. Shorten the template.",
    21619: "The message was empty. Check the template.",
    30007: "The network filtered this message as unwanted. Check links and wording.",
    30019: "The message is too large. Shorten the template.",
}
_UNREACHABLE = {
    30003: "The phone could not be reached: off, out of signal, or out of use. Phone the person.",
    30008: "The network could not deliver this text and gave no reason. Phone the person.",
    30009: "The network lost part of this text. Phone the person.",
    30036: "The text waited too long for the phone to come on. Phone the person.",
    30410: "The network did not answer in time. Phone the person.",
}
_SETUP = {
    20003: "Our account name or key for texts is wrong.",
    20005: "Our account for texts is not active.",
    20006: "Our account for texts may not do this.",
    20008: "The test keys are in use for real texts.",
    20404: "The account or service for texts was not found.",
    21212: "The number we send from is not valid.",
    21408: "Our account may not send texts to this country.",
    21601: "The number we send from cannot send texts.",
    21603: "No number to send from is set.",
    21606: "The number we send from does not belong to our account.",
    21608: "A trial account can only text numbers that were verified.",
    21609: "The address for delivery reports is not valid.",
    21659: "The number we send from does not belong to our account.",
    21660: "The number we send from does not belong to our account.",
    21701: "The messaging service does not exist.",
    21703: "The messaging service has no numbers to send from.",
    21704: "The messaging service has no numbers that can send texts.",
    21705: "The messaging service is not valid.",
    30002: "Our account for texts is suspended.",
    30010: "This text would cost more than the limit set.",
    30034: "The number we send from is not registered with the networks.",
    63038: "Our account has reached its daily limit.",
}
_BUSY = {
    14107: "Too many texts at once. It will be tried again.",
    20429: "Too many texts at once. It will be tried again.",
    21611: "Too many texts are waiting. It will be tried again.",
    30001: "Too many texts are waiting. It will be tried again.",
    30022: "Too many texts at once. It will be tried again.",
}

_TABLE = {
    code: Explained(code, permanent, blame, reason)
    for table, permanent, blame in (
        (_NUMBER, True, Blame.NUMBER),
        (_PERSON, True, Blame.PERSON),
        (_MESSAGE, True, Blame.MESSAGE),
        (_UNREACHABLE, True, Blame.NETWORK),
        (_SETUP, False, Blame.SETUP),
        (_BUSY, False, Blame.NETWORK),
    )
    for code, reason in table.items()
}


def explain(code: int | None) -> Explained | None:
    """What `code` means, or None for a code we have no words for."""
    return _TABLE.get(code) if code is not None else None


def explain_undelivered(code: int | None) -> Explained:
    """Why an accepted text did not arrive, from its delivery report; always has words."""
    return explain(code) or Explained(
        code or 0,
        permanent=True,
        blame=Blame.NETWORK,
        plain_reason="The network did not deliver this text. Phone the person.",
    )
