"""A made-up community in which familiar voices volunteer ten times as often as anybody else.

Every step one person volunteers for the panel that is open; after ``steps_a_panel`` steps its
seats are filled by one of three ways and the next panel opens a week later:

- ``first_come``: whoever volunteered first;
- ``random``: drawn by lot from everyone who volunteered;
- ``matching``: `services.matching.scoring.propose`.

Groups that are seldom heard volunteer less than half as often. Shares of groups are chosen for
the example and come from no census.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

import numpy as np

from schemas import vocabulary
from services.matching import gaps, scoring
from services.matching.characteristics import Group, group, is_member
from services.matching.measures import Concentration, SeatTaken, concentration
from services.matching.model import DEFAULT_POLICY, Opportunity, Participant, is_familiar
from services.matching.targets import Target, check

Way = Literal["first_come", "random", "matching"]
WAYS: tuple[Way, ...] = get_args(Way)
START = datetime(2026, 1, 5, tzinfo=UTC)
ETHNIC = {"white_british": 0.66, "asian_indian": 0.14, "black_african": 0.11, "white_roma": 0.09}
AGES = {"18_24": 0.12, "25_34": 0.18, "45_54": 0.3, "65_74": 0.4}
CARERS = 0.15
SELDOM: tuple[Group, ...] = (
    group(("ethnic_group", "asian")),
    group(("ethnic_group", "black")),
    group(("ethnic_group", "white_roma")),
    group(("age_band", "18_24")),
    group(("lived_experience", "unpaid_carer")),
)


@dataclass(frozen=True)
class Setting:
    """Size and habits of the community."""

    people: int = 4_000
    steps: int = 10_000
    steps_a_panel: int = 40
    seats: int = 8
    familiar_at_start: int = 80
    eagerness: float = 10.0
    seldom: float = 0.4
    seat_weeks: int = 26
    seed: int = 1


@dataclass(frozen=True)
class Panel:
    """One panel once its seats are filled: share of new voices, and gap index."""

    new_voices: float
    index: float


@dataclass(frozen=True)
class Outcome:
    """All panels of one way in order, and how seats are spread over people at the end."""

    panels: list[Panel]
    spread: Concentration

    def quarters(self, what: str) -> list[float]:
        """Means of a measure of the panels over each quarter of the time."""
        values = [float(getattr(p, what)) for p in self.panels]
        return [float(np.mean(part)) for part in np.array_split(values, 4)]


class Community:
    """The people, who of them volunteers, and the seats they took."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.rng = np.random.default_rng(setting.seed)
        self.people = [self._person(i) for i in range(setting.people)]
        seldom = [any(is_member(p.categories, g) for g in SELDOM) for p in self.people]
        self.willing = np.where(seldom, setting.seldom, 1.0)
        self.familiar_until = np.zeros(setting.people)
        often = [p for p, less in zip(self.people, seldom, strict=True) if not less]
        for person in often[: setting.familiar_at_start]:
            self.seat(person, START - timedelta(weeks=1))
        self.taken: list[SeatTaken] = []

    def _person(self, i: int) -> Participant:
        ethnic = self.rng.choice(list(ETHNIC), p=list(ETHNIC.values()))
        age = self.rng.choice(list(AGES), p=list(AGES.values()))
        answers = {
            "ethnic_group": frozenset({str(ethnic)}),
            "age_band": frozenset({str(age)}),
            "sex": frozenset({str(self.rng.choice(["female", "male"]))}),
            "lived_experience": frozenset(
                {"unpaid_carer" if self.rng.random() < CARERS else "none"}
            ),
        }
        return Participant(f"person-{i:05d}", vocabulary.expand(answers))

    def seat(self, person: Participant, now: datetime) -> None:
        """The person takes a seat."""
        at = int(person.participant_id.removeprefix("person-"))
        end = now + timedelta(weeks=self.setting.seat_weeks)
        self.people[at] = replace(self.people[at], seat_ends=(*self.people[at].seat_ends, end))
        self.familiar_until[at] = (end + DEFAULT_POLICY.familiar_for).timestamp()

    def volunteers(self, now: datetime) -> list[Participant]:
        """Who volunteers for the panel that is open, in order, each once."""
        familiar = self.familiar_until > now.timestamp()
        weights = self.willing * np.where(familiar, self.setting.eagerness, 1.0)
        steps = self.setting.steps_a_panel
        drawn = self.rng.choice(len(weights), size=steps, p=weights / weights.sum())
        return [self.people[i] for i in dict.fromkeys(int(d) for d in drawn)]


def panel(setting: Setting, number: int) -> Opportunity:
    """A panel that aims for the community's own shares."""
    shares = (ETHNIC["asian_indian"], ETHNIC["black_african"], ETHNIC["white_roma"])
    targets = [
        Target(f"t{i}", of, proportion=share)
        for i, (of, share) in enumerate(zip(SELDOM, (*shares, AGES["18_24"], CARERS), strict=True))
    ]
    targets.append(Target("women", group(("sex", "female")), proportion=0.5))
    return Opportunity(f"panel-{number:04d}", setting.seats, check(targets, setting.seats))


def simulate(way: Way, setting: Setting) -> Outcome:
    """The whole time with one way of filling seats."""
    community, panels = Community(setting), []
    for number in range(setting.steps // setting.steps_a_panel):
        now = START + timedelta(weeks=number)
        opportunity = panel(setting, number)
        volunteers = community.volunteers(now)
        chosen = _fill(way, opportunity, volunteers, community, now)
        new = sum(not is_familiar(p, now) for p in chosen)
        tally = gaps.count(opportunity, [p.categories for p in chosen])
        for person in chosen:
            community.seat(person, now)
            community.taken.append(SeatTaken(person.participant_id, now))
        panels.append(Panel(new / len(chosen), gaps.index(tally)))
    end = START + timedelta(weeks=len(panels))
    return Outcome(panels, concentration(community.taken, end))


def _fill(
    way: Way,
    opportunity: Opportunity,
    volunteers: list[Participant],
    community: Community,
    now: datetime,
) -> list[Participant]:
    seats = opportunity.seats
    if way == "first_come":
        return volunteers[:seats]
    if way == "random":
        return [volunteers[i] for i in community.rng.permutation(len(volunteers))[:seats]]
    by_id = {p.participant_id: p for p in volunteers}
    found = scoring.propose(opportunity, gaps.count(opportunity, []), volunteers, now)
    return [by_id[p.participant_id] for p in found]
