"""What the outreach API takes and gives about participants."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.events import Availability, Channel, Consent, MatchingProfile, Purpose
from services.outreach.bodies import AreaCode, Codes, Language, Strict, Text120
from services.runtime.lists import Listed

PostalAddress = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)]
Answers = dict[str, Codes]

CONSENT_EXAMPLE: dict[str, Any] = {
    "purpose": "contact",
    "channel": "sms",
    "given": True,
    "wording_version": "1",
}

PARTICIPANT_EXAMPLE: dict[str, Any] = {
    "name": "Example Person",
    "phone": "07700 900123",
    "email": None,
    "language": "ur",
    "area_code": "E08000035",
    "access_needs": ["step_free", "interpreter_language"],
    "communication_formats": ["text_message"],
    "availability": {
        "weekdays": [0, 1, 2],
        "parts_of_day": ["morning"],
        "modes": ["in_person", "online"],
    },
    "consents": [
        CONSENT_EXAMPLE,
        {"purpose": "matching", "given": True, "wording_version": "1"},
        {"purpose": "monitoring", "given": True, "wording_version": "1"},
    ],
    "matching_profile": {
        "characteristics": {"age_band": ["25_34"], "ethnic_group": ["asian_pakistani"]},
        "lived_experience": ["unpaid_carer"],
    },
    "monitoring": {"age_band": ["25_34"], "religion": ["prefer_not_to_say"]},
    "contact_id": None,
    "recorded_at": "2026-11-24T10:14:00Z",
}


class ConsentBody(Strict):
    """What the person said yes or no to, with the wording that was read to them."""

    model_config = ConfigDict(json_schema_extra={"examples": [CONSENT_EXAMPLE]})

    purpose: Purpose
    channel: Channel | None = Field(default=None, description="for the purpose `contact` only")
    given: bool
    wording_version: str = Field(min_length=1, max_length=40)
    wording_language: Language = "en"

    @model_validator(mode="after")
    def _channel_for_contact(self) -> ConsentBody:
        if (self.purpose == "contact") != (self.channel is not None):
            raise ValueError("Consent to contact needs a channel; other purposes have none.")
        return self


class MatchingProfileBody(Strict):
    """What may be used for matching, by explicit consent. Category codes by list."""

    characteristics: Answers = {}
    lived_experience: Codes = []


class AvailabilityBody(Availability):
    model_config = ConfigDict(extra="forbid", frozen=True)

    weekdays: list[Annotated[int, Field(ge=0, le=6)]] = Field(
        default=[0, 1, 2, 3, 4, 5, 6], max_length=7, description="0 Monday to 6 Sunday"
    )

    @model_validator(mode="before")
    @classmethod
    def _nothing_chosen_means_any(cls, given: Any) -> Any:
        return (
            {k: v for k, v in given.items() if v not in ([], "")}
            if isinstance(given, dict)
            else given
        )


class AdvocateBody(Strict):
    """Somebody who gets a copy of what we write to the person, if both of them agreed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "advocate@example.org", "agreed": True}]}
    )

    email: str | None = Field(default=None, max_length=254)
    agreed: bool = Field(default=False, description="the advocate knows of it and said yes")


class ParticipantBody(Strict):
    """A person who agrees to be registered."""

    model_config = ConfigDict(json_schema_extra={"examples": [PARTICIPANT_EXAMPLE]})

    name: Text120
    phone: str | None = Field(default=None, max_length=40)
    email: str | None = Field(default=None, max_length=254)
    postal_address: PostalAddress | None = None
    advocate: AdvocateBody | None = None
    language: Language = "en"
    area_code: AreaCode
    access_needs: Codes = []
    communication_formats: Codes = []
    availability: AvailabilityBody = AvailabilityBody()
    prior_seats: int = Field(default=0, ge=0, le=1000, description="held before, as they told us")
    answered_by: Literal["self", "supported", "proxy"] = "self"
    consents: list[ConsentBody] = Field(min_length=1, max_length=20)
    matching_profile: MatchingProfileBody | None = None
    monitoring: Answers | None = Field(
        default=None, description="equality monitoring: kept apart, never used for matching"
    )
    wording_language: Language | None = Field(
        default=None, description="the language in which all consents were read out"
    )
    contact_id: UUID | None = Field(
        default=None, description="the outreach contact they were met at"
    )
    recorded_at: AwareDatetime


