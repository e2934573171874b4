"""Which records of matching have been kept for long enough."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from services.matching.models import MatchRow, OpportunityRow
from services.runtime.retention import BATCH, Rule


def _old_explanations(before: datetime) -> ColumnElement[bool]:
    closed = select(OpportunityRow.id).where(
        OpportunityRow.id == MatchRow.opportunity_id, OpportunityRow.closed_at < before
    )
    return and_(MatchRow.sentence != "", MatchRow.updated_at < before, closed.exists())


def count_explanations(session: Session, before: datetime) -> int:
    query = select(func.count()).select_from(MatchRow).where(_old_explanations(before))
    return session.scalar(query) or 0


def clear_explanations(session: Session, before: datetime, _now: datetime) -> int:
    """Why somebody was proposed tells their characteristics; the state stays for the counts."""
    query = select(MatchRow.id).where(_old_explanations(before)).limit(BATCH)
    ids = session.scalars(query).all()
    session.execute(
        update(MatchRow)
        .where(MatchRow.id.in_(ids))
        .values(sentence="", explanation={}, blocks=[], updated_at=MatchRow.updated_at)
    )
    return len(ids)


RULES = (
    Rule(
        "explanations",
        "why people were proposed for opportunities that are closed",
        count_explanations,
        clear_explanations,
    ),
)
