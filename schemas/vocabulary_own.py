"""Lists that follow no standard: lived experience, access needs, barriers.

They are proposals of this project, meant to be rewritten together with the people they describe.
The inclusion health groups among the lived experience codes follow NHS England's list of
inclusion health groups; carers, veterans and care leavers follow local Core20PLUS lists.
None of them has a census benchmark: a coordinator sets the targets.
"""

from __future__ import annotations

from schemas.vocabulary_types import NONE_OF_THESE, PREFER_NOT_TO_SAY, Category, CodeList

V1 = "1"
_PNTS = Category(PREFER_NOT_TO_SAY, "Prefer not to say", exclusive=True)


def _group(group: str, *rows: tuple[str, ...]) -> tuple[Category, ...]:
    """Rows of (code, label, people, flag…) in one group."""
    return tuple(
        Category(code, text, people, group=group, flags=frozenset(flags))
        for code, text, people, *flags in rows
    )


def _other(people: str) -> Category:
    return Category("other", "Something else", people, self_describe=True)


LIVED_EXPERIENCE = CodeList(
    "lived_experience",
    V1,
    "lived_experience",
    "Which of these are part of your own life? Choose any you are happy to share",
    "Lived experience",
    (
        *_group(
            "care_and_support",
            ("learning_disability", "Learning disability", "people with a learning disability"),
            ("autism", "Autism", "autistic people"),
            ("mental_health", "Mental health problem", "people with a mental health problem"),
            ("dementia", "Dementia", "people living with dementia", "capacity_prompt"),
            (
                "physical_impairment",
                "Physical impairment or long-term condition",
                "people with a physical impairment or long-term condition",
            ),
            ("sensory_deaf", "Deaf or hard of hearing", "deaf and hard of hearing people"),
            ("sensory_sight", "Blind or partially sighted", "blind and partially sighted people"),
            ("deafblind", "Deafblind", "deafblind people"),
            ("brain_injury", "Brain injury", "people with a brain injury"),
        ),
        *_group(
            "service",
            ("uses_care_at_home", "Has care or support at home", "people with care at home"),
            (
                "care_home",
                "Lives in a care home, or used to",
                "people who live or lived in a care home",
            ),
            (
                "direct_payment",
                "Has a direct payment or personal budget",
                "people with a direct payment or personal budget",
            ),
            (
                "waiting_or_refused",
                "Asked for care and is waiting, or was told no",
                "people waiting for care or refused it",
            ),
        ),
        *_group(
            "caring",
            ("unpaid_carer", "Cares for someone, unpaid", "unpaid carers"),
            ("young_adult_carer", "Carer aged 18 to 25", "carers aged 18 to 25"),
            ("former_carer", "Used to care for someone", "former and bereaved carers"),
        ),
        *_group(
            "life",
            ("care_leaver", "Left care as a young person", "care leavers"),
            ("homelessness", "Homelessness", "people who have been homeless"),
            ("refugee", "Refugee", "refugees"),
            (
                "asylum_seeker",
                "Seeking asylum",
                "people seeking asylum",
                "no_payment_without_advice",
            ),
            (
                "migrant",
                "Migrant, including with no recourse to public funds",
                "migrants",
                "no_payment_without_advice",
            ),
            (
                "gypsy_roma_traveller",
                "Gypsy, Roma or Traveller",
                "Gypsy, Roma and Traveller people",
                "racial_or_ethnic_origin",
            ),
            ("lgbtq", "LGBTQ+", "LGBTQ+ people", "sexual_orientation"),
            (
                "prison_leaver",
                "Prison or probation",
                "people who have been in prison or on probation",
                "criminal_offence_data",
            ),
            (
                "substance_use",
                "Drug or alcohol dependence",
                "people with experience of drug or alcohol dependence",
            ),
            (
                "sex_work",
                "Sex work",
                "people with experience of sex work",
                "never_in_reports_below_threshold",
            ),
            (
                "modern_slavery",
                "Modern slavery",
                "people with experience of modern slavery",
                "safeguarding",
            ),
            ("veteran", "Armed forces, now or before", "people who served in the armed forces"),
            (
                "domestic_abuse",
                "Domestic abuse",
                "people with experience of domestic abuse",
                "safe_contact_prompt",
            ),
        ),
        *_group(
            "access",
            (
                "digitally_excluded",
                "Not online, or only sometimes",
                "people who are not online or only sometimes",
            ),
            ("low_income", "Low income", "people on a low income"),
        ),
        Category(
            "rural",
            "Lives in a rural or coastal area",
            "people in rural or coastal areas",
            group="access",
            derived=True,
        ),
        _other("people with other lived experience"),
        Category(NONE_OF_THESE, "None of these", exclusive=True),
        _PNTS,
    ),
    multi=True,
    special_category=True,
    stores=("matching",),
    note="No census counts these groups, so a gap shows only against a target that a coordinator "
    "sets. Rural is worked out from the area (ONS rural-urban class) and never asked.",
)
ACCESS_NEEDS = CodeList(
    "access_needs",
    V1,
    "access_need",
    "What would help you take part?",
    "Access needs",
    (
        *_group("practical", ("transport", "Transport or a taxi", "")),
        *_group(
            "venue",
            ("step_free", "A place without steps", ""),
            ("accessible_toilet", "Accessible toilet or Changing Places", ""),
            ("quiet_space", "A quiet space", ""),
            ("prayer_space", "Space or time to pray", ""),
            ("food", "Food I can eat, such as halal, kosher or allergy-safe", ""),
        ),
        *_group(
            "communication",
            ("interpreter_language", "Interpreter for a spoken language", ""),
            ("bsl", "BSL interpreter", ""),
            ("easy_read", "Easy Read", ""),
            ("large_print", "Large print", ""),
            ("braille_audio", "Braille or audio", ""),
            ("hearing_loop", "Hearing loop or captions", ""),
        ),
        *_group(
            "time_and_care",
            ("childcare", "Childcare", ""),
            ("replacement_care", "Someone to care for the person I look after", ""),
            ("evenings", "Evenings", ""),
            ("weekends", "Weekends", ""),
            ("daytime", "Daytime", ""),
            ("short_sessions", "Short sessions with breaks", ""),
        ),
        *_group(
            "support",
            ("supporter", "To bring a supporter or advocate", ""),
            ("women_only", "A women-only or men-only group", ""),
            ("phone_not_online", "By phone or in person, not online", ""),
            ("data_or_device", "Data or a device to get online", ""),
        ),
        *_group("money", ("paid_up_front", "Costs paid up front or in cash", "")),
        _other(""),
        Category(NONE_OF_THESE, "Nothing needed", exclusive=True),
        _PNTS,
    ),
    multi=True,
    special_category=True,
    stores=("access",),
    note="Asked of everyone, apart from the equality questions, so that we can make reasonable "
    "adjustments (Equality Act 2010, section 20). Matching sees only met or not met.",
)
BARRIERS = CodeList(
    "barriers",
    V1,
    "barrier",
    "What has made it hard to have a say before?",
    "Barriers",
    (
        *_group(
            "reach",
            ("never_asked", "Nobody asked me", ""),
            ("did_not_know", "I did not know I could", ""),
            ("not_online", "It was only online", ""),
            ("language", "It was not in my language", ""),
            ("hard_to_understand", "It was hard to understand", ""),
        ),
        *_group(
            "practical",
            ("travel", "Getting there", ""),
            ("cost", "Cost, or waiting for money back", ""),
            ("time", "The time of day", ""),
            ("caring", "Caring for someone", ""),
            ("health", "My health", ""),
            ("place", "The place did not suit my needs", ""),
        ),
        *_group(
            "trust",
            ("nothing_changed", "I said it before and nothing changed", ""),
            ("bad_experience", "A bad experience with services", ""),
            ("not_welcome", "I did not feel welcome", ""),
            ("worried_benefits", "Worry about benefits or status", ""),
            ("confidence", "Not feeling sure of myself", ""),
        ),
        _other(""),
        Category(NONE_OF_THESE, "Nothing", exclusive=True),
        _PNTS,
    ),
    multi=True,
    stores=("monitoring",),
    note="For the planning of outreach; never used in matching.",
)
OWN: tuple[CodeList, ...] = (LIVED_EXPERIENCE, ACCESS_NEEDS, BARRIERS)
