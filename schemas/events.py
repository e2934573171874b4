"""Every event of New Voices, as the data it carries.

Only ids, codes and category values travel. Names, phones, emails and what a
person said in their own words never do, but for the sealed contact details on
one compacted topic. An opportunity's title and host are public facts about an
organisation, and travel so that an invitation can name them.
"""

from __future__ import annotations

from datetime import date, time
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.envelope import Payload


class Part(BaseModel):
    """A piece of an event's data; unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Purpose = Literal["contact", "matching", "monitoring"]
Channel = Literal["sms", "email", "phone", "post"]
Answer = Literal["yes", "no"]
PaymentChoice = Literal["paid", "expenses_only", "declined"]
HostKind = Literal["nhs", "council", "care_home", "voluntary"]


class Consent(Part):
    """What a person said yes or no to. `channel` is set only for the purpose `contact`."""

    purpose: Purpose
    channel: Channel | None = None
    given: bool
    wording_version: str
    at: AwareDatetime


class MatchingProfile(Part):
    """What a person lets matching use. Category codes by characteristic id.

    A characteristic that the person did not answer is absent; `prefer_not_to_say`
    is an answer like any other.
    """

    characteristics: dict[str, list[str]] = {}
    lived_experience: list[str] = []


class Availability(Part):
    """Weekdays (0 Monday to 6 Sunday) with parts of the day, and how the person can take part."""

    weekdays: list[int] = Field(default=[0, 1, 2, 3, 4, 5, 6])
    parts_of_day: list[Literal["morning", "afternoon", "evening"]] = [
        "morning",
        "afternoon",
        "evening",
    ]
    modes: list[Literal["in_person", "online", "phone"]] = ["in_person", "online", "phone"]
    travel_km: int | None = Field(
        default=None, ge=1, le=500, description="how far they can travel; none: no limit told"
    )


class ContactLogged(Payload):
    name = "outreach.contact.logged"
    topic = "newvoices.outreach.contacts"
    key_field = "contact_id"

    contact_id: UUID
    organisation_id: str
    area_code: str
    venue_kind: str
    kind: Literal["one_to_one", "group"]
    people: int = Field(ge=1)
    language: str
    barriers: list[str] = []
    familiarity: str | None = None
    contacted_on: date


class ParticipantState(Payload):
    """A participant as other services may know them. `revision` grows with every change."""

    topic: ClassVar[str] = "newvoices.participants"
    key_field: ClassVar[str] = "participant_id"

    participant_id: UUID
    organisation_id: str
    revision: int = Field(ge=1)
    area_code: str
    language: str = "en"
    matching_profile: MatchingProfile | None = None
    access_needs: list[str] = []
    communication_formats: list[str] = []
    availability: Availability = Availability()
    prior_seats: int = Field(default=0, ge=0)
    consents: list[Consent] = []


class ParticipantRegistered(ParticipantState):
    name = "participant.registered"


class ParticipantUpdated(ParticipantState):
    name = "participant.updated"


class ParticipantErased(Payload):
    name = "participant.erased"
    topic = "newvoices.participants"
    key_field = "participant_id"

    participant_id: UUID


class OwnPageLinkAsked(Payload):
    """Somebody asked for a link to their own page. The address is made where the message is
    written, from this id and a key; the event holds no secret."""

    name = "own-page-link.asked"
    topic = "newvoices.participants"
    key_field = "participant_id"

    participant_id: UUID
    link_id: UUID
    expires_at: AwareDatetime
    asked_by: Literal["phone", "email"] = "phone"


class ConsentChanged(Payload):
    name = "consent.changed"
    topic = "newvoices.participants"
    key_field = "participant_id"

    participant_id: UUID
    consent: Consent
    evidence: str = Field(
        description="how we know: registration, reply_stop, own_page, link_worker"
    )


class ContactDetailsSealed(Payload):
    """Contact details sealed with the person's key. Erasure writes a tombstone for the key."""

    name = "participant.contact-details"
    topic = "newvoices.contact-details"
    key_field = "participant_id"

    participant_id: UUID
    revision: int = Field(ge=1)
    sealed: str | None


class Session(Part):
    """One meeting of an opportunity; times are local to `Europe/London`."""

    on: date
    starts: time
    ends: time
    mode: Literal["in_person", "online", "phone"] = "in_person"


class OpportunityState(Payload):
    topic: ClassVar[str] = "newvoices.opportunities"
    key_field: ClassVar[str] = "opportunity_id"

    opportunity_id: UUID
    organisation_id: str
    revision: int = Field(ge=1)
    title: str
    host_name: str
    host_kind: HostKind
    purpose: str = ""
    place: str = ""
    area_code: str
    sessions: list[Session] = []
    seats: int = Field(ge=1)
    payment_pence: int = Field(default=0, ge=0)
    payment_unit: str = "session"
    expenses: list[str] = []
    support: list[str] = []
    contact_phone: str = ""


class OpportunityOpened(OpportunityState):
    name = "opportunity.opened"


class OpportunityChanged(OpportunityState):
    name = "opportunity.changed"


class OpportunityClosed(Payload):
    name = "opportunity.closed"
    topic = "newvoices.opportunities"
    key_field = "opportunity_id"

    opportunity_id: UUID


class MatchFact(Payload):
    """Something that happened to a match; the order that matters is the opportunity's."""

    topic: ClassVar[str] = "newvoices.matches"
    key_field: ClassVar[str] = "opportunity_id"

    match_id: UUID
    opportunity_id: UUID
    participant_id: UUID


class MatchProposed(MatchFact):
    name = "match.proposed"

    gain: float
    new_voice: bool


