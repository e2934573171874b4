"""What the delivery page shows: how many are where, what it cost, and one invitation's story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.notifications import queries
from services.notifications.models import Invitation, Message, OpportunityFacts, QuietDates, Task
from services.runtime.clock import as_utc
from services.runtime.security.principal import Principal


@dataclass(frozen=True)
class Summary:
    """counts: invitations by state. reasons: why messages failed, most frequent first."""

    counts: dict[str, int]
    messages: int
    cost_millipence: int
    reasons: list[tuple[str, int]]


@dataclass(frozen=True)
class Line:
    invitation_id: UUID
    person: str
    title: str
    state: str
    note: str
    requested_at: datetime
    reply_by: object


@dataclass(frozen=True)
class Step:
    """One thing that happened to an invitation, or is going to."""

    at: datetime
    what: str
    note: str = ""


def short(participant_id: UUID) -> str:
    """How pages name a person without a name."""
    return participant_id.hex[-6:]


def summary(session: Session, principal: Principal) -> Summary:
    own = Invitation.organisation_id == principal.organisation_id
    counted = session.execute(
        select(Invitation.state, func.count()).where(own).group_by(Invitation.state)
    )
    sent = session.execute(
        select(func.count(), func.coalesce(func.sum(Message.cost_millipence), 0))
        .join(Invitation, Message.invitation_id == Invitation.id)
        .where(own, Message.sent_at.is_not(None))
    ).one()
    number = func.count()
    reasons = session.execute(
        select(Message.reason, number)
        .join(Invitation, Message.invitation_id == Invitation.id)
        .where(own, Message.state == "failed", Message.reason != "")
        .group_by(Message.reason)
        .order_by(number.desc(), Message.reason)
        .limit(8)
    )
    return Summary(
        {row[0]: row[1] for row in counted},
        sent[0],
        int(sent[1]),
        [(reason, count) for reason, count in reasons],
    )


def lines(
    session: Session, principal: Principal, state: str | None, after: UUID | None, limit: int = 30
) -> list[Line]:
    """Newest first; pass the last line's id as `after` for more."""
    query = (
        select(Invitation, OpportunityFacts.facts)
        .outerjoin(OpportunityFacts, OpportunityFacts.opportunity_id == Invitation.opportunity_id)
        .where(Invitation.organisation_id == principal.organisation_id)
        .order_by(Invitation.id.desc())
        .limit(limit)
    )
    if state is not None:
        query = query.where(Invitation.state == state)
    if after is not None:
        query = query.where(Invitation.id < after)
    found = session.execute(query).all()
    waiting = _waiting_notes(session, [row[0].id for row in found if row[0].state == "requested"])
    return [
        Line(
            invitation.id,
            short(invitation.participant_id),
            (facts or {}).get("title", "—"),
            invitation.state,
            invitation.reason or waiting.get(invitation.id, ""),
            as_utc(invitation.requested_at),
            invitation.reply_by,
        )
        for invitation, facts in found
    ]


def _waiting_notes(session: Session, ids: list[UUID]) -> dict[UUID, str]:
    rows = session.execute(
        select(Message.invitation_id, Message.reason).where(
            Message.invitation_id.in_(ids), Message.state == "queued", Message.reason != ""
        )
    )
    return {invitation_id: reason for invitation_id, reason in rows if invitation_id}


def title_of(session: Session, principal: Principal, invitation_id: UUID) -> str:
    invitation = queries.own_invitation(session, principal, invitation_id)
    known = session.get(OpportunityFacts, invitation.opportunity_id)
    return str(known.facts["title"]) if known else "—"


def quiet_days(
    session: Session, principal: Principal, participant_id: UUID
) -> list[tuple[UUID, object, object]]:
    rows = session.scalars(
        select(QuietDates)
        .where(
            QuietDates.organisation_id == principal.organisation_id,
            QuietDates.participant_id == participant_id,
        )
        .order_by(QuietDates.first)
    )
    return [(row.id, row.first, row.last) for row in rows]


def timeline(session: Session, principal: Principal, invitation_id: UUID) -> list[Step]:
    """Everything that happened, oldest first."""
    invitation = queries.own_invitation(session, principal, invitation_id)
    steps = [Step(as_utc(invitation.requested_at), "Asked for")]
    messages = session.scalars(select(Message).where(Message.invitation_id == invitation.id))
    for message in messages:
        steps += _message_steps(message)
    tasks = session.scalars(select(Task).where(Task.invitation_id == invitation.id))
    for task in tasks:
        steps.append(Step(as_utc(task.created_at), "Task", task.detail))
        if task.done_at is not None:
            steps.append(Step(as_utc(task.done_at), "Task done", task.detail))
    if invitation.answered_at is not None:
        said = "Said yes" if invitation.state == "accepted" else "Answered"
        said = "Said no" if invitation.state == "declined" else said
        steps.append(Step(as_utc(invitation.answered_at), said))
    return sorted(steps, key=lambda step: step.at)


def _message_steps(message: Message) -> list[Step]:
    way = {"sms": "text", "email": "email"}[message.channel]
    name = f"{message.kind}|{way}"
    steps = [Step(as_utc(message.queued_at), f"written|{name}")]
    if message.state == "queued" and message.reason:
        steps.append(Step(as_utc(message.due_at), f"planned|{name}", message.reason))
    if message.sent_at is not None:
        steps.append(Step(as_utc(message.sent_at), f"sent|{name}"))
    if message.finished_at is not None:
        steps.append(Step(as_utc(message.finished_at), f"{message.state}|{name}", message.reason))
    return steps
