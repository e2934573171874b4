"""Barriers taken in from outreach and from staff, and what was done about them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from schemas.events import ContactLogged
from services.matching.barriers import domain
from services.matching.barriers.bodies import ActionKept, RecordAction, ReportBarriers, Reported
from services.matching.barriers.models import BarrierActionRow, BarrierReportRow
from services.runtime import audit
from services.runtime.errors import DomainError
from services.runtime.security.principal import Principal

DAY_TO_COME = "This day has not come yet."


def on_contact_logged(event: ContactLogged, session: Session, now: datetime) -> None:
    """What people said in a conversation. A corrected contact takes the place of what it was."""
    session.execute(delete(BarrierReportRow).where(BarrierReportRow.contact_id == event.contact_id))
    known = domain.codes()
    session.add_all(
        BarrierReportRow(
            id=new_id(),
            organisation_id=event.organisation_id,
            contact_id=event.contact_id,
            reporter="participant",
            code=code,
            reported_on=event.contacted_on,
            recorded_at=now,
        )
        for code in dict.fromkeys(event.barriers)
        if code in known
    )


def report(session: Session, principal: Principal, body: ReportBarriers, now: datetime) -> Reported:
    """Barriers that a colleague sees, under their role."""
    if body.on > now.date():
        raise DomainError(DAY_TO_COME, "on")
    _check(body.codes, "codes")
    rows = [
        BarrierReportRow(
            id=new_id(),
            organisation_id=principal.organisation_id,
            reporter=principal.role.value,
            code=code,
            reported_on=body.on,
            recorded_at=now,
        )
        for code in dict.fromkeys(body.codes)
    ]
    session.add_all(rows)
    return Reported(report_ids=[row.id for row in rows])


def act(session: Session, principal: Principal, body: RecordAction, now: datetime) -> ActionKept:
    """What was done about a barrier, by whom, at what cost, and whether it is gone."""
    if body.done_on > now.date():
        raise DomainError(DAY_TO_COME, "done_on")
    _check([body.code], "code")
    row = BarrierActionRow(
        id=new_id(),
        organisation_id=principal.organisation_id,
        recorded_by=principal.account_id,
        recorded_at=now,
        **body.model_dump(),
    )
    session.add(row)
    audit.record(session, principal, "barrier:act", "barrier action", str(row.id), now)
    return ActionKept(action_id=row.id)


def _check(codes: list[str], field: str) -> None:
    if not set(codes) <= set(domain.codes()):
        raise DomainError("There is no such barrier. Choose from the list.", field)