class MatchApproved(MatchFact):
    name = "match.approved"

    approved_by: UUID


class MatchDeclined(MatchFact):
    name = "match.declined"

    reason: str


class MatchWithdrawn(MatchFact):
    name = "match.withdrawn"

    reason: str


class InvitationFact(Payload):
    """Something that happened to an invitation; the order that matters is the invitation's."""

    topic: ClassVar[str] = "newvoices.invitations"
    key_field: ClassVar[str] = "invitation_id"

    invitation_id: UUID
    match_id: UUID
    opportunity_id: UUID
    participant_id: UUID


class InvitationRequested(InvitationFact):
    name = "invitation.requested"

    organisation_id: str
    reply_by: date
    why: list[str] = Field(
        default=[], description="codes of the reasons that may be told to the person"
    )
    asked_by: UUID | None = Field(
        default=None, description="the coordinator who approved, who may read the person's name"
    )


class InvitationCancelled(InvitationFact):
    name = "invitation.cancelled"

    reason: str


class InvitationSent(InvitationFact):
    name = "invitation.sent"

    channel: Channel
    parts: int = Field(ge=1)
    cost_millipence: int = Field(ge=0)


class InvitationDelivered(InvitationFact):
    name = "invitation.delivered"


class InvitationFailed(InvitationFact):
    name = "invitation.failed"

    reason: str
    permanent: bool = True


class InvitationResent(InvitationFact):
    """A coordinator sends one that failed once more; the approval it came from holds again."""

    name = "invitation.resent"

    reply_by: date


class InvitationAnswered(InvitationFact):
    name = "invitation.answered"

    answer: Answer
    channel: Channel = "sms"
    answered_at: AwareDatetime
    payment_choice: PaymentChoice | None = Field(
        default=None, description="how the person wants to be paid, if they said so with their yes"
    )


class SeatFact(Payload):
    topic: ClassVar[str] = "newvoices.matches"
    key_field: ClassVar[str] = "opportunity_id"

    seat_id: UUID
    match_id: UUID
    opportunity_id: UUID
    participant_id: UUID


class SeatFilled(SeatFact):
    name = "seat.filled"


class SeatReleased(SeatFact):
    name = "seat.released"

    reason: str


SurveyQuestion = Literal["listened", "again"]


class SurveyRequested(MatchFact):
    """Ask somebody who took a seat one short question, answered by a number from 1 to 5."""

    name = "survey.requested"

    question: SurveyQuestion


class SurveyAnswered(Payload):
    """The number that came back, 1 (not at all) to 5 (very much). No other word of it travels."""

    name = "survey.answered"
    topic = "newvoices.invitations"
    key_field = "match_id"

    match_id: UUID
    participant_id: UUID
    question: SurveyQuestion
    value: int = Field(ge=1, le=5)
    answered_at: AwareDatetime


class PaymentRecorded(Payload):
    """Money was sent to a person who holds or held a seat. Where to is known to nobody here."""

    name = "payment.recorded"
    topic = "newvoices.matches"
    key_field = "opportunity_id"

    payment_id: UUID
    match_id: UUID
    opportunity_id: UUID
    participant_id: UUID
    amount_pence: int = Field(gt=0)
    paid_on: date


class FeedbackShared(Payload):
    """ "You said, we did”: what the host changed, in the host's own published words."""

    name = "feedback.shared"
    topic = "newvoices.opportunities"
    key_field = "opportunity_id"

    feedback_id: UUID
    opportunity_id: UUID
    you_said: str = Field(max_length=300)
    we_did: str = Field(max_length=300)


class FeedbackTold(Payload):
    """How many people a "you said, we did" went to, by message or through a colleague."""

    name = "feedback.told"
    topic = "newvoices.invitations"
    key_field = "feedback_id"

    feedback_id: UUID
    opportunity_id: UUID
    people: int = Field(ge=0)


class AccountFact(Payload):
    """What every service must know to tell who is asking. No name, no address."""

    topic: ClassVar[str] = "newvoices.accounts"
    key_field: ClassVar[str] = "account_id"

    account_id: UUID


class SessionRevoked(AccountFact):
    """A sign-in that no service may accept any more."""

    name = "session.revoked"

    session_id: str
    expires_at: AwareDatetime


class ApiTokenIssued(AccountFact):
    """An API token, by its hash: the secret itself was shown once and is kept nowhere."""

    name = "api-token.issued"

    token_id: UUID
    token_hash: str
    role: str
    organisation_id: str
    team_id: str | None = None
    scopes: list[str]
    expires_at: AwareDatetime


class ApiTokenWithdrawn(AccountFact):
    name = "api-token.withdrawn"

    token_id: UUID


ALL: tuple[type[Payload], ...] = (
    ContactLogged,
    ParticipantRegistered,
    ParticipantUpdated,
    ParticipantErased,
    ConsentChanged,
    OwnPageLinkAsked,
    ContactDetailsSealed,
    OpportunityOpened,
    OpportunityChanged,
    OpportunityClosed,
    MatchProposed,
    MatchApproved,
    MatchDeclined,
    MatchWithdrawn,
    InvitationRequested,
    InvitationCancelled,
    InvitationSent,
    InvitationDelivered,
    InvitationFailed,
    InvitationResent,
    InvitationAnswered,
    SeatFilled,
    SeatReleased,
    SurveyRequested,
    SurveyAnswered,
    PaymentRecorded,
    FeedbackShared,
    FeedbackTold,
    SessionRevoked,
    ApiTokenIssued,
    ApiTokenWithdrawn,
)

TYPES: dict[str, type[Payload]] = {cls.type_name(): cls for cls in ALL}
