"""Agreements by which another organisation reads one opportunity, and what they let it read.

Shared are the facts of the opportunity: what for, when, where, payment, support. Never shared:
proposals, seats by group, gaps, or anything of a person; those stay with its coordinator.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from services.matching.bodies import On, example
from services.matching.commands import locked_for, owned
from services.matching.models import OpportunityRow, SharingRow
from services.runtime import audit, lists
from services.runtime.clock import as_utc
from services.runtime.errors import Conflict, DomainError, NotFound
from services.runtime.security.permissions import reaches
from services.runtime.security.principal import Principal

Organisation = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[a-z0-9][a-z0-9_-]{1,59}$")
]
NEWEST = (lists.By(SharingRow.id, descending=True),)
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]


class ShareBody(BaseModel):
    """With whom, from when, until when and why."""

    model_config = example(
        {
            "organisation_id": "riverton",
            "starts_on": "2026-10-01",
            "ends_on": "2027-03-31",
            "why": "We look for people together.",
        }
    )

    organisation_id: Organisation
    starts_on: date
    ends_on: date | None = Field(default=None, description="the last day; none: until ended")
    why: Why

    @model_validator(mode="after")
    def _in_order(self) -> ShareBody:
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError("The last day comes after the first.")
        return self


class AgreementView(BaseModel):
    sharing_id: UUID
    opportunity_id: UUID
    organisation_id: str = Field(description="who may read the opportunity")
    starts_on: date
    ends_on: date | None
    why: str
    agreed_by: UUID
    agreed_at: datetime
    ended_at: datetime | None
    active: bool


class Agreements(lists.Listed[AgreementView]):
    """Newest first."""


class Agreed(BaseModel):
    sharing_id: UUID


def in_force(organisation_id: str, today: date) -> ColumnElement[bool]:
    """Agreements by which this organisation may read something today."""
    return and_(
        SharingRow.organisation_id == organisation_id,
        SharingRow.ended_at.is_(None),
        SharingRow.starts_on <= today,
        or_(SharingRow.ends_on.is_(None), SharingRow.ends_on >= today),
    )


def visible(session: Session, principal: Principal) -> ColumnElement[bool]:
    """Opportunities of the caller's organisation, and those shared with it today."""
    shared = select(SharingRow.opportunity_id).where(
        in_force(principal.organisation_id, today_of(session))
    )
    return or_(
        OpportunityRow.organisation_id == principal.organisation_id, OpportunityRow.id.in_(shared)
    )


def is_shared_with(session: Session, principal: Principal, opportunity_id: UUID) -> bool:
    query = select(SharingRow.id).where(
        SharingRow.opportunity_id == opportunity_id,
        in_force(principal.organisation_id, today_of(session)),
    )
    return session.scalar(query.limit(1)) is not None


def today_of(session: Session) -> date:
    now: datetime = session.info["now"]()
    return now.date()


def agree(session: Session, principal: Principal, ask: On[ShareBody], now: datetime) -> Agreed:
    """Let another organisation read an opportunity of the caller's. Audited."""
    row = locked_for(session, principal, ask.id)
    body = ask.body
    if body.organisation_id == row.organisation_id:
        raise DomainError("Your own organisation reads it already.", "organisation_id")
    if body.ends_on is not None and body.ends_on < now.date():
        raise DomainError("Enter a last day that has not passed.", "ends_on")
    made = SharingRow(
        id=new_id(),
        opportunity_id=row.id,
        agreed_by=principal.account_id,
        agreed_at=now,
        **body.model_dump(),
    )
    session.add(made)
    audit.record(session, principal, "sharing:agree", "sharing", str(made.id), now)
    return Agreed(sharing_id=made.id)


def end(session: Session, principal: Principal, ask: On[None], now: datetime) -> Agreed:
    """End an agreement at once. Audited. Raises Conflict when it has ended."""
    found = session.get(SharingRow, ask.id)
    row = session.get(OpportunityRow, found.opportunity_id) if found is not None else None
    if found is None or row is None or not reaches(principal, owned(row)):
        raise NotFound("There is no agreement with this id.")
    if found.ended_at is not None:
        raise Conflict("This agreement has ended already.")
    found.ended_at, found.ended_by = now, principal.account_id
    audit.record(session, principal, "sharing:end", "sharing", str(found.id), now)
    return Agreed(sharing_id=found.id)


def agreements(
    session: Session,
    principal: Principal,
    opportunity_id: UUID,
    page: lists.Paging = lists.EVERYTHING,
) -> Agreements:
    """Every agreement about an opportunity of the caller's, the newest first."""
    row = session.get(OpportunityRow, opportunity_id)
    if row is None or not reaches(principal, owned(row)):
        raise NotFound("There is no opportunity with this id.")
    query = select(SharingRow).where(SharingRow.opportunity_id == row.id)
    found = session.scalars(lists.after(query, NEWEST, page)).all()
    rows, following = lists.cut(found, NEWEST, page)
    return Agreements(items=[_view(each, today_of(session)) for each in rows], next=following)


def _view(row: SharingRow, today: date) -> AgreementView:
    plain: dict[str, Any] = {
        field: getattr(row, field)
        for field in ("opportunity_id", "organisation_id", "starts_on", "ends_on", "why")
    }
    last = row.ends_on is None or row.ends_on >= today
    return AgreementView(
        **plain,
        sharing_id=row.id,
        agreed_by=row.agreed_by,
        agreed_at=as_utc(row.agreed_at),
        ended_at=as_utc(row.ended_at) if row.ended_at else None,
        active=row.ended_at is None and row.starts_on <= today and last,
    )
