"""The induction: parts finished, familiarity before and after, needed first if so decided."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.outreach.care_bodies import (
    FamiliarityReport,
    FamiliarityRow,
    LearnedBody,
    LearningState,
)
from services.outreach.care_models import Familiarity, LearningDone, OrganisationSetting
from services.outreach.learning import PARTS, VERSION
from services.outreach.monitoring import STAR, shown
from services.runtime.errors import DomainError, Forbidden
from services.runtime.security.principal import Principal

INDUCTION_FIRST = (
    "Your organisation asks for the short induction before the first outreach. "
    "Open “Learning” in the menu; it takes about ten minutes. What you wrote is kept."
)


def learned(
    session: Session, principal: Principal, body: LearnedBody, now: datetime
) -> LearningState:
    """Record a finished part, or a first or later answer on familiarity."""
    if body.part is not None:
        _finish(session, principal.account_id, body.part, now)
    if body.familiarity is not None:
        done = is_complete(session, principal.account_id)
        _answer(session, principal, "after" if done else "before", body.familiarity, now)
    session.flush()
    return state(session, principal)


def _finish(session: Session, account_id: UUID, part: str, now: datetime) -> None:
    if part not in PARTS:
        raise DomainError(f"Choose one of: {', '.join(PARTS)}.", "part")
    if session.get(LearningDone, (account_id, part)) is None:
        session.add(LearningDone(account_id=account_id, part=part, version=VERSION, at=now))


def _answer(session: Session, principal: Principal, moment: str, level: int, now: datetime) -> None:
    row = session.get(Familiarity, (principal.account_id, moment))
    if row is None:
        row = Familiarity(
            account_id=principal.account_id,
            moment=moment,
            organisation_id=principal.organisation_id,
            role=principal.role.value,
            level=level,
            at=now,
        )
        session.add(row)
    row.level, row.at = level, now


def state(session: Session, principal: Principal) -> LearningState:
    account_id = principal.account_id
    done = _done(session, account_id)
    before = session.get(Familiarity, (account_id, "before"))
    after = session.get(Familiarity, (account_id, "after"))
    return LearningState(
        done=[part for part in PARTS if part in done],
        complete=set(PARTS) <= done,
        familiarity_before=before.level if before else None,
        familiarity_after=after.level if after else None,
        induction_first=induction_first(session, principal.organisation_id),
    )


def _done(session: Session, account_id: UUID) -> set[str]:
    query = select(LearningDone.part).where(LearningDone.account_id == account_id)
    return set(session.scalars(query))


def is_complete(session: Session, account_id: UUID) -> bool:
    return set(PARTS) <= _done(session, account_id)


def induction_first(session: Session, organisation_id: str) -> bool:
    row = session.get(OrganisationSetting, organisation_id)
    return row is not None and row.induction_first


def require_induction(session: Session, principal: Principal, wanted: bool) -> None:
    """Raises Forbidden if the organisation wants the induction first and it is not finished."""
    if wanted and not is_complete(session, principal.account_id):
        raise Forbidden(INDUCTION_FIRST)


def report(session: Session, organisation_id: str) -> FamiliarityReport:
    """Familiarity by role, before and after. Small groups show a star and no average."""
    rows = session.execute(
        select(Familiarity.role, Familiarity.moment, func.count(), func.avg(Familiarity.level))
        .where(Familiarity.organisation_id == organisation_id)
        .group_by(Familiarity.role, Familiarity.moment)
        .order_by(Familiarity.role, Familiarity.moment.desc())
    )
    items = []
    for role, moment, count, average in rows:
        people = shown(count)
        hidden = people == STAR
        items.append(
            FamiliarityRow(
                role=role,
                moment=moment,
                people=people,
                average=None if hidden else round(float(average), 1),
            )
        )
    return FamiliarityReport(items=items)
