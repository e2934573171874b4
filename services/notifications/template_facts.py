"""The placeholders of every message: what a template may say, with types and an example each.

Values are plain words in the reader's language, or codes with words in `words.toml`. Nothing
here names a characteristic or an experience of the person: phones are shared and read aloud.
"""

from pydantic import BaseModel, ConfigDict, Field


class MessageFacts(BaseModel):
    """In every message. Empty text means "nothing to say", and templates leave the line out."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    organisation: str = Field(min_length=1, examples=["Elmfield Voices"])
    contact_phone: str = Field(min_length=1, examples=["0161 496 0000"])
    first_name: str = Field(default="", examples=["Amina"])
    reply_cost: str = Field(
        default="", description="what a text to us costs", examples=["Texts to us are free."]
    )
    contact_name: str = Field(default="", examples=["Joan"])
    answer_url: str = Field(
        default="", description="https page to answer on, in email and print", examples=[""]
    )
    bsl_video_url: str = Field(
        default="", description="https page with the message in BSL", examples=[""]
    )


class OpportunityMessage(MessageFacts):
    """About one opportunity; date, starts and ends are already in the reader's language."""

    opportunity_title: str = Field(min_length=1, examples=["Better home care: reading group"])
    host: str = Field(default="", examples=["Elmfield Council"])
    date: str = Field(default="", examples=["Tuesday 6 October"])
    starts: str = Field(default="", examples=["10am"])
    ends: str = Field(default="", examples=["12:30pm"])
    sessions: int = Field(default=0, ge=0, examples=[1])
    place: str = Field(default="", examples=["Elmfield Library, High Street"])
    purpose: str = Field(default="", examples=["To say what good home care looks like."])
    why_you: list[str] = Field(default=[], description="reason codes", examples=[["new_voice"]])
    payment: str = Field(default="", description="empty: unpaid", examples=["£25 a session"])
    expenses: list[str] = Field(default=[], description="expense codes", examples=[["travel"]])
    support: list[str] = Field(
        default=[], description="access need codes that are met", examples=[["step_free"]]
    )
    reply_by: str = Field(default="", examples=["Friday 25 September"])


class InvitationFacts(OpportunityMessage):
    """An invitation must say when to answer by."""

    reply_by: str = Field(min_length=1, examples=["Friday 25 September"])


class WhichOption(BaseModel):
    """One line of the question which invitation an answer is for."""

    number: int = Field(ge=1)
    text: str = Field(min_length=1)


class AskWhichFacts(MessageFacts):
    options: list[WhichOption] = Field(
        min_length=1, examples=[[{"number": 1, "text": "Reading group"}]]
    )


class PaymentFacts(OpportunityMessage):
    amount: str = Field(min_length=1, examples=["£25"])
    paid_on: str = Field(default="", examples=["Friday 9 October"])


class FeedbackFacts(OpportunityMessage):
    you_said: str = Field(min_length=1, examples=["Visits are too short."])
    we_did: str = Field(min_length=1, examples=["The new contract has no visit under 30 minutes."])


class OwnPageFacts(MessageFacts):
    own_page_url: str = Field(min_length=1, examples=["https://voices.example.org/outreach/own/1"])


FACTS: dict[str, type[MessageFacts]] = {
    "invitation": InvitationFacts,
    "reminder": InvitationFacts,
    "session_reminder": OpportunityMessage,
    "confirmation": OpportunityMessage,
    "seats_full": OpportunityMessage,
    "thanks_no": OpportunityMessage,
    "thanks_after": OpportunityMessage,
    "survey_listened": OpportunityMessage,
    "survey_again": OpportunityMessage,
    "invitation_withdrawn": OpportunityMessage,
    "payment_sent": PaymentFacts,
    "you_said_we_did": FeedbackFacts,
    "ask_which": AskWhichFacts,
    "late_answer": MessageFacts,
    "passed_on": MessageFacts,
    "start_again": MessageFacts,
    "stop_confirmation": MessageFacts,
    "help": MessageFacts,
    "own_page_link": OwnPageFacts,
}
"""Every kind of message with the model of its placeholders."""


def example_facts(kind: str) -> MessageFacts:
    """Made-up facts for previews and checks, each placeholder filled."""
    model = FACTS[kind]
    filled = {
        name: field.examples[0] for name, field in model.model_fields.items() if field.examples
    }
    return model.model_validate(
        {**filled, "answer_url": "https://voices.example.org/a/1"}
        if issubclass(model, OpportunityMessage)
        else filled
    )
