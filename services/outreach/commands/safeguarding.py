"""Safeguarding concerns: raised by anybody at work, read by leads only, never in an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from services.outreach import sealed
from services.outreach.account_models import Account
from services.outreach.care_bodies import (
    ConcernBody,
    ConcernRaised,
    ConcernRow,
    Concerns,
    ConcernView,
    StepBody,
    StepView,
)
from services.outreach.care_models import Concern, ConcernStep
from services.runtime import audit, lists
from services.runtime.clock import as_utc
from services.runtime.errors import DomainError, NotFound
from services.runtime.lists import Paging
from services.runtime.security.principal import Principal, Role

KIND = "concern"
FIRST_DUE = (lists.By(Concern.answer_by), lists.By(Concern.id))
ANSWER_WITHIN = {
    "now": timedelta(hours=1),
    "today": timedelta(hours=8),
    "soon": timedelta(days=3),
}
"""From raising to a lead's first step; after that it is shown as overdue."""


def raise_concern(
    session: Session, principal: Principal, body: ConcernBody, now: datetime
) -> ConcernRaised:
    """Hand a concern to the organisation's safeguarding leads, by name."""
    made = new_id()
    row = Concern(
        id=made,
        organisation_id=principal.organisation_id,
        raised_by=principal.account_id,
        participant_id=body.participant_id,
        urgency=body.urgency,
        what=sealed.seal(session, made, "what", body.what) or "",
        done=sealed.seal(session, made, "done", body.done),
        state="raised",
        raised_at=now,
        answer_by=now + ANSWER_WITHIN[body.urgency],
    )
    session.add(row)
    session.flush()
    audit.record(session, principal, "concern:raise", KIND, str(made), now)
    names = lead_names(session, principal.organisation_id)
    return ConcernRaised(id=made, leads=names, answer_by=row.answer_by)


def lead_names(session: Session, organisation_id: str) -> list[str]:
    """Who looks at concerns here."""
    rows = session.scalars(
        select(Account).where(
            Account.organisation_id == organisation_id,
            Account.role == Role.SAFEGUARDING_LEAD.value,
            Account.disabled_at.is_(None),
        )
    )
    return sorted(sealed.sealer(session).open(row.id, "name", row.name) for row in rows)


def list_open(session: Session, principal: Principal, page: Paging, now: datetime) -> Concerns:
    """Concerns that are not closed, the first due first, without what was told."""
    query = select(Concern).where(
        Concern.organisation_id == principal.organisation_id, Concern.state != "closed"
    )
    found = session.scalars(lists.after(query, FIRST_DUE, page)).all()
    rows, following = lists.cut(found, FIRST_DUE, page)
    audit.record(session, principal, "concern:list", "concerns", str(len(rows)), now)
    return Concerns(items=[_row(row, now) for row in rows], next=following)


def overdue(session: Session, organisation_id: str, now: datetime) -> int:
    """How many concerns no lead has answered in time. A number alone; nothing of what was told."""
    rows = session.scalars(
        select(Concern).where(Concern.organisation_id == organisation_id, Concern.state == "raised")
    )
    return sum(_row(row, now).overdue for row in rows)


def _row(row: Concern, now: datetime) -> ConcernRow:
    return ConcernRow(
        id=row.id,
        urgency=row.urgency,
        state=row.state,
        raised_at=as_utc(row.raised_at),
        answer_by=as_utc(row.answer_by),
        overdue=row.state == "raised" and now > as_utc(row.answer_by),
    )


def read(session: Session, principal: Principal, concern_id: UUID, now: datetime) -> ConcernView:
    row = _concern(session, principal, concern_id)
    audit.record(session, principal, "concern:read", KIND, str(row.id), now)
    steps = session.scalars(
        select(ConcernStep).where(ConcernStep.concern_id == row.id).order_by(ConcernStep.seq)
    )
    return ConcernView(
        **_row(row, now).model_dump(),
        what=sealed.unseal(session, row.id, "what", row.what) or "",
        done=sealed.unseal(session, row.id, "done", row.done),
        participant_id=row.participant_id,
        raised_by=row.raised_by,
        steps=[
            StepView(
                state=step.state,
                note=sealed.unseal(session, row.id, "step", step.note),
                by=step.account_id,
                at=as_utc(step.at),
            )
            for step in steps
        ],
    )


@dataclass(frozen=True)
class Step:
    id: UUID
    body: StepBody


def take_step(session: Session, principal: Principal, what: Step, now: datetime) -> ConcernRow:
    """A lead has seen it, handed it on, or closed it with a reason."""
    row = _concern(session, principal, what.id)
    if row.state == "closed":
        raise DomainError("This concern is closed. Raise a new one if there is more.")
    if what.body.state == "closed" and not what.body.note:
        raise DomainError("Say why it is closed.", "note")
    row.state = what.body.state
    session.add(
        ConcernStep(
            concern_id=row.id,
            account_id=principal.account_id,
            state=what.body.state,
            note=sealed.seal(session, row.id, "step", what.body.note),
            at=now,
        )
    )
    audit.record(session, principal, f"concern:{what.body.state}", KIND, str(row.id), now)
    return _row(row, now)


def _concern(session: Session, principal: Principal, concern_id: UUID) -> Concern:
    row = session.get(Concern, concern_id, with_for_update=True)
    if row is None or row.organisation_id != principal.organisation_id:
        raise NotFound("There is no concern with this id here.")
    return row
