"""What a coordinator may do in notifications."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notifications import queries, store
from services.notifications.models import Message, Recipient, Task
from services.notifications.queueing import queue_sms
from services.runtime import audit
from services.runtime.clock import as_utc
from services.runtime.errors import Conflict, Gone, NotFound
from services.runtime.security.principal import Principal


class Written(BaseModel):
    """A message as the person gets it, with its size and cost."""

    message_id: UUID
    channel: str
    text: str
    parts: int = Field(examples=[2])
    cost_pence: float = Field(examples=[8.0])
    state: str


class Named(BaseModel):
    """Who was asked. Personal data: reading it is audited."""

    invitation_id: UUID
    name: str = Field(examples=["Amina Rahman"])


class Settled(BaseModel):
    id: str


class ReplyBody(BaseModel):
    """What the coordinator writes back, in their own words."""

    text: str = Field(min_length=1, max_length=600, examples=["Yes, the room has a lift."])


def read_message(
    session: Session, principal: Principal, invitation_id: UUID, now: datetime
) -> Written:
    """The invitation's newest message. The read is audited."""
    invitation = queries.own_invitation(session, principal, invitation_id)
    message = session.scalar(
        select(Message)
        .where(Message.invitation_id == invitation.id)
        .order_by(Message.queued_at.desc())
        .limit(1)
    )
    if message is None:
        raise NotFound("Nothing has been written for this invitation yet.")
    audit.record(session, principal, "message:read", "invitation", str(invitation.id), now)
    raw = queries.message_body(session, message)
    content = json.loads(raw) if raw else {}
    return Written(
        message_id=message.id,
        channel=message.channel,
        text=content.get("body") or content.get("text") or "",
        parts=message.parts,
        cost_pence=message.cost_millipence / 1000,
        state=message.state,
    )


def read_name(session: Session, principal: Principal, invitation_id: UUID, now: datetime) -> Named:
    """The name of who was asked, for the coordinator who approved them. The read is audited.

    Raises NotFound for everyone else, and Conflict once the approval was taken back: then the
    person is hidden again.
    """
    invitation = queries.own_invitation(session, principal, invitation_id)
    if invitation.asked_by != principal.account_id:
        raise NotFound("There is no invitation with this id.")
    if invitation.state == "cancelled":
        raise Conflict("The invitation was taken back, so the name is hidden again.")
    recipient = session.get(Recipient, invitation.participant_id)
    contact = store.open_contact(session, recipient) if recipient is not None else None
    if contact is None:
        raise Gone("This person asked to be forgotten. Nobody has their name any more.")
    audit.record(session, principal, "name:read", "invitation", str(invitation.id), now)
    return Named(invitation_id=invitation.id, name=contact.name)


def read_reply(
    session: Session, principal: Principal, reply_id: str, now: datetime
) -> queries.InboxText:
    """One reply's text. The read is audited."""
    row = queries.own_reply(session, principal, reply_id)
    audit.record(session, principal, "reply:read", "reply", reply_id, now)
    return queries.reply_text(session, row)


def close_reply(session: Session, principal: Principal, reply_id: str, now: datetime) -> Settled:
    """Take a reply out of the inbox, once somebody has seen to it."""
    row = queries.own_reply(session, principal, reply_id)
    if row.state != "waiting":
        raise Conflict("Somebody has seen to this reply already.")
    row.state, row.handled_at = "done", now
    audit.record(session, principal, "reply:close", "reply", reply_id, now)
    return Settled(id=reply_id)


def answer_reply(
    session: Session, principal: Principal, body: tuple[str, ReplyBody], now: datetime
) -> Settled:
    """Write back to a reply; it leaves the inbox."""
    reply_id, written = body
    row = queries.own_reply(session, principal, reply_id)
    if row.state != "waiting":
        raise Conflict("Somebody has seen to this reply already.")
    if row.participant_id is None:
        raise Conflict("This phone belongs to several people. Ring them instead.")
    if not store.consent_given(session, row.participant_id, "sms"):
        raise Conflict("This person does not want texts. Nothing was sent.")
    recipient = session.get_one(Recipient, row.participant_id)
    contact = store.open_contact(session, recipient)
    if contact is None or not contact.phone:
        raise Conflict("We have no mobile number of this person any more. Nothing was sent.")
    queue_sms(session, recipient, "answer", "answer/1", written.text, None, now)
    row.state, row.handled_at = "done", now
    audit.record(session, principal, "reply:answer", "reply", reply_id, now)
    return Settled(id=reply_id)


def finish_task(session: Session, principal: Principal, task_id: UUID, now: datetime) -> Settled:
    task = session.get(Task, task_id)
    if task is None or task.organisation_id != principal.organisation_id:
        raise NotFound("There is no task with this id.")
    if task.done_at is not None:
        raise Conflict(f"This task was done on {as_utc(task.done_at):%-d %B}.")
    task.done_at = now
    audit.record(session, principal, "task:done", "task", str(task_id), now)
    return Settled(id=str(task_id))
