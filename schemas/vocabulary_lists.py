"""The lists of answers, as data. Types and look-ups: `schemas.vocabulary`.

Sources. Question wording and categories of the standard questions: Census 2021 individual
questionnaire (England) and the GOV.UK Design System's equality information pattern; ethnic group
follows Census 2021 (19 groups, of which the GSS harmonised standard shows 18, with Roma in
"any other White background"); unpaid care follows Census 2021 table TS039. Both © Crown
copyright, Open Government Licence v3.0. The GSS impairment standard is under development and its
wording was not checked for the list below. Lists without a standard: `schemas.vocabulary_own`.

A change of meaning needs a new version of that list; a new code at the end does not.
"""

from __future__ import annotations

from schemas.vocabulary_types import NONE_OF_THESE, PREFER_NOT_TO_SAY, Category, CodeList

V1 = "1"
_PNTS = Category(PREFER_NOT_TO_SAY, "Prefer not to say", exclusive=True)


def _none(text: str) -> Category:
    return Category(NONE_OF_THESE, text, exclusive=True)


def _f(*flags: str) -> frozenset[str]:
    return frozenset(flags)


_AGES = ("18_24", "25_34", "35_44", "45_54", "55_64", "65_74", "75_84")
AGE_BAND = CodeList(
    "age_band",
    V1,
    "characteristic",
    "How old are you?",
    "Age",
    (
        *(
            Category(a, a.replace("_", " to "), f"people aged {a.replace('_', ' to ')}")
            for a in _AGES
        ),
        Category("85_plus", "85 or over", "people aged 85 or over"),
        Category("under_18", "Under 18", "people aged under 18", flags=_f("safeguarding")),
        _PNTS,
    ),
    benchmark="TS007",
    note="We ask for a band, not a date of birth.",
)
SEX = CodeList(
    "sex",
    V1,
    "characteristic",
    "What is your sex?",
    "Sex",
    (Category("female", "Female", "women"), Category("male", "Male", "men"), _PNTS),
    benchmark="TS008",
)
GENDER_SAME = CodeList(
    "gender_same",
    V1,
    "characteristic",
    "Is the gender you identify with the same as your sex registered at birth?",
    "Gender identity",
    (
        Category("yes", "Yes", "people whose gender is the same as their sex registered at birth"),
        Category(
            "no",
            "No",
            "people whose gender differs from their sex registered at birth",
            self_describe=True,
        ),
        _PNTS,
    ),
    special_category=True,
    note="No benchmark: Census 2021 gender identity figures are official statistics in "
    "development (Office for Statistics Regulation, 12 September 2024).",
)
SEXUAL_ORIENTATION = CodeList(
    "sexual_orientation",
    V1,
    "characteristic",
    "Which of the following options best describes how you think of yourself?",
    "Sexual orientation",
    (
        Category("heterosexual", "Heterosexual or straight", "heterosexual people"),
        Category("gay_lesbian", "Gay or lesbian", "gay and lesbian people"),
        Category("bisexual", "Bisexual", "bisexual people"),
        Category("other", "Other", "people of another sexual orientation", self_describe=True),
        _PNTS,
    ),
    special_category=True,
    benchmark="TS077",
    benchmark_population="aged 16 and over",
)


def _ethnic(code: str, text: str, people: str, describe: bool = False) -> Category:
    return Category(code, text, people, parent=code.split("_")[0], self_describe=describe)


