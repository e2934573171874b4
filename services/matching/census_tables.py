"""What the columns of Census 2021 tables mean in our categories.

Labels are those ONS and Nomis publish, in lower case and without the variable's name. A list of
ours can be had from a table at one of several levels; the first whose labels are all there is
used. Nothing is ever split or filled in: a level with a label missing is not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NOT_ANSWERED = "not_answered"
"""Residents who left a voluntary question open; on neither side of a proportion."""
Level = Mapping[str, str]
"""Label to our code; several labels may add up to one code."""

_ALL_AGES = (
    "This counts residents of all ages. For a panel of adults it shows too much of groups with "
    "many children and too little of groups with many older people."
)


@dataclass(frozen=True, slots=True)
class CensusTable:
    """One table: its id, the variable's name in headers, whom it counts, and our lists in it."""

    table: str
    variable: str
    population: str
    lists: Mapping[str, tuple[Level, ...]]
    caveats: tuple[str, ...] = ()


_BROAD = {
    "asian, asian british or asian welsh": "asian",
    "black, black british, black welsh, caribbean or african": "black",
    "mixed or multiple ethnic groups": "mixed",
    "white": "white",
    "other ethnic group": "other",
}
_DETAIL = {
    "asian": {
        "bangladeshi": "asian_bangladeshi",
        "chinese": "asian_chinese",
        "indian": "asian_indian",
        "pakistani": "asian_pakistani",
        "other asian": "asian_other",
    },
    "black": {
        "african": "black_african",
        "caribbean": "black_caribbean",
        "other black": "black_other",
    },
    "mixed": {
        "white and asian": "mixed_white_asian",
        "white and black african": "mixed_white_black_african",
        "white and black caribbean": "mixed_white_black_caribbean",
        "other mixed or multiple ethnic groups": "mixed_other",
    },
    "white": {
        "english, welsh, scottish, northern irish or british": "white_british",
        "irish": "white_irish",
        "gypsy or irish traveller": "white_gypsy_traveller",
        "roma": "white_roma",
        "other white": "white_other",
    },
    "other": {"arab": "other_arab", "any other ethnic group": "other_other"},
}
_ETHNIC = {
    f"{label}: {detail}": code
    for label, broad in _BROAD.items()
    for detail, code in _DETAIL[broad].items()
}
_DISABLED, _NOT = "disabled under the equality act", "not disabled under the equality act"
_LOT = f"{_DISABLED}: day-to-day activities limited a lot"
_LITTLE = f"{_DISABLED}: day-to-day activities limited a little"
_CONDITION = (
    f"{_NOT}: has long term physical or mental health condition but day-to-day activities are "
    "not limited"
)
_HEALTHY = f"{_NOT}: no long term physical or mental health conditions"
_ORIENTATION = {
    "straight or heterosexual": "heterosexual",
    "gay or lesbian": "gay_lesbian",
    "bisexual": "bisexual",
    "all other sexual orientations": "other",
    "not answered": NOT_ANSWERED,
}

TABLES: tuple[CensusTable, ...] = (
    CensusTable(
        "TS021",
        "ethnic group",
        "all usual residents",
        {"ethnic_group": (_ETHNIC, _BROAD)},
        (_ALL_AGES,),
    ),
    CensusTable("TS007", "age", "usual residents aged 18 years and over", {"age_band": ()}),
    CensusTable(
        "TS008",
        "sex",
        "all usual residents",
        {"sex": ({"female": "female", "male": "male"},)},
        (_ALL_AGES,),
    ),
    CensusTable(
        "TS038",
        "disability",
        "all usual residents",
        {
            "disability": (
                {
                    _LOT: "disabled",
                    _LITTLE: "disabled",
                    _CONDITION: "not_disabled",
                    _HEALTHY: "not_disabled",
                },
                {_DISABLED: "disabled", _NOT: "not_disabled"},
            ),
            "health_condition": ({_LOT: "yes", _LITTLE: "yes", _CONDITION: "yes", _HEALTHY: "no"},),
        },
        (_ALL_AGES, "The shares are not adjusted for age."),
    ),
    CensusTable(
        "TS030",
        "religion",
        "all usual residents who answered",
        {
            "religion": (
                {
                    "no religion": "no_religion",
                    "christian": "christian",
                    "buddhist": "buddhist",
                    "hindu": "hindu",
                    "jewish": "jewish",
                    "muslim": "muslim",
                    "sikh": "sikh",
                    "other religion": "other",
                    "not answered": NOT_ANSWERED,
                },
            )
        },
        (_ALL_AGES,),
    ),
    CensusTable(
        "TS077",
        "sexual orientation",
        "usual residents aged 16 years and over who answered",
        {
            "sexual_orientation": (
                {**_ORIENTATION, "pansexual": "other", "asexual": "other", "queer": "other"},
                _ORIENTATION,
            )
        },
        ("This counts residents aged 16 and over.",),
    ),
    CensusTable(
        "TS024",
        "main language",
        "usual residents aged 3 years and over",
        {
            "main_language": (
                {
                    "english (english or welsh in wales)": "english",
                    "sign language: british sign language": "bsl",
                },
            )
        },
        (
            "This counts residents aged 3 and over. For a panel of adults it shows too much of "
            "groups with many children.",
        ),
    ),
)
REMAINDER = {"main_language": "other"}
"""Lists in which everyone not named belongs to one code: all languages but those named."""
BY_VARIABLE = {t.variable: t for t in TABLES}
