"""The lists behind `schemas.wording`: phrase, what to say instead, and why.

Plurals and spellings are listed where they differ; hyphens and spaces count as the same.
"""

from __future__ import annotations

_BLAME = "It puts the fault on people. We have not reached them yet."
_LABEL = "It makes a person into a label."
_PITY = "It speaks of a person with pity."
_OLD = "Many people find this word hurtful."
_SERVICE = "It names people by what a service does to them."
_VAGUE = "It says little. Name the people you mean."
_PLAIN = "Not everybody knows this word."
_LONG = "A shorter word says the same."

_UNREACHED = ("communities we have not yet reached", "seldom heard")
_PEOPLE = ("people with lived experience", "participants")

BANNED: dict[str, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys(
        (
            *("hard to reach", "hard to hear", "hard to engage", "harder to reach"),
            *("hardest to reach", "difficult to reach", "difficult to engage"),
            *("non-engagers", "non-engaging", "disengaged groups", "reluctant to engage"),
        ),
        (_UNREACHED, _BLAME),
    ),
    **dict.fromkeys(
        ("vulnerable groups", "vulnerable people", "the vulnerable", "vulnerable adults"),
        (("people who need support", "people at risk of harm"), _LABEL),
    ),
    **dict.fromkeys(("usual suspect", "usual suspects"), (("familiar voices",), _LABEL)),
    **dict.fromkeys(
        ("service user", "service users", "beneficiaries", "care recipients", "care recipient"),
        (_PEOPLE, _SERVICE),
    ),
    **dict.fromkeys(("special needs", "special need"), (("access needs",), _OLD)),
    **dict.fromkeys(
        ("the disabled", "handicapped", "invalids", "crippled", "able-bodied"),
        (("disabled people", "non-disabled people"), _OLD),
    ),
    **dict.fromkeys(("the elderly", "old age pensioners"), (("older people",), _LABEL)),
    **dict.fromkeys(("the homeless",), (("people who are homeless",), _LABEL)),
    **dict.fromkeys(("the blind",), (("blind and partially sighted people",), _LABEL)),
    **dict.fromkeys(("deaf and dumb", "deaf-mute"), (("Deaf people",), _OLD)),
    **dict.fromkeys(("the mentally ill",), (("people with a mental health problem",), _LABEL)),
    **dict.fromkeys(
        ("suffers from", "suffering from", "sufferer", "sufferers", "afflicted with", "victim of"),
        (("has", "lives with"), _PITY),
    ),
    **dict.fromkeys(
        ("wheelchair bound", "confined to a wheelchair"), (("uses a wheelchair",), _PITY)
    ),
    **dict.fromkeys(
        ("demented", "senile", "dementia sufferers"), (("people living with dementia",), _OLD)
    ),
    **dict.fromkeys(
        ("addict", "addicts", "junkie", "drug abuser", "drug abusers", "alcoholics"),
        (("people with experience of drug or alcohol dependence",), _LABEL),
    ),
    **dict.fromkeys(
        ("ex-offender", "ex-offenders", "offenders", "ex-cons"),
        (("people who have been in prison or on probation",), _LABEL),
    ),
    **dict.fromkeys(
        ("illegal immigrant", "illegal immigrants", "illegals"), (("migrants",), _LABEL)
    ),
    **dict.fromkeys(("prostitute", "prostitutes"), (("people who do sex work",), _OLD)),
    **dict.fromkeys(("gypsies",), (("Gypsy, Roma and Traveller people",), _LABEL)),
    **dict.fromkeys(
        ("bame", "bme", "ethnics", "coloured people", "non-white"),
        (("people from ethnic minorities", "the group's own name"), _VAGUE),
    ),
    **dict.fromkeys(("bed blocker", "bed blockers", "frequent flyers"), (_PEOPLE, _BLAME)),
    **dict.fromkeys(
        ("challenging behaviour",), (("behaviour that tells us something is wrong",), _BLAME)
    ),
    **dict.fromkeys(("mental age",), (("say what support the person wants",), _PITY)),
    **dict.fromkeys(("normal people",), (("other people",), _LABEL)),
}

