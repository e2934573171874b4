"""A short induction on co-production: what it is, its principles, examples, by role.

Definition and principles after the Care and Support Statutory Guidance (Department of Health and
Social Care, paragraph 2.20) and SCIE, "Co-production: what it is and how to do it" (equality,
diversity, accessibility, reciprocity); the words are ours. The examples are made up.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.runtime.security.principal import Role

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Part:
    """One page of the induction. `for_role` adds paragraphs for one role."""

    title: str
    paragraphs: tuple[str, ...]
    for_role: dict[Role, tuple[str, ...]]


PARTS: dict[str, Part] = {
    "definition": Part(
        "What co-production is",
        (
            "Co-production means that people who use care and support, and their carers, are "
            "equal partners. They help to plan it, run it and check it.",
            "It is more than asking for views. In a survey, others decide what to ask and what to "
            "do. In co-production, people decide together from the start.",
            "People know things about care that no training gives. That is why they are paid for "
            "their time.",
        ),
        {
            Role.LINK_WORKER: (
                "Your part: you go to where people are, listen first, and pass on chances to "
                "take part. You never promise that something will change.",
            ),
            Role.COORDINATOR: (
                "Your part: you bring people in before anything is decided, and you tell them "
                "afterwards what became of it.",
            ),
        },
    ),
    "principles": Part(
        "Four principles",
        (
            "Equality: nobody's say counts for more. Share out the power, for example by taking "
            "turns to chair.",
            "Diversity: ask who is missing. The same few people cannot speak for everyone.",
            "Accessibility: ask each person what they need, and have it ready before they come.",
            "Reciprocity: people get something back, such as pay, skills, and news of what "
            "changed.",
        ),
        {
            Role.LINK_WORKER: (
                "When you meet somebody new, ask first what would help them take part.",
            ),
            Role.COORDINATOR: (
                "When a seat is free, look first at which voices are missing from the panel.",
            ),
        },
    ),
    "examples": Part(
        "How it looks in practice",
        (
            "A made-up example. A council plans a new day centre. Six people who would use it "
            "choose the place with the planners. They find that the bus stops two streets away, "
            "and the site is changed.",
            "Another. A care home asks residents and families to write its welcome letter. It "
            "gets shorter, and a relative records it in Punjabi.",
            "What went well in both: people were asked early, paid, and told what changed.",
        ),
        {
            Role.LINK_WORKER: (
                "At a food bank you might say: “We pay people to help make care better. Would "
                "you like to hear more?” If the answer is no, that is fine.",
            ),
            Role.COORDINATOR: (
                "After each session, write down what people said and what you did about it, and "
                "share it with them.",
            ),
        },
    ),
}
