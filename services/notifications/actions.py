"""What a coordinator may do about one invitation, its messages and the times of its person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import BaseModel, Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from schemas.events import PaymentChoice
from services.notifications import answers, composing, facts, following_up, queries, store
from services.notifications.commands import Settled
from services.notifications.formats import TaskKind
from services.notifications.messages import Format, Written
from services.notifications.models import (
    BslVideo,
    Invitation,
    Message,
    QuietDates,
    Recipient,
    Task,
)
from services.runtime import audit
from services.runtime.conditions import check_unchanged
from services.runtime.errors import Conflict, DomainError, NotFound
from services.runtime.security.principal import Principal

HOLDS_ITS_OWN_FACTS = frozenset({"payment_sent", "you_said_we_did", "session_reminder"})
DOCUMENTS = {
    TaskKind.POST_LARGE_PRINT: Format.LARGE_PRINT,
    TaskKind.POST: Format.LARGE_PRINT,
    TaskKind.POST_EASY_READ: Format.EASY_READ,
    TaskKind.RECORD_AUDIO: Format.AUDIO_SCRIPT,
    TaskKind.CALL_THROUGH_RELAY: Format.TEXT_RELAY,
}


class AnswerBody(BaseModel):
    """What the person said when a colleague rang or met them."""

    answer: Literal["yes", "no"]
    channel: Literal["phone", "post", "email", "sms"] = "phone"
    payment_choice: PaymentChoice | None = Field(
        default=None, description="how they want to be paid, once told about benefits"
    )


class PaymentBody(BaseModel):
    amount_pence: int = Field(gt=0, le=10_000_00, examples=[2500])
    paid_on: date = Field(examples=["2026-10-09"])


class VideoBody(BaseModel):
    url: str = Field(
        pattern=r"^https://[^\s\"<>]+$",
        max_length=300,
        examples=["https://videos.example.org/reading-group"],
    )


class VideoView(BaseModel):
    url: str | None = Field(examples=["https://videos.example.org/reading-group"])


class QuietBody(BaseModel):
    """Days, both included, on which a person is left in peace."""

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> QuietBody:
        if self.last < self.first:
            raise ValueError("The last day comes before the first. Swap them.")
        if (self.last - self.first).days > 366:
            raise ValueError("Choose a year at most.")
        return self


class ZoneBody(BaseModel):
    zone: str = Field(examples=["Europe/London"])


def record_answer(
    session: Session, principal: Principal, body: tuple[UUID, AnswerBody], now: datetime
) -> Settled:
    """An answer that was given to a colleague; the invitation's tasks are done with it."""
    invitation_id, said = body
    invitation = queries.own_invitation(session, principal, invitation_id)
    if invitation.state not in store.OPEN_STATES:
        raise Conflict("This invitation is not open any more.")
    store.cancel_invitation_messages(session, invitation.id, now, "the person has answered")
    choice = said.payment_choice
    answers.record(session, invitation, said.answer, said.channel, now, now, choice)
    store.finish_tasks(session, invitation.id, "invitation", now)
    audit.record(session, principal, "answer:record", "invitation", str(invitation.id), now)
    return Settled(id=str(invitation.id))


def payment_sent(
    session: Session, principal: Principal, body: tuple[UUID, PaymentBody], now: datetime
) -> Settled:
    """Tell a person that their payment is on its way, once for each day of payment."""
    invitation_id, payment = body
    invitation = queries.own_invitation(session, principal, invitation_id)
    if invitation.state != "accepted":
        raise Conflict("This person has not said yes, so there is nothing to pay.")
    if not tell_of_payment(session, invitation, payment, payment.paid_on.isoformat(), now):
        raise Conflict("This person has been told of the payment of that day.")
    audit.record(session, principal, "payment:tell", "invitation", str(invitation.id), now)
    return Settled(id=str(invitation.id))


def tell_of_payment(
    session: Session, invitation: Invitation, payment: PaymentBody, about: str, now: datetime
) -> bool:
    """Say that money is on its way; False if this payment was told of before."""
    if not following_up.note_done(session, invitation.id, "payment_sent", about, now):
        return False
    pounds, pence = divmod(payment.amount_pence, 100)
    amount = f"£{pounds}" if pence == 0 else f"£{pounds}.{pence:02d}"
    words = {"amount": amount, "paid_on": facts.day(payment.paid_on, "en")}
    composing.tell(session, invitation, "payment_sent", now, **words)
    return True


def resend(session: Session, principal: Principal, message_id: UUID, now: datetime) -> Settled:
    """Write a message anew that is known not to have arrived. One whose fate is open stays so."""
    message = session.get(Message, message_id)
    if message is None or message.invitation_id is None:
        raise NotFound("There is no message with this id.")
    invitation = queries.own_invitation(session, principal, message.invitation_id)
    if message.state != "failed":
        raise Conflict("Only a message that surely did not arrive can be sent again.")
    if message.kind == "invitation":
        raise Conflict("Send the invitation again instead, on its page.")
    if message.kind in HOLDS_ITS_OWN_FACTS:
        raise Conflict("Ring or write instead: this message was about its own day.")
    if not following_up.note_done(session, invitation.id, "resent", str(message.id)[-12:], now):
        raise Conflict("This message has been sent again already.")
    composing.tell(session, invitation, message.kind, now)
    audit.record(session, principal, "message:resend", "message", str(message.id), now)
    return Settled(id=str(invitation.id))


