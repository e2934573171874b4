"""What coordinators may ask: invitations by ids, and texts only where they are needed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notifications import store
from services.notifications.inbound import read
from services.notifications.models import Inbound, Invitation, Message, Task
from services.runtime.clock import as_utc
from services.runtime.errors import NotFound
from services.runtime.lists import By, Listed, Paging, after, cut
from services.runtime.security.principal import Principal

# Pages show what waits whole; nobody works through more than this in one sitting.
WHOLE = Paging(limit=200)
InvitationState = Literal[
    "requested", "sent", "accepted", "declined", "cancelled", "failed", "held"
]


class MessageView(BaseModel):
    """One message of an invitation, with its size and cost."""

    message_id: UUID
    kind: str = Field(examples=["invitation"])
    channel: str = Field(examples=["sms"])
    state: str = Field(examples=["delivered"])
    template_version: str = Field(examples=["invitation/3"])
    parts: int = Field(examples=[2])
    cost_pence: float = Field(examples=[8.0])
    attempts: int
    reason: str = ""
    queued_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None


class InvitationView(BaseModel):
    invitation_id: UUID
    match_id: UUID
    opportunity_id: UUID
    participant_id: UUID
    state: InvitationState
    reason: str = Field(default="", examples=["No phone uses this number any more."])
    reply_by: date
    requested_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None


class InvitationDetail(InvitationView):
    asked_by: UUID | None = Field(description="the account of the coordinator who approved")
    messages: list[MessageView]


class Invitations(Listed[InvitationView]):
    """Newest first."""


class InboxItem(BaseModel):
    """A reply that a person must read."""

    reply_id: str
    participant_id: UUID | None
    received_at: datetime
    meaning: str = Field(examples=["free_text"])


class Replies(Listed[InboxItem]):
    """Oldest first."""


class InboxText(InboxItem):
    text: str = Field(description="personal data: reading it is audited")


class TaskView(BaseModel):
    task_id: UUID
    invitation_id: UUID | None
    participant_id: UUID
    kind: str = Field(examples=["call"])
    detail: str
    about: str = Field(description="the kind of message it stands for", examples=["invitation"])
    opportunity_id: UUID | None
    created_at: datetime


class Tasks(Listed[TaskView]):
    """Oldest first."""


NEWEST = (By(Invitation.id, descending=True),)
OLDEST_REPLY = (By(Inbound.received_at), By(Inbound.provider_id))
OLDEST_TASK = (By(Task.created_at), By(Task.id))


def _view(invitation: Invitation) -> dict[str, Any]:
    return {
        "invitation_id": invitation.id,
        "match_id": invitation.match_id,
        "opportunity_id": invitation.opportunity_id,
        "participant_id": invitation.participant_id,
        "state": invitation.state,
        "reason": invitation.reason,
        "reply_by": invitation.reply_by,
        "requested_at": as_utc(invitation.requested_at),
        "sent_at": as_utc(invitation.sent_at) if invitation.sent_at else None,
        "answered_at": as_utc(invitation.answered_at) if invitation.answered_at else None,
    }


def invitations(
    session: Session,
    principal: Principal,
    *,
    opportunity_id: UUID | None,
    state: str | None,
    page: Paging,
) -> Invitations:
    """Newest first: ids are ordered by time."""
    query = select(Invitation).where(Invitation.organisation_id == principal.organisation_id)
    if opportunity_id is not None:
        query = query.where(Invitation.opportunity_id == opportunity_id)
    if state is not None:
        query = query.where(Invitation.state == state)
    rows, following = cut(session.scalars(after(query, NEWEST, page)).all(), NEWEST, page)
    return Invitations(items=[InvitationView(**_view(row)) for row in rows], next=following)


def invitation(session: Session, principal: Principal, invitation_id: UUID) -> InvitationDetail:
    found = own_invitation(session, principal, invitation_id)
    messages = session.scalars(
        select(Message).where(Message.invitation_id == found.id).order_by(Message.queued_at)
    )
    return InvitationDetail(
        **_view(found), asked_by=found.asked_by, messages=[_message(one) for one in messages]
    )


def own_invitation(session: Session, principal: Principal, invitation_id: UUID) -> Invitation:
    found = session.get(Invitation, invitation_id)
    if found is None or found.organisation_id != principal.organisation_id:
        raise NotFound("There is no invitation with this id.")
    return found


def _message(message: Message) -> MessageView:
    return MessageView(
        message_id=message.id,
        kind=message.kind,
        channel=message.channel,
        state=message.state,
        template_version=message.template_version,
        parts=message.parts,
        cost_pence=message.cost_millipence / 1000,
        attempts=message.attempts,
        reason=message.reason,
        queued_at=as_utc(message.queued_at),
        sent_at=as_utc(message.sent_at) if message.sent_at else None,
        finished_at=as_utc(message.finished_at) if message.finished_at else None,
    )


def waiting_replies(session: Session, principal: Principal, page: Paging = WHOLE) -> Replies:
    query = select(Inbound).where(
        Inbound.state == "waiting", Inbound.organisation_id == principal.organisation_id
    )
    found = session.scalars(after(query, OLDEST_REPLY, page)).all()
    rows, following = cut(found, OLDEST_REPLY, page)
    return Replies(items=[InboxItem(**_inbox(row)) for row in rows], next=following)


def _inbox(row: Inbound) -> dict[str, Any]:
    return {
        "reply_id": row.provider_id,
        "participant_id": row.participant_id,
        "received_at": as_utc(row.received_at),
        "meaning": row.meaning,
    }


def own_reply(session: Session, principal: Principal, reply_id: str) -> Inbound:
    row = session.get(Inbound, reply_id)
    if row is None or row.organisation_id != principal.organisation_id:
        raise NotFound("There is no reply with this id.")
    return row


def reply_text(session: Session, row: Inbound) -> InboxText:
    return InboxText(**_inbox(row), text=read(session, row))


def open_tasks(session: Session, principal: Principal, page: Paging = WHOLE) -> Tasks:
    query = (
        select(Task, Invitation.opportunity_id)
        .outerjoin(Invitation, Invitation.id == Task.invitation_id)
        .where(Task.done_at.is_(None), Task.organisation_id == principal.organisation_id)
    )
    found = session.execute(after(query, OLDEST_TASK, page)).all()
    rows, following = cut(found, OLDEST_TASK, page, lambda row: row[0])
    items = [
        TaskView(
            task_id=row.id,
            invitation_id=row.invitation_id,
            participant_id=row.participant_id,
            kind=row.kind,
            detail=row.detail,
            about=row.about,
            opportunity_id=opportunity_id,
            created_at=as_utc(row.created_at),
        )
        for row, opportunity_id in rows
    ]
    return Tasks(items=items, next=following)


def message_body(session: Session, message: Message) -> str:
    """What a message said or will say. Personal data: reading it is audited."""
    if message.sealed is None:
        return ""
    return store.sealer(session).open(message.participant_id, store.MESSAGE_FIELD, message.sealed)
