"""Which open invitation a reply answers: settled by what was said and asked, never by a guess."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.events import PaymentChoice
from services.notifications.replies import Reply, ReplyKind


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation sent to this phone and not yet answered, as the store knows it.

    number: the number by which this phone was asked about it; None until AskWhich gave it one.
        Keep it with the invitation, so that "1" means the same tomorrow.
    label: how the question names it, for example "Kitchen design group, 4 March".
    first_name: whose invitation it is; the question says so when a phone is shared.
    """

    invitation_id: str
    participant_id: str
    label: str
    first_name: str
    sent_at: datetime
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Accept:
    """choice: how the person wants to be paid, if they said so with their yes."""

    invitation_id: str
    choice: PaymentChoice | None = None


@dataclass(frozen=True, slots=True)
class Decline:
    invitation_id: str


@dataclass(frozen=True, slots=True)
class Several:
    """One reply that answered more than one invitation, by number or "both"."""

    answers: tuple[Accept | Decline, ...]


@dataclass(frozen=True, slots=True)
class Option:
    number: int
    invitation_id: str
    text: str


@dataclass(frozen=True, slots=True)
class AskWhich:
    """Ask the person; store each option's number with its invitation.

    answer: what was said (YES or NO) so that a bare "2" can complete it; None if nothing was.
    """

    options: tuple[Option, ...]
    answer: ReplyKind | None


@dataclass(frozen=True, slots=True)
class NothingOpen:
    """A YES or NO that came when no invitation was open; tell the person and the coordinator."""

    answer: ReplyKind


@dataclass(frozen=True, slots=True)
class OptOut:
    """Stop everything to this phone, for every person who shares it, also what is queued."""


@dataclass(frozen=True, slots=True)
class OptIn:
    """The person asks to hear from us again; consent is recorded only by who may record it."""


@dataclass(frozen=True, slots=True)
class GiveHelp:
    """Answer with who we are and a phone number."""


@dataclass(frozen=True, slots=True)
class ForCoordinator:
    """A person reads it. likely: the meaning to expect, never acted on alone."""

    likely: ReplyKind | None


Outcome = (
    Accept | Decline | Several | AskWhich | NothingOpen | OptOut | OptIn | GiveHelp | ForCoordinator
)


def _answer(
    kind: ReplyKind, invitation: OpenInvitation, choice: PaymentChoice | None
) -> Accept | Decline:
    if kind is ReplyKind.YES:
        return Accept(invitation.invitation_id, choice)
    return Decline(invitation.invitation_id)


def _ask(invitations: Sequence[OpenInvitation], answer: ReplyKind | None) -> AskWhich:
    shared = len({i.participant_id for i in invitations}) > 1
    free = max((i.number or 0 for i in invitations), default=0) + 1
    options = []
    for invitation in sorted(invitations, key=lambda i: (i.sent_at, i.invitation_id)):
        number = invitation.number
        if number is None:
            number, free = free, free + 1
        text = f"{invitation.first_name}: {invitation.label}" if shared else invitation.label
        options.append(Option(number, invitation.invitation_id, text))
    return AskWhich(tuple(sorted(options, key=lambda o: o.number)), answer)


def _by_number(
    reply: Reply, invitations: Sequence[OpenInvitation], earlier: ReplyKind | None
) -> Outcome:
    told = {i.number: i for i in invitations if i.number is not None}
    answers = []
    for numbered in reply.numbers:
        kind = numbered.kind or earlier
        if numbered.number not in told or kind is None:
            said = reply.kind if reply.kind in (ReplyKind.YES, ReplyKind.NO) else None
            return _ask(invitations, said) if told else ForCoordinator(said)
        answers.append(_answer(kind, told[numbered.number], reply.choice))
    return answers[0] if len(answers) == 1 else Several(tuple(answers))


def _by_word(
    reply: Reply, invitations: Sequence[OpenInvitation], earlier: ReplyKind | None
) -> Outcome:
    kind = reply.kind if reply.kind in (ReplyKind.YES, ReplyKind.NO) else earlier
    if kind is None:
        return ForCoordinator(reply.likely)
    if not invitations:
        return NothingOpen(kind)
    # "All" means what the person was asked about, not an invitation that came since.
    all_told = all(i.number is not None for i in invitations)
    one_person = len({i.participant_id for i in invitations}) == 1
    if reply.everything and len(invitations) > 1 and all_told and one_person:
        return Several(tuple(_answer(kind, i, reply.choice) for i in invitations))
    if len(invitations) == 1 and not reply.everything:
        return _answer(kind, invitations[0], reply.choice)
    return _ask(invitations, kind)


def resolve(
    reply: Reply, open_invitations: Sequence[OpenInvitation], earlier: ReplyKind | None = None
) -> Outcome:
    """What to do about `reply` from a phone with these open invitations.

    earlier: YES or NO if this phone was asked "which one?" after saying so and has not answered.
    """
    match reply.kind:
        case ReplyKind.STOP:
            return OptOut()
        case ReplyKind.START:
            return OptIn()
        case ReplyKind.HELP:
            return GiveHelp()
    if reply.numbers:
        if not open_invitations:
            said = reply.kind if reply.kind is not ReplyKind.FREE_TEXT else None
            return NothingOpen(said) if said else ForCoordinator(reply.likely)
        return _by_number(reply, open_invitations, earlier)
    if reply.kind is ReplyKind.FREE_TEXT and not reply.everything:
        return ForCoordinator(reply.likely)
    return _by_word(reply, open_invitations, earlier)
