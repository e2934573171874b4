"""Phone numbers and email addresses, as all services read them (`services.runtime.addresses`)."""

from services.runtime.addresses import (
    AddressError,
    Phone,
    PhoneKind,
    is_uk_mobile,
    parse_email,
    parse_phone,
    parse_sms_number,
    tidy,
)

__all__ = [
    "AddressError",
    "Phone",
    "PhoneKind",
    "is_uk_mobile",
    "parse_email",
    "parse_phone",
    "parse_sms_number",
    "tidy",
]
