"""Short questions by text message to people who have a seat, answered by a number from 1 to 5.

A question is noted like any follow-up, once for each invitation: `done` is asked, `answered` is
answered. Only the number leaves this service; what else a person writes goes to a coordinator.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.events import SurveyAnswered, SurveyQuestion
from services.notifications import composing, following_up
from services.notifications.models import FollowUp, Invitation, Recipient
from services.notifications.replies import Numbered, Reply, ReplyKind
from services.runtime import outbox

PREFIX = "survey_"
MEANING = "survey"
OPEN_FOR = timedelta(days=14)
VALUES = range(1, 6)


def ask(session: Session, invitation: Invitation, question: SurveyQuestion, now: datetime) -> None:
    """Queue the question, once."""
    kind = f"{PREFIX}{question}"
    if following_up.note_done(session, invitation.id, kind, "", now):
        composing.tell(session, invitation, kind, now)


def value_of(reply: Reply) -> int | None:
    """The number of a reply that is one number from 1 to 5 and nothing else."""
    if reply.kind is not ReplyKind.FREE_TEXT or len(reply.numbers) != 1:
        return None
    (given,) = reply.numbers
    return (
        given.number if given == Numbered(given.number, None) and given.number in VALUES else None
    )


def answered(
    session: Session,
    reply: Reply,
    people: Sequence[Recipient],
    received_at: datetime,
    now: datetime,
) -> bool:
    """Record the answer to the one question that waits for this phone; False if it is none.

    False, so that other rules decide, where the number could answer two questions, or tells which
    invitation somebody means.
    """
    value = value_of(reply)
    if value is None:
        return False
    whose = [one.participant_id for one in people]
    numbered = select(Invitation.id).where(
        Invitation.participant_id.in_(whose),
        Invitation.number.is_not(None),
        Invitation.state.in_(("requested", "sent")),
    )
    if session.scalar(numbered.limit(1)) is not None:
        return False
    waiting = session.execute(
        select(FollowUp, Invitation)
        .join(Invitation, Invitation.id == FollowUp.invitation_id)
        .where(
            Invitation.participant_id.in_(whose),
            FollowUp.kind.startswith(PREFIX, autoescape=True),
            FollowUp.state == "done",
            FollowUp.due_at > now - OPEN_FOR,
        )
    ).all()
    if len(waiting) != 1:
        return False
    question, invitation = waiting[0]
    question.state = "answered"
    event = SurveyAnswered(
        match_id=invitation.match_id,
        participant_id=invitation.participant_id,
        question=cast(SurveyQuestion, question.kind.removeprefix(PREFIX)),
        value=value,
        answered_at=received_at,
    )
    outbox.publish(session, event, now)
    return True
