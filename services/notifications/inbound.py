"""Replies taken into effect: STOP before all else, answers to the invitation they mean.

The webhook has only written the reply down. Here it gets its meaning, in one transaction with
its effect.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from schemas.events import Answer, PaymentChoice
from services.notifications import answers, composing, store, surveys
from services.notifications.answering import (
    Accept,
    AskWhich,
    Decline,
    ForCoordinator,
    GiveHelp,
    NothingOpen,
    OpenInvitation,
    OptIn,
    OptOut,
    Outcome,
    Several,
    resolve,
)
from services.notifications.arriving import take_in
from services.notifications.consent import withdraw
from services.notifications.models import Inbound, Invitation, Message, Recipient
from services.notifications.replies import Reply, ReplyKind, classify
from services.runtime.clock import as_utc
from services.runtime.node import Node
from services.runtime.processor import describe
from services.runtime.writer import undo

log = structlog.get_logger()

BATCH = 10
ANY_NEW = "SELECT 1 FROM inbound WHERE state = 'new' LIMIT 1"

# Twilio stops a number by words that an account can choose there (its OptOutType): what it took
# for a STOP is one here too, in whatever words.
STOPPED_AT_PROVIDER = "provider_stop"

# What the person hears at once while a coordinator reads what they wrote.
ACKNOWLEDGED: dict[type[Outcome], str] = {
    OptIn: "start_again",
    NothingOpen: "late_answer",
    ForCoordinator: "passed_on",
}


def handle_replies(node: Node, now: datetime) -> bool:
    return take_in(node, Inbound, ANY_NEW, lambda session: handle_batch(session, now))


def handle_batch(session: Session, now: datetime) -> int:
    rows = session.scalars(
        select(Inbound)
        .where(Inbound.state == "new")
        .order_by(Inbound.received_at, Inbound.provider_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        _handle_alone(session, row, now)
    return len(rows)


def _handle_alone(session: Session, row: Inbound, now: datetime) -> None:
    """One reply that cannot be handled must not hold up the STOP behind it: a person reads it."""
    text = read(session, row)
    savepoint = session.begin_nested()
    try:
        _handle(session, row, text, now)
        savepoint.commit()
    except OperationalError:
        raise
    except Exception as error:
        undo(session, savepoint)
        log.error("a reply waits for a person", reason=describe(error))
        _note_whose(session, row, now)
        row.state, row.meaning = "waiting", ReplyKind.FREE_TEXT.value
        session.flush()


def _note_whose(session: Session, row: Inbound, now: datetime) -> list[Recipient]:
    """Write down whom a reply may be from; everybody who gave this phone."""
    people = list(
        session.scalars(
            select(Recipient)
            .where(Recipient.phone_index == row.phone_index)
            .order_by(Recipient.participant_id)
        )
    )
    row.handled_at = now
    if len(people) == 1:
        row.participant_id = people[0].participant_id
    if people:
        row.organisation_id = people[0].organisation_id
    return people


def _handle(session: Session, row: Inbound, text: str, now: datetime) -> None:
    people = _note_whose(session, row, now)
    language = people[0].language if len({p.language for p in people}) == 1 else None
    stopped = row.meaning == STOPPED_AT_PROVIDER
    reply = Reply(ReplyKind.STOP) if stopped else classify(text, language)
    if surveys.answered(session, reply, people, as_utc(row.received_at), now):
        row.meaning, row.state = surveys.MEANING, "done"
        return
    invitations = _open(session, [p.participant_id for p in people])
    asked = [_as_open(session, invitation) for invitation in invitations]
    outcome = resolve(reply, asked, _earlier(session, row))
    row.meaning = reply.kind.value
    row.state = "done"
    _act(session, row, people, outcome, now)


def read(session: Session, row: Inbound) -> str:
    """What the person wrote. Personal data: read it only to act on it or to show it to staff."""
    if row.sealed is None:
        return ""
    return store.sealer(session).open(row.seal_id, store.INBOUND_FIELD, row.sealed)


def _act(
    session: Session, row: Inbound, recipients: list[Recipient], outcome: Outcome, now: datetime
) -> None:
    match outcome:
        case OptOut():
            withdraw(session, [one.participant_id for one in recipients], "sms", "reply_stop", now)
        case Accept() | Decline():
            _answer(session, outcome, row, now)
        case Several():
            for one in outcome.answers:
                _answer(session, one, row, now)
        case AskWhich():
            _ask(session, row, recipients[0], outcome, now)
        case GiveHelp():
            _acknowledge(session, recipients, "help", now)
        case OptIn() | NothingOpen() | ForCoordinator():
            row.state = "waiting"
            if isinstance(outcome, ForCoordinator) and outcome.likely is not None:
                row.meaning = f"maybe_{outcome.likely.value}"
            _acknowledge(session, recipients, ACKNOWLEDGED[type(outcome)], now)


def _ask(
    session: Session, row: Inbound, recipient: Recipient, question: AskWhich, now: datetime
) -> None:
    row.meaning = f"asked:{question.answer.value if question.answer else ''}"
    for option in question.options:
        session.get_one(Invitation, UUID(option.invitation_id)).number = option.number
    composing.ask_which(session, recipient, question, now)


def _acknowledge(session: Session, recipients: list[Recipient], kind: str, now: datetime) -> None:
    """Answer at once; on a phone that several people share, the first of them stands for all."""
    if recipients:
        composing.acknowledge(session, recipients[0], kind, now)


def _answer(session: Session, answer: Accept | Decline, row: Inbound, now: datetime) -> None:
    invitation = session.get_one(Invitation, UUID(answer.invitation_id))
    said: Answer = "yes" if isinstance(answer, Accept) else "no"
    row.participant_id = invitation.participant_id
    row.meaning = said
    choice = _told_choice(session, answer, invitation)
    answers.record(session, invitation, said, "sms", as_utc(row.received_at), now, choice)


def _told_choice(
    session: Session, answer: Accept | Decline, invitation: Invitation
) -> PaymentChoice | None:
    """The choice of payment a yes came with, where the invitation told of pay and of benefits."""
    if isinstance(answer, Decline) or answer.choice is None:
        return None
    return answer.choice if composing.tells_of_pay(session, invitation) else None


def _open(session: Session, participant_ids: list[UUID]) -> list[Invitation]:
    """Invitations this phone can answer: sent, or handed over and not yet known to be sent."""
    on_its_way = (
        select(Message.id)
        .where(
            Message.invitation_id == Invitation.id,
            Message.kind == "invitation",
            Message.state.in_(["sending", "unknown", "sent", "delivered"]),
        )
        .exists()
    )
    query = (
        select(Invitation)
        .where(
            Invitation.participant_id.in_(participant_ids),
            or_(Invitation.state == "sent", (Invitation.state == "requested") & on_its_way),
        )
        .order_by(Invitation.requested_at, Invitation.id)
    )
    return list(session.scalars(query))


def _as_open(session: Session, invitation: Invitation) -> OpenInvitation:
    recipient = session.get_one(Recipient, invitation.participant_id)
    contact = store.open_contact(session, recipient)
    return OpenInvitation(
        invitation_id=str(invitation.id),
        participant_id=str(invitation.participant_id),
        label=composing.label_of(session, invitation),
        first_name=contact.first_name if contact else "",
        sent_at=as_utc(invitation.sent_at or invitation.requested_at),
        number=invitation.number,
    )


def _earlier(session: Session, row: Inbound) -> ReplyKind | None:
    """YES or NO if the last thing this phone said made us ask "which one?"."""
    last = session.scalar(
        select(Inbound.meaning)
        .where(Inbound.phone_index == row.phone_index, Inbound.provider_id != row.provider_id)
        .where(Inbound.state == "done")
        .order_by(Inbound.received_at.desc())
        .limit(1)
    )
    if last is None or not last.startswith("asked:") or last == "asked:":
        return None
    return ReplyKind(last.removeprefix("asked:"))
