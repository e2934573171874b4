"""Consent as a ledger: what holds now, and what a registration must have. Pure rules.

The newest entry of a purpose and channel holds. At the same instant a withdrawal holds, so that
a "no" is never lost to a clock. Nothing here ever turns silence into a "yes".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.events import Channel, Purpose

CHANNELS: tuple[Channel, ...] = ("sms", "email", "phone", "post")
Key = tuple[Purpose, Channel | None]
Addresses = Mapping[Channel, bool]
"""For each channel, whether the person gave an address that it can reach."""

SKEW = timedelta(minutes=10)

_NEEDED = {
    "sms": "a mobile number, for text messages",
    "email": "an email address, for emails",
    "phone": "a phone number, for calls",
    "post": "a postal address, for letters",
}


@dataclass(frozen=True)
class Entry:
    """One line of the ledger. `channel` is set for the purpose `contact` only."""

    purpose: Purpose
    channel: Channel | None
    given: bool
    wording_version: str
    at: datetime


def current(entries: Iterable[Entry]) -> dict[Key, Entry]:
    """What holds now, by purpose and channel."""
    newest: dict[Key, Entry] = {}
    for entry in entries:
        key = (entry.purpose, entry.channel)
        known = newest.get(key)
        if known is None or (entry.at, not entry.given) > (known.at, not known.given):
            newest[key] = entry
    return newest


def is_given(entries: Iterable[Entry], purpose: Purpose, channel: Channel | None = None) -> bool:
    entry = current(entries).get((purpose, channel))
    return entry is not None and entry.given


def said_at(recorded_at: datetime, received_at: datetime) -> datetime:
    """When a person said it. Never later than we heard of it: a device whose clock runs ahead
    could otherwise outlive a later withdrawal."""
    return min(recorded_at, received_at)


def is_skewed(
    recorded_at: datetime, received_at: datetime, device_time: datetime | None = None
) -> bool:
    """Whether the device's clock is more than ten minutes off ours.

    `device_time` is what the device's clock said when it sent; without it only a record from
    the future tells.
    """
    if device_time is not None and abs(device_time - received_at) > SKEW:
        return True
    return recorded_at - received_at > SKEW


def why_not_register(entries: Iterable[Entry], addresses: Addresses) -> tuple[str, str] | None:
    """(field, sentence) if a person may not be registered on these answers; None if they may."""
    agreed = [entry for entry in current(entries).values() if entry.given]
    ways = [entry.channel for entry in agreed if entry.purpose == "contact" and entry.channel]
    if not ways:
        return (
            "consents",
            "The person must agree to at least one way to be contacted. "
            "If they do not, log the contact without their name instead.",
        )
    for channel in ways:
        if not addresses[channel]:
            return (
                "consents",
                f"Enter {_NEEDED[channel]}, or take that way of contact out.",
            )
    return None
