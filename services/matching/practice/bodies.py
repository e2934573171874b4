"""What the API of the practice library takes and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.matching.bodies import Title, example
from services.matching.practice.review import State, Step
from services.runtime.lists import Listed

Kind = Literal["example", "case_study"]
Setting = Literal["nhs", "council", "care_home", "voluntary", "community"]
For = Literal["link_worker", "coordinator", "host", "participant"]
Summary = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=300)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=40, max_length=8000)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300)]
Barrier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]

ARTICLE = {
    "kind": "example",
    "title": "Meet where people already are",
    "summary": "A council moved its reading group to the café beside the food bank.",
    "body": "We asked three people why they stopped coming.\n\nThey told us the town hall felt "
    "like being called in. So we moved next door to the food bank, and paid for the coffee.",
    "credit": "Elmfield Council",
    "barriers": ["place", "not_welcome"],
    "settings": ["council"],
    "roles": ["coordinator"],
    "shared": True,
}


class ArticleBody(BaseModel):
    """An article as its author writes it. Name nobody who did not agree to be named."""

    model_config = example(ARTICLE)

    kind: Kind
    title: Title
    summary: Summary = Field(description="one or two sentences for the list")
    body: Text = Field(description="plain text; an empty line starts a new paragraph")
    credit: str = Field(default="", max_length=200, description="where it comes from")
    made_up: bool = Field(default=False, description="shown to readers")
    barriers: list[Barrier] = Field(default=[], max_length=20)
    settings: list[Setting] = Field(default=[], max_length=5)
    roles: list[For] = Field(default=[], max_length=4)
    shared: bool = Field(default=False, description="other organisations may read it, too")


class Submit(BaseModel):
    """To send it for review its author says that it names nobody who did not agree."""

    model_config = example({"names_nobody": True})

    names_nobody: Literal[True]


class Return(BaseModel):
    model_config = example({"reason": "Say what it cost, so that others can plan it."})

    reason: Reason


class ArticleSaved(BaseModel):
    article_id: UUID
    revision: int
    state: State


class StepView(BaseModel):
    step: Step
    at: datetime
    reason: str


class ArticleSummary(BaseModel):
    article_id: UUID
    kind: Kind
    title: str
    summary: str
    state: State
    made_up: bool
    shared: bool
    ours: bool = Field(description="of the caller's organisation")
    yours: bool = Field(description="written by the caller")
    barriers: list[str]
    settings: list[str]
    roles: list[str]
    published_at: datetime | None


class ArticleView(ArticleSummary):
    """One article; `steps` and `can` for its organisation only."""

    revision: int
    body: str
    credit: str
    steps: list[StepView] = Field(description="newest last; empty for other organisations")
    can: list[Step] = Field(description="what the caller can do next")
    editable: bool


class ArticleList(Listed[ArticleSummary]):
    total: int


class PrincipleView(BaseModel):
    code: str
    name: str
    means: str
    ask: str


class CoProduction(BaseModel):
    """What co-production is, in the words that all pages use."""

    definition: list[str]
    principles: list[PrincipleView]
