"""Codes that outreach asks for and other services read: venues, familiarity, formats.

Unlike the lists of `schemas.vocabulary` these describe a meeting or a way of writing, never who
a person is. Communication formats follow the accessible information standard DAPB1605 (identify,
record, flag, share, meet, review).
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.communication import LABELS

VENUE_KINDS: Mapping[str, str] = {
    "community_centre": "Community centre",
    "food_bank": "Food bank",
    "library": "Library",
    "place_of_worship": "Mosque, church, temple or other place of worship",
    "school_or_nursery": "School, nursery or children's centre",
    "health_service": "GP, hospital or clinic",
    "care_home": "Care home",
    "day_centre": "Day centre or lunch club",
    "support_group": "Support group",
    "hostel": "Hostel or night shelter",
    "shop_or_cafe": "Shop, café or barber",
    "street_or_market": "Street, park or market",
    "at_home": "At someone's home",
    "phone_or_online": "By phone or online",
    "other": "Somewhere else",
}

FAMILIARITY: Mapping[str, str] = {
    "never_heard": "Never heard of co-production",
    "heard_of": "Heard of it",
    "took_part_once": "Took part once",
    "takes_part": "Takes part now and then",
    "takes_part_often": "Takes part often",
    "prefer_not_to_say": "Prefer not to say",
}

COMMUNICATION_FORMATS: Mapping[str, str] = {need.value: label for need, label in LABELS.items()}
"""The needs that messages can meet, by the same codes, so that none is lost on the way."""

FORMER_FORMATS: Mapping[str, str] = {"letter": "post", "through_supporter": "advocate"}
"""Codes of before that a device or a record may still hold, and what they are called now."""

LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
"""A language tag (BCP 47), such as "en", "cy", "bfi" (British Sign Language) or "zh-Hant"."""

AREA_PATTERN = r"^[EWSN][0-9]{8}$"
"""A code of the Office for National Statistics' register of geographic codes (GSS)."""
