"""How a person wants to be written to or spoken with (DAPB1605: identify, record, flag, share,
meet, review). The codes of `communication_formats` in the participant events.
"""

from __future__ import annotations

from enum import StrEnum


class Need(StrEnum):
    """A communication need. None recorded means a text message in the person's language."""

    TEXT_MESSAGE = "text_message"
    EMAIL = "email"
    PHONE_CALL = "phone_call"
    POST = "post"
    LARGE_PRINT = "large_print"
    EASY_READ = "easy_read"
    AUDIO = "audio"
    BRAILLE = "braille"
    BSL_VIDEO = "bsl_video"
    INTERPRETER = "interpreter"
    TEXT_RELAY = "text_relay"
    ADVOCATE = "advocate"


QUESTION = "How should we get in touch with you?"
LABELS: dict[Need, str] = {
    Need.TEXT_MESSAGE: "Text message",
    Need.EMAIL: "Email",
    Need.PHONE_CALL: "Phone call instead of messages",
    Need.POST: "Letter by post",
    Need.LARGE_PRINT: "Large print",
    Need.EASY_READ: "Easy Read",
    Need.AUDIO: "Audio recording",
    Need.BRAILLE: "Braille",
    Need.BSL_VIDEO: "Video in British Sign Language",
    Need.INTERPRETER: "Phone call with an interpreter",
    Need.TEXT_RELAY: "Relay UK (text relay)",
    Need.ADVOCATE: "Copy to my advocate or supporter",
}
