"""The addresses a participant gave, tidied and checked for the ways of contact they allow."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.events import Channel
from services.runtime.addresses import AddressError, PhoneKind, parse_email, parse_phone
from services.runtime.errors import DomainError

ASK_ADVOCATE = "Ask the advocate first if we may write to them. Then tick the box."


@dataclass(frozen=True)
class Addresses:
    """Checked addresses. Never log them. `phone` is E.164."""

    phone: str | None
    mobile: bool
    email: str | None
    postal_address: str | None

    def reach(self) -> dict[Channel, bool]:
        return {
            "sms": self.mobile,
            "phone": self.phone is not None,
            "email": self.email is not None,
            "post": self.postal_address is not None,
        }


def read_advocate(email: str | None, agreed: bool) -> str | None:
    """An advocate's checked email address; None without one. Raises DomainError with the field
    if nobody asked them, because a copy tells them who takes part."""
    if not email or not email.strip():
        return None
    try:
        address = parse_email(email)
    except AddressError as error:
        raise DomainError(error.reason, "advocate.email") from None
    if not agreed:
        raise DomainError(ASK_ADVOCATE, "advocate.agreed")
    return address


def read_addresses(phone: str | None, email: str | None, postal_address: str | None) -> Addresses:
    """Raises DomainError with the field and what to do; the sentence never repeats the address."""
    try:
        number = parse_phone(phone) if phone else None
    except AddressError as error:
        raise DomainError(error.reason, "phone") from None
    try:
        address = parse_email(email) if email else None
    except AddressError as error:
        raise DomainError(error.reason, "email") from None
    return Addresses(
        phone=number.e164 if number else None,
        mobile=number is not None and number.kind is PhoneKind.MOBILE,
        email=address,
        postal_address=postal_address or None,
    )
