"""What coordinators read of the loop: one opportunity, and all of theirs that owe an answer."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from services.matching import store
from services.matching.feedback_loop.bodies import (
    AnswerView,
    Loop,
    LoopTotals,
    OwedAnswer,
    OwedAnswers,
    SaidView,
)
from services.matching.feedback_loop.domain import Standing, debt, last_before
from services.matching.feedback_loop.models import FeedbackOutcomeRow, SaidRow
from services.matching.models import FeedbackRow, OpportunityRow
from services.matching.reciprocity.store import own
from services.runtime.clock import as_utc
from services.runtime.errors import NotFound
from services.runtime.security.permissions import Owned, reaches
from services.runtime.security.principal import Principal


def loop(session: Session, principal: Principal, opportunity_id: UUID, today: date) -> Loop:
    """What was said, answered, told and still waits in one opportunity."""
    row = store.get(session, opportunity_id)
    if not reaches(principal, Owned(row.organisation_id, row.coordinator_id, row.team_id)):
        raise NotFound("There is no opportunity with this id.")
    here = OpportunityRow.id == row.id
    said = session.scalars(
        select(SaidRow)
        .where(SaidRow.opportunity_id == row.id)
        .order_by(SaidRow.feedback_id.is_not(None), SaidRow.said_on.desc(), SaidRow.id)
    ).all()
    answers = session.execute(
        select(FeedbackRow, FeedbackOutcomeRow)
        .outerjoin(FeedbackOutcomeRow, FeedbackOutcomeRow.feedback_id == FeedbackRow.id)
        .where(FeedbackRow.opportunity_id == row.id)
        .order_by(FeedbackRow.shared_at.desc(), FeedbackRow.id.desc())
    ).all()
    unanswered = sum(each.feedback_id is None for each in said)
    last = as_utc(answers[0][0].shared_at).date() if answers else None
    return Loop(
        opportunity_id=row.id,
        title=row.title,
        state=row.state,
        totals=_totals(session, here),
        said=[
            SaidView(
                said_id=each.id,
                words=each.words,
                said_on=each.said_on,
                feedback_id=each.feedback_id,
            )
            for each in said
        ],
        answers=[_answer(feedback, outcome) for feedback, outcome in answers],
        owes=debt(Standing(unanswered, last_before(_days(row.sessions), today), last), today),
    )


def _answer(feedback: FeedbackRow, outcome: FeedbackOutcomeRow | None) -> AnswerView:
    return AnswerView(
        feedback_id=feedback.id,
        you_said=feedback.you_said,
        we_did=feedback.we_did,
        outcome=outcome.outcome if outcome else None,
        shared_at=as_utc(feedback.shared_at),
        people_told=outcome.people_told if outcome else None,
    )


def _days(sessions: list[Any]) -> list[date]:
    return [date.fromisoformat(meeting["on"]) for meeting in sessions]


def owed(session: Session, principal: Principal, today: date) -> OwedAnswers:
    """Opportunities of the caller that owe an answer, the longest wait first."""
    waiting = {
        opportunity_id: (count, first)
        for opportunity_id, count, first in session.execute(
            select(SaidRow.opportunity_id, func.count(), func.min(SaidRow.said_on))
            .join(OpportunityRow, OpportunityRow.id == SaidRow.opportunity_id)
            .where(SaidRow.feedback_id.is_(None), own(principal))
            .group_by(SaidRow.opportunity_id)
        )
    }
    shared = {
        opportunity_id: as_utc(last).date()
        for opportunity_id, last in session.execute(
            select(FeedbackRow.opportunity_id, func.max(FeedbackRow.shared_at))
            .join(OpportunityRow, OpportunityRow.id == FeedbackRow.opportunity_id)
            .where(own(principal))
            .group_by(FeedbackRow.opportunity_id)
        )
    }
    opportunities = select(
        OpportunityRow.id, OpportunityRow.title, OpportunityRow.host_name, OpportunityRow.sessions
    ).where(own(principal))
    found = []
    for row in session.execute(opportunities):
        count, first = waiting.get(row.id, (0, None))
        met = last_before(_days(row.sessions), today)
        owes = debt(Standing(count, met, shared.get(row.id)), today)
        since = first or met
        if owes is not None and since is not None:
            found.append(
                OwedAnswer(
                    opportunity_id=row.id,
                    title=row.title,
                    host_name=row.host_name,
                    owes=owes,
                    unanswered=count,
                    waiting_since=since,
                )
            )
    found.sort(key=lambda each: (each.waiting_since, each.title, each.opportunity_id))
    return OwedAnswers(items=found, totals=_totals(session, own(principal)))


def _totals(session: Session, which: ColumnElement[bool]) -> LoopTotals:
    said, waiting = session.execute(
        select(func.count(SaidRow.id), func.count(SaidRow.id) - func.count(SaidRow.feedback_id))
        .join(OpportunityRow, OpportunityRow.id == SaidRow.opportunity_id)
        .where(which)
    ).one()
    outcome = FeedbackOutcomeRow.outcome
    answered, influenced, told, unprompted = session.execute(
        select(
            func.count(FeedbackRow.id),
            func.count(FeedbackRow.id).filter(outcome.in_(("changed", "partly"))),
            func.coalesce(func.sum(FeedbackOutcomeRow.people_told), 0),
            func.count(FeedbackRow.id).filter(
                FeedbackRow.id.not_in(
                    select(SaidRow.feedback_id).where(SaidRow.feedback_id.is_not(None))
                )
            ),
        )
        .join(OpportunityRow, OpportunityRow.id == FeedbackRow.opportunity_id)
        .outerjoin(FeedbackOutcomeRow, FeedbackOutcomeRow.feedback_id == FeedbackRow.id)
        .where(which)
    ).one()
    return LoopTotals(
        said=said + unprompted,
        unanswered=waiting,
        answered=answered,
        influenced=influenced,
        people_told=told,
    )
