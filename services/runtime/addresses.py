"""Phone numbers and email addresses: tidied, checked, and told apart by what they can receive."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumberType


class AddressError(ValueError):
    """An address we cannot use; `reason` says why and what to do, and never repeats the address."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class PhoneKind(StrEnum):
    MOBILE = "mobile"
    LANDLINE = "landline"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Phone:
    """A checked number.

    e164: "+447700900123", the form to store and send.
    region: ISO country of the number ("GB", "IM"), or None where several share a prefix.
    kind: MOBILE can take text messages; MOBILE is also said where a country does not tell
        mobiles from landlines apart.
    fictional: from the ranges Ofcom keeps for drama; fit for demonstrations, reaches nobody.
    """

    e164: str
    region: str | None
    kind: PhoneKind
    fictional: bool = False


# Ofcom, "Telephone numbers for use in TV and radio drama programmes".
_DRAMA_MOBILE = "+447700900"
_DRAMA_LANDLINE = (
    *("+441134960", "+441144960", "+441154960", "+441164960", "+441174960", "+441184960"),
    *("+441214960", "+441314960", "+441414960", "+441514960", "+441614960"),
    *("+442079460", "+441914980", "+442890180", "+442920180", "+441632960"),
)
_DRAMA_LENGTH = 13
_UK_MOBILE = re.compile(r"\+447[1-57-9]\d{8}", re.ASCII)
_KINDS = {
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneKind.LANDLINE,
}
_CANNOT_TEXT = {
    PhoneNumberType.TOLL_FREE: "This is a freephone number and cannot get text messages.",
    PhoneNumberType.PREMIUM_RATE: "This is a premium rate number. Use a mobile number.",
    PhoneNumberType.PERSONAL_NUMBER: (
        "This number starts with 070 and costs a lot to reach. Use a mobile number."
    ),
    PhoneNumberType.PAGER: "This is a pager number. Use a mobile number.",
}


def tidy(text: str) -> str:
    """`text` without white space at the ends and without control and zero-width characters."""
    visible = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc") or c in "\t\n")
    return unicodedata.normalize("NFKC", visible).strip()


def parse_phone(text: str, region: str = "GB") -> Phone:
    """Read a number as people write it: "07700 900123", "+44 (0)7700 900123", "0044 …".

    Raises AddressError with code "phone_missing", "phone_unreadable" or "phone_not_in_use".
    """
    tidied = tidy(text)
    if not tidied:
        raise AddressError("phone_missing", "Enter a phone number.")
    try:
        number = phonenumbers.parse(tidied, region)
    except phonenumbers.NumberParseException:
        raise AddressError(
            "phone_unreadable", "Enter a phone number, like 07700 900123 or +44 7700 900123."
        ) from None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if len(e164) == _DRAMA_LENGTH and e164.startswith((_DRAMA_MOBILE, *_DRAMA_LANDLINE)):
        mobile = e164.startswith(_DRAMA_MOBILE)
        return Phone(e164, "GB", PhoneKind.MOBILE if mobile else PhoneKind.LANDLINE, fictional=True)
    # A number without a type is not valid; asking for both would cost as much again.
    number_type = phonenumbers.number_type(number)
    if number_type == PhoneNumberType.UNKNOWN:
        raise AddressError("phone_not_in_use", _why_not_valid(number))
    kind = _KINDS.get(number_type, PhoneKind.OTHER)
    return Phone(e164, phonenumbers.region_code_for_number(number), kind)


def _why_not_valid(number: phonenumbers.PhoneNumber) -> str:
    match phonenumbers.is_possible_number_with_reason(number):
        case phonenumbers.ValidationResult.TOO_SHORT:
            return "This phone number is too short. Check it and enter it again."
        case phonenumbers.ValidationResult.TOO_LONG:
            return "This phone number is too long. Check it and enter it again."
    return "No phone has this number. Check it and enter it again."


def national(e164: str) -> str:
    """A stored number as people here write it: "07700 900123", "+33 6 12 34 56 78"."""
    number = phonenumbers.parse(e164)
    style = phonenumbers.PhoneNumberFormat
    uk = number.country_code == phonenumbers.country_code_for_region("GB")
    return phonenumbers.format_number(number, style.NATIONAL if uk else style.INTERNATIONAL)


def is_uk_mobile(e164: str) -> bool:
    """Whether a stored number is in a range for mobiles; much cheaper than parsing it again.

    Source: Ofcom, National Telephone Numbering Plan: 071 to 075 and 077 to 079 (070 is personal
    numbers, 076 pagers).
    """
    return _UK_MOBILE.fullmatch(e164) is not None


def parse_sms_number(text: str, region: str = "GB") -> Phone:
    """A number that can get text messages.

    Raises AddressError as `parse_phone` does, with code "phone_landline" for a landline and
    "phone_no_text" for freephone, premium rate and other numbers that cannot get texts.
    """
    phone = parse_phone(text, region)
    if phone.kind is PhoneKind.MOBILE:
        return phone
    if phone.kind is PhoneKind.LANDLINE:
        raise AddressError(
            "phone_landline",
            "This is a landline and cannot get text messages. "
            "Use a mobile number, or choose a phone call.",
        )
    number_type = phonenumbers.number_type(phonenumbers.parse(phone.e164))
    raise AddressError(
        "phone_no_text",
        _CANNOT_TEXT.get(number_type, "This number cannot get text messages. Use a mobile number."),
    )


def parse_email(text: str) -> str:
    """The address to store: tidied, domain in lower case, Unicode form kept.

    Whether the domain takes mail is not looked up: a form must work without a network.
    Raises AddressError with code "email_missing" or "email_unreadable".
    """
    tidied = "".join(tidy(text).split())
    if not tidied:
        raise AddressError("email_missing", "Enter an email address.")
    try:
        return validate_email(
            tidied.removeprefix("mailto:"), check_deliverability=False, test_environment=False
        ).normalized
    except EmailNotValidError:
        raise AddressError("email_unreadable", _why_not_an_email(tidied)) from None


def _why_not_an_email(text: str) -> str:
    if text.count("@") != 1:
        return "An email address has one @ sign, like name@example.org."
    local, _, domain = text.partition("@")
    if not local:
        return "Enter the part before the @ sign too, like name@example.org."
    if "." not in domain:
        return "The part after the @ sign needs a full stop, like name@example.org."
    return "Check this email address. It should look like name@example.org."
