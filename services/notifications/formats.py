"""What a person's communication needs make of a message: what is sent, and what a person must do.

Follows DAPB1605 (the Accessible Information Standard): a recorded need is met. Where we cannot
meet one, nothing is sent in its place; the coordinator gets a task instead of the person getting
a wrong message.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from schemas.communication import Need
from services.notifications.messages import Format


class Way(StrEnum):
    SMS = "sms"
    EMAIL = "email"


class TaskKind(StrEnum):
    CALL = "call"
    CALL_THROUGH_RELAY = "call_through_relay"
    CALL_WITH_INTERPRETER = "call_with_interpreter"
    POST_LARGE_PRINT = "post_large_print"
    POST_EASY_READ = "post_easy_read"
    RECORD_AUDIO = "record_audio"
    POST_BRAILLE = "post_braille"
    MAKE_BSL_VIDEO = "make_bsl_video"
    TELL_ADVOCATE = "tell_advocate"
    POST = "post"
    LOOK_AT_NEEDS = "look_at_needs"
    NO_WAY = "no_way_to_reach"


TASK_WORDS = {
    TaskKind.CALL: "Ring this person: they asked for calls instead of messages.",
    TaskKind.CALL_THROUGH_RELAY: "Ring this person through Relay UK: dial 18002 and their number.",
    TaskKind.CALL_WITH_INTERPRETER: "Ring this person with an interpreter.",
    TaskKind.POST_LARGE_PRINT: "Print the large print letter and post it.",
    TaskKind.POST_EASY_READ: "Print the Easy Read letter and post it.",
    TaskKind.RECORD_AUDIO: "Record the audio script and send it.",
    TaskKind.POST_BRAILLE: "Have the letter made in Braille and post it.",
    TaskKind.MAKE_BSL_VIDEO: "Have this signed on video, then give us the link.",
    TaskKind.TELL_ADVOCATE: "Tell this person's advocate: we have no email address for them.",
    TaskKind.POST: "Print the letter and post it.",
    TaskKind.LOOK_AT_NEEDS: "This person has a need we do not know how to meet. Look at it first.",
    TaskKind.NO_WAY: "There is no way we may write to this person. Find out how to reach them.",
}


@dataclass(frozen=True, slots=True)
class Ways:
    """What is known and allowed: an address we have and consent to use it for this purpose.

    languages: those with a template for this message that a speaker has checked.
    """

    sms: bool
    email: bool
    languages: frozenset[str]
    advocate_email: bool = False
    bsl_video: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to send. attach: goes along as PDF, or as text for an audio script."""

    way: Way
    body: Format
    attach: tuple[Format, ...] = ()
    copy_advocate: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """deliveries to queue, tasks for the coordinator; never both empty."""

    deliveries: tuple[Delivery, ...]
    tasks: tuple[TaskKind, ...]


_ATTACHED = {
    Need.LARGE_PRINT: (Format.LARGE_PRINT, TaskKind.POST_LARGE_PRINT),
    Need.EASY_READ: (Format.EASY_READ, TaskKind.POST_EASY_READ),
}
_READING = {"easy_read", "large_print"}
_ONLY_A_PERSON = {
    Need.BRAILLE: TaskKind.POST_BRAILLE,
    Need.AUDIO: TaskKind.RECORD_AUDIO,
    Need.POST: TaskKind.POST,
}


def plan(
    formats: Collection[str],
    access_needs: Collection[str],
    ways: Ways,
    language: str = "en",
    has_easy_read: bool = True,
) -> Plan:
    """How one message goes to one person.

    formats, access_needs: codes as the participant events carry them; Easy Read and large print
    asked for at meetings are taken for messages too. A format code that is not known makes a
    task. has_easy_read: whether the template has that form.
    """
    known = {need.value: need for need in Need}
    wanted = frozenset(known[c] for c in [*formats, *_READING & set(access_needs)] if c in known)
    tasks = [task for need, task in _ONLY_A_PERSON.items() if need in wanted]
    if not set(formats) <= set(known):
        tasks.append(TaskKind.LOOK_AT_NEEDS)
    if Need.PHONE_CALL in wanted or Need.INTERPRETER in wanted:
        tasks.insert(0, _call(wanted))
    elif language not in ways.languages:
        tasks.insert(0, TaskKind.CALL_WITH_INTERPRETER)
    if Need.BSL_VIDEO in wanted and not ways.bsl_video:
        tasks.append(TaskKind.MAKE_BSL_VIDEO)
    if Need.ADVOCATE in wanted and not ways.advocate_email:
        tasks.append(TaskKind.TELL_ADVOCATE)
    attach: list[Format] = []
    for need, (form, task) in _ATTACHED.items():
        if need in wanted:
            can_attach = ways.email and (need is not Need.EASY_READ or has_easy_read)
            if can_attach and not tasks:
                attach.append(form)
            else:
                tasks.append(task)
    if tasks:
        return Plan((), tuple(dict.fromkeys(tasks)))
    return _written(wanted, ways, tuple(attach))


def _call(wanted: frozenset[Need]) -> TaskKind:
    if Need.INTERPRETER in wanted:
        return TaskKind.CALL_WITH_INTERPRETER
    return TaskKind.CALL_THROUGH_RELAY if Need.TEXT_RELAY in wanted else TaskKind.CALL


def _written(wanted: frozenset[Need], ways: Ways, attach: tuple[Format, ...]) -> Plan:
    copied = Need.ADVOCATE in wanted
    by_email = ways.email and (attach or copied or Need.EMAIL in wanted or not ways.sms)
    if copied and not ways.email:
        return Plan((), (TaskKind.TELL_ADVOCATE,))
    if by_email:
        return Plan((Delivery(Way.EMAIL, Format.EMAIL, attach, copied),), ())
    if ways.sms and (Need.EMAIL not in wanted or Need.TEXT_MESSAGE in wanted):
        return Plan((Delivery(Way.SMS, Format.SMS),), ())
    return Plan((), (TaskKind.NO_WAY,))
