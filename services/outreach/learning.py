"""A short induction on co-production: what it is, its principles, examples, by role.

Definition and principles are those of `schemas.coproduction`, one wording for all services. The
examples are made up.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.coproduction import DEFINITION, PRINCIPLES
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
        DEFINITION,
        {
            Role.LINK_WORKER: (
                "Your part: you go to where people are, listen first, and pass on chances to "
                "take part. You never promise that something will change.",
            ),
            Role.COORDINATOR: (
                "Your part: you bring people in before things are decided. Then you tell them "
                "what came of it.",
            ),
        },
    ),
    "principles": Part(
        "Four principles",
        tuple(each.sentence for each in PRINCIPLES),
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
            "Another. A care home asks the people who live there, and their families, to write "
            "its welcome letter. It gets shorter. A family member records it in Punjabi.",
            "What went well in both: people were asked early, paid, and told what changed.",
        ),
        {
            Role.LINK_WORKER: (
                "At a food bank you might say: “We pay people to help make care better. Would "
                "you like to hear more?” If the answer is no, that is fine.",
            ),
            Role.COORDINATOR: (
                "After each session, write down what people said. Write what you did about it, "
                "too, and share it with them.",
            ),
        },
    ),
}
