"""What co-production is, in one wording for all services: learning, the practice library, letters.

After the Care and Support Statutory Guidance (Department of Health and Social Care, paragraph
2.20) and SCIE, "Co-production: what it is and how to do it", which names the four principles; the
words are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

DEFINITION = (
    "Co-production means that people who use care and support, and their carers, are equal "
    "partners. They help to plan it, run it and check it.",
    "It is more than asking for views. In a survey, others decide what to ask and what to do. In "
    "co-production, people decide together from the start.",
    "People know things about care that no training gives. That is why they are paid for their "
    "time.",
)


@dataclass(frozen=True, slots=True)
class Principle:
    """One of the four. `means` is one sentence; `ask` is a question to ask oneself."""

    code: str
    name: str
    means: str
    ask: str

    @property
    def sentence(self) -> str:
        return f"{self.name}: {self.means[0].lower()}{self.means[1:]}"


PRINCIPLES = (
    Principle(
        "equality",
        "Equality",
        "Nobody's say counts for more. Share out the power, for example by taking turns to chair.",
        "Who decides here, and could people with lived experience decide it with us?",
    ),
    Principle(
        "diversity",
        "Diversity",
        "Ask who is missing. The same few people cannot speak for everyone.",
        "Whose voice have we not heard yet?",
    ),
    Principle(
        "accessibility",
        "Accessibility",
        "Ask each person what they need, and have it ready before they come.",
        "What would stop somebody from taking part, and who puts it right?",
    ),
    Principle(
        "reciprocity",
        "Reciprocity",
        "People get something back, such as pay, skills, and news of what changed.",
        "What do people get back, and do they hear what changed?",
    ),
)
