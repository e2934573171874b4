"""Short surveys by text: who is asked, and what came back. Numbers from 1 to 5 only.

Everybody who holds a seat of the programme after an invitation is asked the first question, once
for each seat; who answers is asked the second. Response: answered the first, of those asked.
Completion: answered both. Who takes no texts counts as asked and silent.
"""

from __future__ import annotations

from datetime import datetime
from typing import get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.events import SurveyAnswered, SurveyQuestion, SurveyRequested
from services.matching.bodies import On
from services.matching.impact import queries
from services.matching.impact.bodies import Asked
from services.matching.impact.models import AskedRow, ProgrammeRow
from services.matching.models import MatchRow
from services.runtime import audit, outbox
from services.runtime.errors import Conflict, NotFound
from services.runtime.security.permissions import reaches
from services.runtime.security.principal import Principal

QUESTIONS: tuple[SurveyQuestion, ...] = get_args(SurveyQuestion)
FIRST: SurveyQuestion = QUESTIONS[0]


def ask(session: Session, principal: Principal, body: On[None], now: datetime) -> Asked:
    """Ask everybody who has a seat and was not asked lately; how many that were."""
    row = session.get(ProgrammeRow, body.id, with_for_update=True)
    if row is None or not reaches(principal, queries.owned(row)):
        raise NotFound("There is no programme with this id.")
    groups = [each.opportunity_id for each in row.opportunities]
    before = select(AskedRow.match_id).where(AskedRow.question == FIRST)
    people = session.scalars(
        select(MatchRow)
        .where(
            MatchRow.opportunity_id.in_(groups),
            MatchRow.state == "accepted",
            MatchRow.id.not_in(before),
        )
        .order_by(MatchRow.id)
    ).all()
    if not people:
        raise Conflict("Everybody who has a seat was asked before. Nobody is asked twice.")
    for match in people:
        _put(session, row.id, match, FIRST, now)
    audit.record(session, principal, "programme:ask", "programme", str(row.id), now)
    return Asked(people=len(people))


def _put(
    session: Session, programme_id: UUID, match: MatchRow, question: SurveyQuestion, now: datetime
) -> None:
    session.add(
        AskedRow(
            match_id=match.id,
            question=question,
            programme_id=programme_id,
            participant_id=match.participant_id,
            asked_at=now,
        )
    )
    event = SurveyRequested(
        match_id=match.id,
        opportunity_id=match.opportunity_id,
        participant_id=match.participant_id,
        question=question,
    )
    outbox.publish(session, event, now)


def on_survey_answered(event: SurveyAnswered, session: Session, now: datetime) -> None:
    """Keep the number; the first answer to the first question leads to the second."""
    asked = session.get(AskedRow, (event.match_id, event.question), with_for_update=True)
    if asked is None or asked.value is not None:
        return
    asked.value, asked.answered_at = event.value, event.answered_at
    match = session.get(MatchRow, event.match_id)
    following = QUESTIONS[QUESTIONS.index(event.question) + 1 :]
    if match is None or match.state != "accepted" or not following:
        return
    if session.get(AskedRow, (match.id, following[0])) is None:
        _put(session, asked.programme_id, match, following[0], now)
