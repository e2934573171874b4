"""What the API of programmes takes and answers. Shares are 0 to 1, money is whole pence."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from services.matching.bodies import Title, Words, example
from services.matching.impact.catalogue import Level, Question, Source, Unit
from services.matching.impact.costs import CostKind
from services.matching.impact.verdict import Status, Word
from services.runtime.lists import Listed

Statement = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
Statements = Annotated[list[Statement], Field(max_length=10)]
Outcome = Literal["changed", "unchanged", "open"]
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
Day = Annotated[date, Field(ge=EARLIEST, lt=LATEST)]

PROGRAMME = {
    "name": "New voices in home care",
    "started_on": "2026-01-05",
    "theory": {
        "inputs": ["One link worker, three days a week"],
        "activities": ["Outreach at food banks, mosques and the market"],
        "outputs": ["Seats are filled within six weeks"],
        "outcomes": ["Half of new seat holders never sat on a panel before"],
        "impact": ["The home care contract follows what people asked for"],
    },
    "aims": {"new_voice_rate": 0.5, "time_to_fill": 42, "cost_per_new_voice": 40000},
    "opportunity_ids": [],
}


class Theory(BaseModel):
    """The theory of change: what the programme puts in, does, brings about, and for what."""

    inputs: Statements = []
    activities: Statements = []
    outputs: Statements = []
    outcomes: Statements = []
    impact: Statements = []


class Aims(BaseModel):
    """What each indicator should reach; none is judged without an aim."""

    answered: float | None = Field(default=None, ge=0, le=1)
    accepted: float | None = Field(default=None, ge=0, le=1)
    feedback_given: float | None = Field(default=None, ge=0, le=1)
    time_to_fill: float | None = Field(default=None, ge=1, le=1000, description="days, at most")
    new_voice_rate: float | None = Field(default=None, ge=0, le=1)
    retention: float | None = Field(default=None, ge=0, le=1)
    barriers_removed: float | None = Field(default=None, ge=0, le=1)
    decisions_influenced: float | None = Field(default=None, ge=0, le=1)
    survey_response: float | None = Field(default=None, ge=0, le=1)
    survey_completion: float | None = Field(default=None, ge=0, le=1)
    listened: float | None = Field(default=None, ge=0, le=1)
    again: float | None = Field(default=None, ge=0, le=1)
    cost_per_new_voice: float | None = Field(
        default=None, ge=1, le=100_000_000, description="pence, at most"
    )


class ProgrammeBody(BaseModel):
    model_config = example(PROGRAMME)

    name: Title
    started_on: Day
    ended_on: Day | None = None
    theory: Theory = Theory()
    aims: Aims = Aims()
    opportunity_ids: list[UUID] = Field(default=[], max_length=500)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ended_on is not None and self.ended_on < self.started_on:
            raise ValueError("The last day is before the first.")
        return self


class CostBody(BaseModel):
    """A dated line: an amount, or for staff hours the minutes and the pay an hour."""

    model_config = example(
        {"on": "2026-02-03", "kind": "staff_hours", "minutes": 450, "pence_an_hour": 1850},
        {"on": "2026-02-03", "kind": "travel", "pence": 1280, "note": "Bus fares, four people"},
    )

    on: Day
    kind: CostKind
    pence: int | None = Field(default=None, ge=0, le=100_000_000)
    minutes: int | None = Field(default=None, ge=1, le=600_000)
    pence_an_hour: int | None = Field(default=None, ge=0, le=100_000)
    note: str = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        by_hours = self.minutes is not None and self.pence_an_hour is not None
        partly = self.minutes is not None or self.pence_an_hour is not None
        if by_hours == (self.pence is not None) or (partly and not by_hours):
            raise ValueError("Give an amount, or the minutes and the pay an hour.")
        return self


class InfluenceBody(BaseModel):
    """A decision that was brought to people, and what came of it."""

    model_config = example(
        {
            "on": "2026-03-10",
            "what": "How long a home care visit is at least",
            "outcome": "changed",
            "why": "People asked for 30 minutes; the contract says so now.",
        }
    )

    on: Day
    what: Words
    outcome: Outcome
    why: str = Field(default="", max_length=300)


class ProgrammeSaved(BaseModel):
    programme_id: UUID
    revision: int


class Asked(BaseModel):
    people: int = Field(description="how many were asked")


class LineSaved(BaseModel):
    id: UUID


class ProgrammeSummary(BaseModel):
    programme_id: UUID
    name: str
    started_on: date
    ended_on: date | None
    opportunities: int


class ProgrammeList(Listed[ProgrammeSummary]):
    """Newest first."""


class ProgrammeView(ProgrammeSummary):
    revision: int
    theory: Theory
    aims: Aims
    opportunity_ids: list[UUID]
    yours: bool


class CostView(BaseModel):
    id: UUID
    on: date
    kind: CostKind
    minutes: int | None
    pence: int
    note: str


class InfluenceView(BaseModel):
    id: UUID
    on: date
    what: str
    outcome: Outcome
    why: str


class RecordList(BaseModel):
    """Costs and decisions, newest first."""

    costs: list[CostView]
    decisions: list[InfluenceView]


class FigureView(BaseModel):
    """An indicator; `hidden` when it would tell of a few people."""

    code: str = Field(examples=["new_voice_rate"])
    level: Level
    question: Question
    unit: Unit
    source: Source
    label: str
    how: str
    value: float | None
    low: float | None = Field(description="95% interval")
    high: float | None
    part: int | None
    whole: int | None
    hidden: bool
    aim: float | None
    status: Status
    sentence: str


class VerdictView(BaseModel):
    question: Question
    word: Word
    sentence: str
    evidence: list[str]


class KindCost(BaseModel):
    kind: CostKind
    pence: int


class WaitStep(BaseModel):
    """From this day on, `open` is the share of seats still open."""

    day: float
    open: float
    low: float
    high: float


class ImpactView(BaseModel):
    """Is it working in the intended way, is it worthwhile, and the evidence with its limits."""

    programme: ProgrammeView
    counted_until: datetime
    answers: list[VerdictView]
    figures: list[FigureView]
    costs: list[KindCost]
    total_pence: int
    waits: list[WaitStep] = Field(description="empty while few seats were filled")
    limits: list[str]
    threshold: int
