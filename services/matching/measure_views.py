"""What the API answers about who is heard. None stands for a number too small to show."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from services.runtime.lists import Listed


class HostVoices(BaseModel):
    host_kind: str = Field(examples=["council"])
    new_voices: int | None
    familiar_voices: int | None
    seats: int | None


class AreaVoices(BaseModel):
    area_code: str | None = Field(examples=["E08000003"], description="none: all other areas")
    area_name: str = Field(examples=["Manchester"])
    new_voices: int | None
    familiar_voices: int | None
    seats: int | None


class EarlierSeats(BaseModel):
    """Seats held now by people with so many seats before this one."""

    earlier: int = Field(description="seats before this one; the last row: so many or more")
    seats: int | None


class QuarterVoices(BaseModel):
    quarter: str = Field(examples=["July to September 2026"])
    seats: int | None = Field(description="seats taken in the quarter")
    new_voice_share: float | None = Field(description="share of them taken by new voices")
    hhi: float | None = Field(description="concentration of seats when the quarter ended")


class Evenness(BaseModel):
    """How evenly the groups of one area take part, beside the census. Nothing of a group alone."""

    list_id: str = Field(examples=["ethnic_group"])
    label: str
    area_code: str
    area_name: str
    source_table: str = Field(examples=["TS021"])
    people: int = Field(description="seat holders who answered, rounded down to the threshold")
    r_indicator: float = Field(description="1 when every group takes part at the same rate, to 0")
    variation: float = Field(description="coefficient of variation of the rates; 0 when even")
    beyond_chance: float = Field(description="the same without what chance alone would show")


class Measures(BaseModel):
    """Voices of one organisation. Counts of 1 to `threshold` − 1 are hidden, and what would
    give them away."""

    seats: int | None = Field(description="seats held now")
    people: int | None = Field(description="people who hold them")
    familiar_share: float | None = Field(description="share of seats held by familiar voices")
    hhi: float | None = Field(description="concentration of seats: 1 / people to 1")
    gini: float | None = Field(description="inequality of seats a holder: 0 to 1")
    gap_index: float | None = Field(description="mean over open opportunities, 0 met to 1")
    earlier_seats: list[EarlierSeats]
    hosts: list[HostVoices]
    areas: list[AreaVoices] = Field(description="most seats first, then all other areas as one")
    quarters: list[QuarterVoices] = Field(description="the last eight that have ended")
    not_reached: list[str] = Field(
        description="groups that an open opportunity asks for and that hold no seat in any"
    )
    evenness: list[Evenness] = Field(
        description="R-indicator by characteristic, where an opportunity's area has a census table"
    )
    threshold: int


class AreaShare(BaseModel):
    code: str
    label: str
    share: float


class AreaProfileView(BaseModel):
    """One characteristic of an area, from the census."""

    list_id: str = Field(examples=["ethnic_group"])
    area_code: str
    area_name: str
    source_table: str = Field(examples=["TS021"])
    population: str
    residents: int = Field(description="residents in a category: what shares are of")
    shares: list[AreaShare]
    caveats: list[str]
    imported_at: datetime


class AreaProfileList(Listed[AreaProfileView]):
    licence: str