class ParticipantCorrection(Strict):
    """Only the fields that change. Consent changes have a route of their own."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"phone": "07700 900456", "access_needs": ["bsl"]}]}
    )

    name: Text120 | None = None
    phone: str | None = Field(default=None, max_length=40)
    email: str | None = Field(default=None, max_length=254)
    postal_address: PostalAddress | None = None
    advocate: AdvocateBody | None = Field(
        default=None, description="without an email: nobody gets a copy any more"
    )
    language: Language | None = None
    area_code: AreaCode | None = None
    access_needs: Codes | None = None
    communication_formats: Codes | None = None
    availability: AvailabilityBody | None = None
    prior_seats: int | None = Field(default=None, ge=0, le=1000)
    matching_profile: MatchingProfileBody | None = None
    monitoring: Answers | None = None


class ConsentChange(Strict):
    """New answers for the ledger; what was said before stays in it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "consents": [{**CONSENT_EXAMPLE, "given": False}],
                    "recorded_at": "2026-11-25T09:00:00Z",
                }
            ]
        }
    )

    consents: list[ConsentBody] = Field(min_length=1, max_length=20)
    recorded_at: AwareDatetime


class Changed(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": "0193b0c0-0000-7000-8000-000000000001", "revision": 2}]
        }
    )

    id: UUID
    revision: int


class PseudonymView(BaseModel):
    """A participant without name, addresses or characteristics."""

    id: UUID
    revision: int
    area_code: str
    language: str
    access_needs: list[str]
    communication_formats: list[str]
    prior_seats: int


class ParticipantView(PseudonymView):
    """A participant as the link worker who registered them, or their team, reads it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193b0c0-0000-7000-8000-000000000001",
                    "revision": 1,
                    "name": "Example Person",
                    "phone": "+447700900123",
                    "email": None,
                    "postal_address": None,
                    "advocate_email": None,
                    "area_code": "E08000035",
                    "language": "ur",
                    "access_needs": ["step_free"],
                    "communication_formats": ["text_message"],
                    "prior_seats": 0,
                    "availability": PARTICIPANT_EXAMPLE["availability"],
                    "consents": [CONSENT_EXAMPLE | {"at": "2026-11-24T10:14:00Z"}],
                    "matching_profile": PARTICIPANT_EXAMPLE["matching_profile"],
                    "registered_by": "0193b0c0-0000-7000-8000-0000000000aa",
                    "registered_at": "2026-11-24T10:15:03Z",
                    "clock_skewed": False,
                    "contact_id": None,
                    "merged_into": None,
                }
            ]
        }
    )

    name: str
    phone: str | None
    email: str | None
    postal_address: str | None
    advocate_email: str | None
    availability: Availability
    consents: list[Consent] = Field(description="what holds now, by purpose and channel")
    matching_profile: MatchingProfile | None
    registered_by: UUID
    registered_at: datetime
    clock_skewed: bool
    contact_id: UUID | None
    merged_into: UUID | None


class ParticipantRow(BaseModel):
    """One line of a list."""

    id: UUID
    name: str
    area_code: str
    language: str
    registered_at: datetime
    can_be_contacted: list[Channel]
    in_matching: bool


class ParticipantPage(Listed[ParticipantRow]):
    """Newest first."""


class CandidateView(BaseModel):
    """Another record that may be the same person, and why."""

    id: UUID
    name: str
    reasons: list[str] = Field(examples=[["same_phone", "alike_name"]])


class Candidates(Listed[CandidateView]):
    known_elsewhere: bool = Field(
        description="another team of your organisation has a record with this phone"
    )


class MergeBody(Strict):
    """Two records that you know to be one person. The other one leaves matching; undo brings it
    back."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"other_id": "0193b0c0-0000-7000-8000-000000000002"}]}
    )

    other_id: UUID


class MergeView(BaseModel):
    id: UUID
    kept_id: UUID
    merged_id: UUID
    merged_by: UUID
    merged_at: datetime
    undone_by: UUID | None
    undone_at: datetime | None


class Merges(Listed[MergeView]):
    """Oldest first."""
