"""A made-up file with the published totals: 997 respondents, of whom 84% completed the survey.

Only these two totals are published figures (SCIE, 2023). How answers are spread over groups is made
up, so every file, chart and export made from it says that it is synthetic.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from random import Random

from services.matching.survey import questions as q
from services.matching.survey.reading import MARK

RESPONDENTS = 997
COMPLETED = 837
"""0.84 × 997 = 837.48, so 837 people."""

_GROUPS = {"lived_experience": 21, "carer": 14, "staff": 57, "other": 8}
_JOBS = {
    "social_work": 24,
    "direct_care": 15,
    "provider_manager": 17,
    "commissioning": 14,
    "engagement": 12,
    "senior_leader": 8,
    "other_job": 10,
}
_FAMILIAR: Mapping[str, tuple[int, ...]] = {
    "lived_experience": (22, 21, 22, 20, 15),
    "carer": (27, 24, 21, 17, 11),
    "staff": (8, 17, 26, 29, 20),
    "other": (20, 22, 24, 20, 14),
}
_MORE_FAMILIAR = {"engagement": 2, "commissioning": 1, "direct_care": -1}
_BARRIERS: Mapping[str, int] = {
    "time": 52,
    "money": 44,
    "culture": 37,
    "know_how": 33,
    "leadership": 29,
    "reaching_people": 27,
    "power": 26,
    "nothing_changes": 22,
    "payment": 19,
    "access": 16,
}
_HARDER_FOR_PEOPLE = {"nothing_changes": 27, "access": 22, "power": 14, "money": -17, "time": -20}


def sample(seed: int = 2023) -> bytes:
    """The file, the same for the same seed."""
    dice = Random(seed)  # noqa: S311 - nothing secret: the same file each time
    out = io.StringIO(newline="")
    out.write(f"{MARK}: made-up responses, only the totals are published figures\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("respondent_id", *q.COLUMNS))
    done = [True] * COMPLETED + [False] * (RESPONDENTS - COMPLETED)
    dice.shuffle(done)
    for number, completed in enumerate(done, start=1):
        writer.writerow((f"S{number:04d}", *_response(dice, completed)))
    return out.getvalue().encode()


def _response(dice: Random, completed: bool) -> tuple[str, ...]:
    group = _one(dice, _GROUPS)
    job = _one(dice, _JOBS) if group == q.STAFF else ""
    answered = completed or dice.random() < 0.5
    familiarity = _familiarity(dice, group, job) if answered else ""
    barriers = _barriers(dice, group) if completed else ""
    return ("yes" if completed else "no", group, job, familiarity, barriers)


def _one(dice: Random, weights: Mapping[str, int]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


def _familiarity(dice: Random, group: str, job: str) -> str:
    levels = list(q.FAMILIARITY)
    at = dice.choices(range(len(levels)), _FAMILIAR[group])[0]
    step = _MORE_FAMILIAR.get(job, 0)
    if step and dice.random() < 0.5:
        at = min(max(at + step, 0), len(levels) - 1)
    return levels[at]


def _barriers(dice: Random, group: str) -> str:
    more = _HARDER_FOR_PEOPLE if group in ("lived_experience", "carer") else {}
    named = [c for c, rate in _BARRIERS.items() if dice.random() * 100 < rate + more.get(c, 0)]
    return ";".join(named) or "none"
