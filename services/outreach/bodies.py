"""What the outreach API takes and gives: contacts, and words shared by all bodies."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from schemas.outreach_codes import AREA_PATTERN, LANGUAGE_PATTERN
from services.runtime.lists import Listed

Text120 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Notes = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
AreaCode = Annotated[str, StringConstraints(pattern=AREA_PATTERN)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
Coarse = Annotated[float, AfterValidator(lambda degrees: round(degrees, 2))]
Codes = Annotated[list[str], Field(max_length=60)]


class Strict(BaseModel):
    """A request body: unknown fields are refused, so that a typing error is not lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)


CONTACT_EXAMPLE: dict[str, Any] = {
    "contacted_on": "2026-11-24",
    "venue": "Harehills food bank",
    "venue_kind": "food_bank",
    "area_code": "E08000035",
    "kind": "one_to_one",
    "people": 1,
    "language": "ur",
    "barriers": ["never_asked", "travel"],
    "familiarity": "never_heard",
    "asked": "Would her son be welcome too?",
    "notes": "Prefers mornings.",
    "follow_up_on": "2026-12-01",
    "recorded_at": "2026-11-24T10:12:00Z",
}


class Position(Strict):
    """Where a contact was, in degrees (WGS 84), to about a kilometre and never closer.

    A device sends two decimals; whatever more comes is cut off before it is kept.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"latitude": 53.81, "longitude": -1.52}]}
    )

    latitude: Coarse = Field(ge=49, le=61)
    longitude: Coarse = Field(ge=-9, le=2)


class ContactBody(Strict):
    """A conversation at a place. No name is needed: "about 8 people, food bank" will do."""

    model_config = ConfigDict(json_schema_extra={"examples": [CONTACT_EXAMPLE]})

    contacted_on: date
    venue: Text120 | None = None
    venue_kind: str | None = None
    area_code: AreaCode | None = None
    same_place_as: UUID | None = Field(
        default=None, description="an earlier contact at this place: fills in the three above"
    )
    position: Position | None = Field(
        default=None, description="only if the link worker asked their device for it"
    )
    kind: Literal["one_to_one", "group"] = "one_to_one"
    people: int = Field(default=1, ge=1, le=5000)
    language: Language = "en"
    barriers: Codes = []
    familiarity: str | None = None
    asked: Notes | None = None
    notes: Notes | None = None
    follow_up_on: date | None = None
    recorded_at: AwareDatetime = Field(description="when it was written down, by the device")


class ContactCorrection(Strict):
    """Only the fields that change."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"people": 8, "kind": "group", "notes": "Eight came."}]}
    )

    contacted_on: date | None = None
    venue: Text120 | None = None
    venue_kind: str | None = None
    area_code: AreaCode | None = None
    position: Position | None = None
    kind: Literal["one_to_one", "group"] | None = None
    people: int | None = Field(default=None, ge=1, le=5000)
    language: Language | None = None
    barriers: Codes | None = None
    familiarity: str | None = None
    asked: Notes | None = None
    notes: Notes | None = None
    follow_up_on: date | None = None
    follow_up_done: bool | None = None


class Stored(BaseModel):
    """A record was stored. `created` is false when the very same one was here already."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193b0c0-0000-7000-8000-000000000001",
                    "revision": 1,
                    "created": True,
                    "received_at": "2026-11-24T10:15:03Z",
                    "clock_skewed": False,
                    "possible_duplicates": [],
                }
            ]
        }
    )

    id: UUID
    revision: int
    created: bool
    received_at: datetime
    clock_skewed: bool
    possible_duplicates: list[UUID] = Field(
        default=[], description="participants within your reach with the same phone"
    )


class ContactView(BaseModel):
    """A contact as the one who logged it, or their team, reads it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                CONTACT_EXAMPLE
                | {
                    "position": None,
                    "id": "0193b0c0-0000-7000-8000-000000000001",
                    "revision": 1,
                    "follow_up_done_at": None,
                    "received_at": "2026-11-24T10:15:03Z",
                    "clock_skewed": False,
                    "logged_by": "0193b0c0-0000-7000-8000-0000000000aa",
                    "participants": [],
                }
            ]
        }
    )

    id: UUID
    revision: int
    contacted_on: date
    venue: str
    venue_kind: str
    area_code: str
    position: Position | None
    kind: str
    people: int
    language: str
    barriers: list[str]
    familiarity: str | None
    asked: str | None
    notes: str | None
    follow_up_on: date | None
    follow_up_done_at: datetime | None
    recorded_at: datetime
    received_at: datetime
    clock_skewed: bool
    logged_by: UUID
    participants: list[UUID] = Field(description="people registered from this contact")


class ContactPage(Listed[ContactView]):
    """Newest first."""