JARGON: dict[str, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys(("co-production", "coproduction"), (("working together as equals",), _PLAIN)),
    "co-produce": (("work out together",), _PLAIN),
    "co-design": (("plan together",), _PLAIN),
    "stakeholder": (("person it matters to",), _PLAIN),
    "stakeholders": (("people it matters to",), _PLAIN),
    "lived experience": (("what you know from your own life",), _PLAIN),
    "commissioner": (("person who buys care for the council",), _PLAIN),
    "commissioners": (("people who buy care for the council",), _PLAIN),
    "commissioning": (("buying care",), _PLAIN),
    "procurement": (("choosing and buying",), _PLAIN),
    "safeguarding": (("keeping people safe",), _PLAIN),
    "domiciliary care": (("care at home",), _PLAIN),
    "remuneration": (("pay",), _PLAIN),
    "reimbursement": (("money back",), _PLAIN),
    "reimburse": (("pay back",), _PLAIN),
    "reimbursed": (("paid back",), _PLAIN),
    "honorarium": (("payment",), _PLAIN),
    "involvement payment": (("payment",), _PLAIN),
    "out of pocket expenses": (("what you spend",), _PLAIN),
    "terms of reference": (("what the group is for",), _PLAIN),
    "steering group": (("group that guides the work",), _PLAIN),
    "workstream": (("part of the work",), _PLAIN),
    "pathway": (("steps",), _PLAIN),
    "signposting": (("telling you where to go",), _PLAIN),
    "signpost": (("tell you where to go",), _PLAIN),
    "empower": (("help", "give power to"), _PLAIN),
    "empowering": (("helping",), _PLAIN),
    "engagement": (("talking with people",), _PLAIN),
    "intersectional": (("about more than one part of who you are",), _PLAIN),
    "demographic": (("about who people are",), _PLAIN),
    "capacity building": (("training and support",), _PLAIN),
    "holistic": (("whole",), _PLAIN),
    "person-centred": (("about you",), _PLAIN),
    "multidisciplinary": (("of different professions",), _PLAIN),
    "facilitate": (("help", "run"), _LONG),
    "facilitator": (("person who runs the meeting",), _LONG),
    "facilitated": (("run by",), _LONG),
    "participate": (("take part",), _LONG),
    "participation": (("taking part",), _LONG),
    "utilise": (("use",), _LONG),
    "commence": (("start",), _LONG),
    "commences": (("starts",), _LONG),
    "prior to": (("before",), _LONG),
    "subsequent to": (("after",), _LONG),
    "in order to": (("to",), _LONG),
    "with regard to": (("about",), _LONG),
    "regarding": (("about",), _LONG),
    "additional": (("more",), _LONG),
    "assistance": (("help",), _LONG),
    "require": (("need",), _LONG),
    "requires": (("needs",), _LONG),
    "requirements": (("needs",), _LONG),
    "obtain": (("get",), _LONG),
    "purchase": (("buy",), _LONG),
    "endeavour": (("try",), _LONG),
    "advise": (("tell",), _LONG),
    "in the event of": (("if",), _LONG),
    "at your earliest convenience": (("soon",), _LONG),
    "do not hesitate to": (("please",), _LONG),
    "implement": (("do", "start"), _LONG),
    "strategy": (("plan",), _LONG),
    "strategic": (("long-term",), _LONG),
    "deliverables": (("results",), _PLAIN),
    "going forward": (("from now on",), _LONG),
    "feed back": (("tell us",), _LONG),
    "touch base": (("talk",), _PLAIN),
    "reach out": (("get in touch",), _PLAIN),
    "expression of interest": (("yes, I would like to",), _PLAIN),
}