ETHNIC_GROUP = CodeList(
    "ethnic_group",
    V1,
    "characteristic",
    "What is your ethnic group?",
    "Ethnic group",
    (
        Category("white", "White", "White people"),
        _ethnic(
            "white_british",
            "English, Welsh, Scottish, Northern Irish or British",
            "White British people",
        ),
        _ethnic("white_irish", "Irish", "White Irish people"),
        _ethnic(
            "white_gypsy_traveller", "Gypsy or Irish Traveller", "Gypsy and Irish Traveller people"
        ),
        _ethnic("white_roma", "Roma", "Roma people"),
        _ethnic(
            "white_other",
            "Any other White background",
            "people of another White background",
            True,
        ),
        Category("mixed", "Mixed or multiple ethnic groups", "people of mixed ethnic groups"),
        _ethnic(
            "mixed_white_black_caribbean",
            "White and Black Caribbean",
            "people of White and Black Caribbean background",
        ),
        _ethnic(
            "mixed_white_black_african",
            "White and Black African",
            "people of White and Black African background",
        ),
        _ethnic("mixed_white_asian", "White and Asian", "people of White and Asian background"),
        _ethnic(
            "mixed_other",
            "Any other Mixed or multiple background",
            "people of another mixed background",
            True,
        ),
        Category("asian", "Asian or Asian British", "Asian and Asian British people"),
        _ethnic("asian_indian", "Indian", "Indian people"),
        _ethnic("asian_pakistani", "Pakistani", "Pakistani people"),
        _ethnic("asian_bangladeshi", "Bangladeshi", "Bangladeshi people"),
        _ethnic("asian_chinese", "Chinese", "Chinese people"),
        _ethnic(
            "asian_other",
            "Any other Asian background",
            "people of another Asian background",
            True,
        ),
        Category("black", "Black, Black British, Caribbean or African", "Black people"),
        _ethnic("black_caribbean", "Caribbean", "Black Caribbean people"),
        _ethnic("black_african", "African", "Black African people", True),
        _ethnic(
            "black_other",
            "Any other Black, Black British or Caribbean background",
            "people of another Black background",
            True,
        ),
        Category("other", "Other ethnic group", "people of other ethnic groups"),
        _ethnic("other_arab", "Arab", "Arab people"),
        _ethnic("other_other", "Any other ethnic group", "people of any other ethnic group", True),
        _PNTS,
    ),
    special_category=True,
    benchmark="TS021",
    note="Asked in two steps: the broad group, then the detail. Either alone is a full answer.",
)
RELIGION = CodeList(
    "religion",
    V1,
    "characteristic",
    "What is your religion?",
    "Religion",
    (
        Category("no_religion", "No religion", "people with no religion"),
        Category(
            "christian",
            "Christian",
            "Christian people",
            hint="Including Church of England, Catholic, Protestant and all other Christian "
            "denominations",
        ),
        Category("buddhist", "Buddhist", "Buddhist people"),
        Category("hindu", "Hindu", "Hindu people"),
        Category("jewish", "Jewish", "Jewish people"),
        Category("muslim", "Muslim", "Muslim people"),
        Category("sikh", "Sikh", "Sikh people"),
        Category("other", "Any other religion", "people of another religion", self_describe=True),
        _PNTS,
    ),
    special_category=True,
    benchmark="TS030",
)
HEALTH_CONDITION = CodeList(
    "health_condition",
    V1,
    "characteristic",
    "Do you have any physical or mental health conditions or illnesses lasting or expected to "
    "last 12 months or more?",
    "Long-term health condition",
    (
        Category("yes", "Yes", "people with a long-term health condition"),
        Category("no", "No", "people without a long-term health condition"),
        _PNTS,
    ),
    special_category=True,
    benchmark="TS038",
)
ACTIVITY_LIMITED = CodeList(
    "activity_limited",
    V1,
    "characteristic",
    "Do any of your conditions or illnesses reduce your ability to carry out day-to-day "
    "activities?",
    "Daily activities",
    (
        Category("a_lot", "Yes, a lot", "people whose daily activities are limited a lot"),
        Category("a_little", "Yes, a little", "people whose daily activities are limited a little"),
        Category("not_at_all", "Not at all", "people whose condition does not limit them"),
        _PNTS,
    ),
    special_category=True,
    show_if=("health_condition", _f("yes")),
)
DISABILITY = CodeList(
    "disability",
    V1,
    "characteristic",
    "Disabled under the Equality Act",
    "Disability",
    (
        Category("disabled", "Disabled", "disabled people", derived=True),
        Category("not_disabled", "Not disabled", "people who are not disabled", derived=True),
    ),
    special_category=True,
    derived=True,
    benchmark="TS038",
    note="Worked out from the two questions on long-term conditions, as in Census 2021.",
)
IMPAIRMENT = CodeList(
    "impairment",
    V1,
    "characteristic",
    "Do your conditions or illnesses affect you in any of these areas?",
    "Impairment",
    (
        Category("vision", "Seeing", "people with a sight impairment"),
        Category("hearing", "Hearing", "people with a hearing impairment"),
        Category("mobility", "Moving around", "people with a mobility impairment"),
        Category("dexterity", "Using your hands", "people with a dexterity impairment"),
        Category(
            "learning",
            "Learning, understanding or concentrating",
            "people who find learning or understanding harder",
        ),
        Category("memory", "Memory", "people with a memory impairment"),
        Category("mental_health", "Mental health", "people with a mental health condition"),
        Category(
            "stamina", "Breathing, energy or tiredness", "people with limited stamina or breathing"
        ),
        Category(
            "social_behavioural",
            "Being with other people",
            "people whose condition affects being with others",
        ),
        Category("other", "Something else", "people with another impairment", self_describe=True),
        _none("None of these"),
        _PNTS,
    ),
    multi=True,
    special_category=True,
    show_if=("health_condition", _f("yes")),
)
UNPAID_CARER = CodeList(
    "unpaid_carer",
    V1,
    "characteristic",
    "Do you look after, or give any help or support to, anyone because they have long-term "
    "physical or mental health conditions or illnesses, or problems related to old age?",
    "Unpaid care",
    (
        Category("no", "No", "people who give no unpaid care"),
        Category("yes", "Yes", "unpaid carers"),
        Category(
            "h_1_19", "19 hours or less a week", "carers of up to 19 hours a week", parent="yes"
        ),
        Category("h_20_49", "20 to 49 hours a week", "carers of 20 to 49 hours a week", "yes"),
        Category(
            "h_50_plus", "50 or more hours a week", "carers of 50 hours a week or more", "yes"
        ),
        _PNTS,
    ),
    benchmark="TS039",
    benchmark_population="aged 5 and over",
)
MAIN_LANGUAGE = CodeList(
    "main_language",
    V1,
    "characteristic",
    "What is your main language?",
    "Main language",
    (
        Category("english", "English", "people whose main language is English"),
        Category("bsl", "British Sign Language", "British Sign Language users"),
        Category("other", "Other", "people whose main language is not English", self_describe=True),
        _PNTS,
    ),
    benchmark="TS024",
    benchmark_population="aged 3 and over",
)
SPOKEN_ENGLISH = CodeList(
    "spoken_english",
    V1,
    "characteristic",
    "How well can you speak English?",
    "Spoken English",
    (
        Category(
            "very_well", "Very well", "people who speak English very well as another language"
        ),
        Category("well", "Well", "people who speak English well as another language"),
        Category("not_well", "Not well", "people who do not speak English well"),
        Category("not_at_all", "Not at all", "people who do not speak English"),
        _PNTS,
    ),
    show_if=("main_language", _f("bsl", "other")),
)

STANDARD: tuple[CodeList, ...] = (
    AGE_BAND,
    SEX,
    GENDER_SAME,
    SEXUAL_ORIENTATION,
    ETHNIC_GROUP,
    RELIGION,
    HEALTH_CONDITION,
    ACTIVITY_LIMITED,
    DISABILITY,
    IMPAIRMENT,
    UNPAID_CARER,
    MAIN_LANGUAGE,
    SPOKEN_ENGLISH,
)
