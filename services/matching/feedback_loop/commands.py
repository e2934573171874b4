"""Notes of what was said, and the tie from an answer to what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from schemas.events import FeedbackTold
from services.matching import store
from services.matching.bodies import On
from services.matching.feedback_loop.bodies import NoteSaid, SaidKept
from services.matching.feedback_loop.domain import Outcome
from services.matching.feedback_loop.models import FeedbackOutcomeRow, SaidRow
from services.matching.models import FeedbackRow
from services.runtime.errors import Conflict, DomainError, NotFound
from services.runtime.security.permissions import Owned, reaches
from services.runtime.security.principal import Principal


def note_said(
    session: Session, principal: Principal, body: On[NoteSaid], now: datetime
) -> SaidKept:
    """Keep what was said, so that it is answered."""
    row = store.get(session, body.id)
    if not reaches(principal, Owned(row.organisation_id, row.coordinator_id, row.team_id)):
        raise NotFound("There is no opportunity with this id.")
    if body.body.said_on > now.date():
        raise DomainError("This day has not come yet.", "said_on")
    said = SaidRow(
        id=new_id(),
        opportunity_id=row.id,
        words=body.body.words,
        said_on=body.body.said_on,
        recorded_by=principal.account_id,
        recorded_at=now,
    )
    session.add(said)
    return SaidKept(said_id=said.id)


def tie(
    session: Session, feedback: FeedbackRow, said_ids: Sequence[UUID], outcome: Outcome | None
) -> None:
    """Mark what an answer answers. Raises Conflict for something answered before."""
    session.flush()
    session.add(FeedbackOutcomeRow(feedback_id=feedback.id, outcome=outcome))
    for said_id in dict.fromkeys(said_ids):
        said = session.get(SaidRow, said_id)
        if said is None or said.opportunity_id != feedback.opportunity_id:
            raise NotFound("Nothing with this id was said here.")
        if said.feedback_id is not None:
            raise Conflict("This has an answer already. Choose only what still waits.")
        said.feedback_id = feedback.id


def on_feedback_told(event: FeedbackTold, session: Session, now: datetime) -> None:
    """How many people heard an answer."""
    if session.get(FeedbackRow, event.feedback_id) is None:
        return
    row = session.scalar(
        select(FeedbackOutcomeRow).where(FeedbackOutcomeRow.feedback_id == event.feedback_id)
    )
    if row is None:
        row = FeedbackOutcomeRow(feedback_id=event.feedback_id)
        session.add(row)
    row.people_told, row.told_at = event.people, now