def offer_bsl_video(
    session: Session, principal: Principal, body: tuple[UUID, VideoBody], now: datetime
) -> Settled:
    """Keep the video of an opportunity's invitation, and invite those who were waiting for it."""
    opportunity_id, video = body
    known = store.opportunity(session, opportunity_id)
    if known is None or known.facts["organisation_id"] != principal.organisation_id:
        raise NotFound("There is no opportunity with this id.")
    row = session.get(BslVideo, opportunity_id)
    if row is None:
        session.add(BslVideo(opportunity_id=opportunity_id, url=video.url, added_at=now))
    else:
        row.url = video.url
    session.flush()
    for invitation in _waiting_for_video(session, opportunity_id):
        store.finish_tasks(session, invitation.id, "invitation", now)
        invitation.state, invitation.reason = "requested", ""
        recipient = session.get_one(Recipient, invitation.participant_id)
        composing.invite(session, invitation, recipient, now)
    audit.record(session, principal, "video:offer", "opportunity", str(opportunity_id), now)
    return Settled(id=str(opportunity_id))


def bsl_video(session: Session, principal: Principal, opportunity_id: UUID) -> VideoView:
    """The address of an opportunity's video; none before the first."""
    known = store.opportunity(session, opportunity_id)
    if known is None or known.facts["organisation_id"] != principal.organisation_id:
        raise NotFound("There is no opportunity with this id.")
    row = session.get(BslVideo, opportunity_id)
    return VideoView(url=row.url if row else None)


def replace_bsl_video(
    session: Session,
    principal: Principal,
    body: tuple[UUID, VideoBody, str | None],
    now: datetime,
) -> Settled:
    """`offer_bsl_video`, if the one seen before is still there."""
    opportunity_id, video, if_match = body
    check_unchanged(if_match, bsl_video(session, principal, opportunity_id).model_dump_json())
    return offer_bsl_video(session, principal, (opportunity_id, video), now)


def _waiting_for_video(session: Session, opportunity_id: UUID) -> list[Invitation]:
    waiting = select(Task.invitation_id).where(
        Task.kind == TaskKind.MAKE_BSL_VIDEO.value, Task.done_at.is_(None)
    )
    query = select(Invitation).where(
        Invitation.opportunity_id == opportunity_id,
        Invitation.state == "held",
        Invitation.id.in_(waiting),
    )
    return list(session.scalars(query.order_by(Invitation.id)))


def document(session: Session, principal: Principal, task_id: UUID, now: datetime) -> Written:
    """What a task needs on paper or to read aloud, with the person's facts. Audited."""
    task = session.get(Task, task_id)
    if task is None or task.organisation_id != principal.organisation_id:
        raise NotFound("There is no task with this id.")
    invitation = session.get(Invitation, task.invitation_id) if task.invitation_id else None
    recipient = session.get(Recipient, task.participant_id)
    if invitation is None or recipient is None or not task.about:
        raise NotFound("This task has no letter.")
    try:
        form = DOCUMENTS.get(TaskKind(task.kind), Format.TEXT_RELAY)
    except ValueError:
        raise NotFound("This task has no letter.") from None
    audit.record(session, principal, "task:document", "task", str(task_id), now)
    more = {name: str(value) for name, value in task.facts.items()}
    return composing.written_for(session, invitation, recipient, task.about, form, more)


def rest(
    session: Session, principal: Principal, body: tuple[UUID | None, QuietBody], now: datetime
) -> Settled:
    """Leave one person, or with no person everybody, in peace on these days."""
    participant_id, quiet = body
    if participant_id is not None:
        own_recipient(session, principal, participant_id)
    row = QuietDates(
        id=new_id(),
        organisation_id=principal.organisation_id,
        participant_id=participant_id,
        first=quiet.first,
        last=quiet.last,
    )
    session.add(row)
    audit.record(session, principal, "quiet:add", "participant", str(participant_id or "all"), now)
    return Settled(id=str(row.id))


def end_rest(session: Session, principal: Principal, rest_id: UUID, now: datetime) -> Settled:
    row = session.get(QuietDates, rest_id)
    if row is None or row.organisation_id != principal.organisation_id:
        raise NotFound("There are no quiet days with this id.")
    session.delete(row)
    audit.record(session, principal, "quiet:end", "quiet", str(rest_id), now)
    return Settled(id=str(rest_id))


def zone(session: Session, principal: Principal, participant_id: UUID) -> ZoneBody:
    return ZoneBody(zone=own_recipient(session, principal, participant_id).zone)


def move_zone(
    session: Session,
    principal: Principal,
    body: tuple[UUID, ZoneBody, str | None],
    _now: datetime,
) -> Settled:
    """The zone whose hours count for a person, when it is not the United Kingdom's."""
    participant_id, where, if_match = body
    check_unchanged(if_match, zone(session, principal, participant_id).model_dump_json())
    if where.zone not in available_timezones():
        raise DomainError("There is no such zone. Write it like Europe/London.")
    own_recipient(session, principal, participant_id).zone = where.zone
    return Settled(id=str(participant_id))


def own_recipient(session: Session, principal: Principal, participant_id: UUID) -> Recipient:
    recipient = session.get(Recipient, participant_id)
    if recipient is None or recipient.organisation_id != principal.organisation_id:
        raise NotFound("There is no participant with this id.")
    return recipient
