"""States and kinds as pages say them. Colours are those of `nv/components.html`."""

from __future__ import annotations

from services.notifications.composing import KIND_WORDS

INVITATION_STATES = {
    "requested": ("Waiting to go out", "blue"),
    "sent": ("Sent, no answer yet", "yellow"),
    "accepted": ("Said yes", "green"),
    "declined": ("Said no", "grey"),
    "cancelled": ("Taken back", "grey"),
    "failed": ("Did not arrive", "red"),
    "held": ("A task is open", "orange"),
}
MESSAGE_STATES = {
    "queued": ("Waiting", "blue"),
    "sending": ("Being sent", "blue"),
    "sent": ("Sent", "yellow"),
    "delivered": ("Arrived", "green"),
    "unknown": ("Not clear", "orange"),
    "failed": ("Did not arrive", "red"),
    "cancelled": ("Not sent", "grey"),
}
CHANNELS = {"sms": "Text", "email": "Email", "phone": "Phone call", "post": "Letter"}
MEANINGS = {
    "maybe_yes": "Probably yes",
    "maybe_no": "Probably no",
    "maybe_stop": "May want us to stop",
    "maybe_start": "Wants to hear from us again",
    "start": "Wants to hear from us again",
    "maybe_help": "Asks for help",
}
OTHER_KINDS = {
    "help": "Help",
    "start_again": "Wants to start again: answer",
    "passed_on": "Your message was passed on",
    "late_answer": "No invitation is open",
    "ask_which": "Question which invitation",
    "stop_confirmation": "Stop confirmed",
}


TEMPLATE_STATES = {
    "shipped": ("Comes with New Voices", "grey"),
    "draft": ("Draft", "grey"),
    "checked": ("Checked, not in use", "blue"),
    "approved": ("Approved", "green"),
}
FORMS = {
    "all": "all forms",
    "sms": "Text message",
    "email": "Email",
    "letter": "Letter",
    "large_print": "Large print",
    "easy_read": "Easy Read",
    "audio_script": "Audio script",
    "text_relay": "Text for Relay UK",
}


def kind(code: str) -> str:
    return {**KIND_WORDS, **OTHER_KINDS}.get(code, code)


def meaning(code: str) -> str:
    return MEANINGS.get(code, "A person must read this")


def pence(millipence: float) -> str:
    """ "8p" or "£1.24" from thousandths of a penny."""
    whole = millipence / 1000
    return f"£{whole / 100:.2f}" if whole >= 100 else f"{whole:g}p"


STEPS = {
    "written": "written",
    "planned": "is due now",
    "sent": "sent",
    "delivered": "arrived",
    "failed": "did not arrive",
    "cancelled": "not sent",
    "unknown": "it is not clear whether it arrived",
}


def step(code: str) -> str:
    """ "Invitation by text: sent" from "sent|invitation|text"; other codes are words already."""
    what, bar, rest = code.partition("|")
    if not bar:
        return code
    message, _, way = rest.partition("|")
    return f"{kind(message)} by {way}: {STEPS[what]}"
