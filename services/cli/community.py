"""A small community to try New Voices on. Everybody in it is invented.

Phone numbers are from the ranges that Ofcom keeps for drama (07700 900000 to 900999); the town
is invented; the area code is a real one, because reference figures need one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

AREA = "E08000003"
ORGANISATION = "elmfield"
TEAM = "north"
PASSWORD = "kettle harbour violin"  # noqa: S105 - for made-up people on one's own machine

STAFF = (
    ("link.worker@elmfield.example", "Lee Worker", "link_worker", TEAM),
    ("coordinator@elmfield.example", "Corin Ator", "coordinator", TEAM),
    ("safeguarding@elmfield.example", "Safa Lead", "safeguarding_lead", None),
    ("admin@elmfield.example", "Addie Min", "administrator", None),
    ("auditor@elmfield.example", "Audra Tor", "auditor", None),
)


@dataclass(frozen=True)
class Person:
    name: str
    phone: str
    venue: str
    profile: dict[str, Any]
    lived_experience: tuple[str, ...] = ()
    access_needs: tuple[str, ...] = ()
    language: str = "en"
    prior_seats: int = 0
    matching: bool = True
    texts: bool = True
    monitoring: dict[str, list[str]] = field(default_factory=dict)


VENUES: dict[str, tuple[str, str, str]] = {
    "Elmfield food bank": ("food_bank", "ur", "never_asked"),
    "Northgate mosque": ("place_of_worship", "ur", "never_asked"),
    "Elmfield library": ("library", "en", "time"),
    "The Barber on Mill Street": ("shop_or_cafe", "en", "nothing_changed"),
    "Carers' coffee morning": ("support_group", "en", "caring"),
    "Saturday market": ("street_or_market", "pl", "language"),
}

# Where somebody chose to keep it; the spots are as made up as the town.
SPOTS: dict[str, tuple[float, float]] = {
    "Elmfield food bank": (53.48, -2.24),
    "Northgate mosque": (53.50, -2.25),
    "Elmfield library": (53.46, -2.22),
    "Saturday market": (53.45, -2.28),
}


def _who(
    age: str, sex: str, ethnic_group: str, limited: str = "not_at_all"
) -> dict[str, list[str]]:
    return {
        "age_band": [age],
        "sex": [sex],
        "ethnic_group": [ethnic_group],
        "health_condition": ["no" if limited == "not_at_all" else "yes"],
        "activity_limited": [limited],
    }


PEOPLE = (
    Person(
        "Amina Rahman",
        "07700 900101",
        "Elmfield food bank",
        _who("25_34", "female", "asian_pakistani"),
        ("unpaid_carer",),
        ("step_free",),
        language="en",
    ),
    Person(
        "Daniel Osei",
        "07700 900102",
        "The Barber on Mill Street",
        _who("18_24", "male", "black_african"),
        ("care_leaver",),
    ),
    Person(
        "Krystyna Nowak",
        "07700 900103",
        "Saturday market",
        _who("45_54", "female", "white_other"),
        ("unpaid_carer",),
        language="pl",
    ),
    Person(
        "Yusuf Khan",
        "07700 900104",
        "Northgate mosque",
        _who("65_74", "male", "asian_pakistani", "a_lot"),
        ("uses_care_at_home",),
        ("bsl",),
        language="ur",
    ),
    Person(
        "Megan Price",
        "07700 900105",
        "Carers' coffee morning",
        _who("55_64", "female", "white_british"),
        ("unpaid_carer",),
        prior_seats=4,
    ),
    Person(
        "Tom Aldous",
        "07700 900106",
        "Elmfield library",
        _who("75_84", "male", "white_british", "a_little"),
        ("uses_care_at_home",),
        ("hearing_loop",),
        prior_seats=2,
    ),
    Person(
        "Priya Nair",
        "07700 900107",
        "Elmfield library",
        _who("35_44", "female", "asian_indian"),
        ("unpaid_carer",),
        ("replacement_care",),
    ),
    Person(
        "Sam Fielding",
        "07700 900108",
        "Saturday market",
        _who("25_34", "prefer_not_to_say", "prefer_not_to_say"),
        ("mental_health",),
    ),
    Person(
        "Grace Mensah",
        "07700 900109",
        "Elmfield food bank",
        _who("35_44", "female", "black_african", "a_lot"),
        ("uses_care_at_home",),
        ("step_free",),
    ),
    Person(
        "Owen Hughes",
        "07700 900110",
        "Carers' coffee morning",
        _who("18_24", "male", "white_british"),
        ("unpaid_carer",),
    ),
    Person(
        "Farida Begum",
        "07700 900111",
        "Northgate mosque",
        _who("55_64", "female", "asian_bangladeshi"),
        ("unpaid_carer",),
        matching=False,
    ),
    Person(
        "Colin Marsh",
        "07700 900112",
        "The Barber on Mill Street",
        _who("45_54", "male", "white_british", "a_little"),
        ("uses_care_at_home",),
        texts=False,
    ),
)
