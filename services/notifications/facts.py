"""What a message may say of an opportunity, in words a person reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_time

from services.notifications.messages import payment_words
from services.runtime.settings import Settings

BABEL = {"en": "en_GB", "cy": "cy", "pl": "pl", "ur": "ur_PK", "ar": "ar"}


def organisation_facts(settings: Settings) -> dict[str, Any]:
    return {"organisation": settings.organisation_name, "contact_phone": settings.help_phone}


def invitation_facts(
    settings: Settings,
    opportunity: dict[str, Any],
    *,
    first_name: str,
    language: str,
    reply_by: date,
    why: Sequence[str] = (),
) -> dict[str, Any]:
    """Placeholders of the invitation templates, from an opportunity as its event told it."""
    sessions = opportunity.get("sessions", [])
    first = sessions[0] if sessions else None
    return organisation_facts(settings) | {
        "first_name": first_name,
        "opportunity_title": opportunity.get("title", ""),
        "host": opportunity.get("host_name", ""),
        "purpose": opportunity.get("purpose", ""),
        "why_you": list(why),
        "date": day(date.fromisoformat(first["on"]), language) if first else "",
        "starts": clock(time.fromisoformat(first["starts"]), language) if first else "",
        "ends": clock(time.fromisoformat(first["ends"]), language) if first else "",
        "sessions": len(sessions),
        "place": opportunity.get("place", ""),
        "payment": payment_words(
            opportunity.get("payment_pence", 0),
            opportunity.get("payment_unit", "session"),
            language,
        ),
        "expenses": opportunity.get("expenses", []),
        "support": opportunity.get("support", []),
        "reply_by": day(reply_by, language),
        "contact_phone": opportunity.get("contact_phone") or settings.help_phone,
    }


@lru_cache(maxsize=1024)
def day(value: date, language: str) -> str:
    """ "Tuesday 3 March" in the person's language."""
    return format_date(value, "EEEE d MMMM", locale=BABEL.get(language, "en_GB"))


def clock(value: time, language: str) -> str:
    """ "2pm" or "2:30pm" in English, the local short form elsewhere."""
    if language != "en":
        return str(format_time(value, "short", locale=BABEL.get(language, "en_GB")))
    hour = value.hour % 12 or 12
    minutes = f":{value.minute:02d}" if value.minute else ""
    return f"{hour}{minutes}{'am' if value.hour < 12 else 'pm'}"
