"""What people choose from on outreach's pages, as (code, label) in the order they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from babel import Locale

from schemas import vocabulary
from schemas.outreach_codes import COMMUNICATION_FORMATS, FAMILIARITY, VENUE_KINDS
from services.outreach import areas
from services.runtime.pages import gettext
from services.runtime.pages.language import current_speech

Choice = tuple[str, str]

# Languages asked for most in England and Wales (Census 2021, main language), then by name.
COMMON_LANGUAGES = (
    *("en", "cy", "bfi", "pl", "ro", "pa", "ur", "pt", "es", "ar", "bn", "gu", "it", "ta"),
    *("fr", "lt", "zh", "tr", "bg", "ru", "fa", "hi", "ku", "so", "uk", "yo", "ps", "ti", "am"),
    *("sq", "sk", "hu", "ne", "vi"),
)
NOT_IN_CLDR = {"bfi": "British Sign Language"}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PARTS_OF_DAY = {"morning": "Mornings", "afternoon": "Afternoons", "evening": "Evenings"}
MODES = {"in_person": "In person", "online": "Online", "phone": "By phone"}

PROFILE_LISTS = (
    *("age_band", "sex", "gender_same", "sexual_orientation", "ethnic_group", "religion"),
    *("health_condition", "activity_limited", "impairment", "unpaid_carer", "main_language"),
)
"""Characteristics that the registration asks, one a page, for who agrees to matching."""


def from_codes(codes: Mapping[str, str]) -> list[Choice]:
    return list(codes.items())


def venue_kinds() -> list[Choice]:
    """In the page's language, for a control that does not translate them."""
    return [(code, gettext(label)) for code, label in VENUE_KINDS.items()]


def familiarity() -> list[Choice]:
    return [(code, gettext(label)) for code, label in FAMILIARITY.items()]


def formats() -> list[Choice]:
    return from_codes(COMMUNICATION_FORMATS)


def of_list(list_id: str) -> list[Choice]:
    """A question's answers, without those that are worked out and never asked."""
    found = vocabulary.code_list(list_id)
    return [(c.code, c.label) for c in found.categories if not c.derived and c.code != "under_18"]


def answers_to(list_id: str) -> list[Choice]:
    """A question's answers in the page's language, for a control that does not translate them."""
    return [(code, gettext(label)) for code, label in of_list(list_id)]


def languages() -> list[Choice]:
    """The common languages by their names in the page's language, English and Welsh first."""
    names = [(code, language_name(code)) for code in COMMON_LANGUAGES]
    return names[:3] + sorted(names[3:], key=lambda choice: choice[1])


def language_name(code: str) -> str:
    locale = current_speech().locale
    if code in NOT_IN_CLDR:
        return gettext(NOT_IN_CLDR[code])
    found = locale.languages.get(code) or Locale("en").languages.get(code)
    return str(found or code)


def area_choices() -> list[Choice]:
    return [(area.code, area.name) for area in areas.all_areas().values()]


def labels(list_id: str, codes: Iterable[str]) -> list[str]:
    """The answers' words in the page's language."""
    known = dict(of_list(list_id))
    return [gettext(known.get(code, code)) for code in codes]


def weekday_choices() -> list[Choice]:
    return [(str(day), name) for day, name in enumerate(WEEKDAYS)]
