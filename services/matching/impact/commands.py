"""Changes to programmes: open, change, and the dated lines that staff enter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from services.matching.bodies import On
from services.matching.impact import costs, queries
from services.matching.impact.bodies import (
    CostBody,
    InfluenceBody,
    LineSaved,
    ProgrammeBody,
    ProgrammeSaved,
)
from services.matching.impact.models import (
    CostRow,
    InfluenceRow,
    ProgrammeOpportunityRow,
    ProgrammeRow,
)
from services.matching.models import OpportunityRow
from services.runtime import audit
from services.runtime.conditions import STALE
from services.runtime.errors import DomainError, NotFound, PreconditionFailed
from services.runtime.security.permissions import reaches
from services.runtime.security.principal import Principal


@dataclass(frozen=True, slots=True)
class ChangeProgramme:
    """New content for one revision of a programme."""

    id: UUID
    revision: int
    body: ProgrammeBody


def start(
    session: Session, principal: Principal, body: ProgrammeBody, now: datetime
) -> ProgrammeSaved:
    """Start a programme of the caller's organisation."""
    row = ProgrammeRow(
        id=new_id(),
        organisation_id=principal.organisation_id,
        team_id=principal.team_id,
        coordinator_id=principal.account_id,
        revision=1,
        created_at=now,
    )
    _fill(row, body)
    row.opportunities = _opportunities(session, principal, body)
    session.add(row)
    session.flush()
    return ProgrammeSaved(programme_id=row.id, revision=row.revision)


def change(
    session: Session, principal: Principal, asked: ChangeProgramme, _now: datetime
) -> ProgrammeSaved:
    """Replace what a programme says; refused when it has another revision by now."""
    row = _own(session, principal, asked.id)
    if row.revision != asked.revision:
        raise PreconditionFailed(STALE)
    chosen = _opportunities(session, principal, asked.body)
    _fill(row, asked.body)
    row.opportunities = []
    session.flush()
    row.opportunities = chosen
    row.revision += 1
    return ProgrammeSaved(programme_id=row.id, revision=row.revision)


def _fill(row: ProgrammeRow, body: ProgrammeBody) -> None:
    row.name, row.started_on, row.ended_on = body.name, body.started_on, body.ended_on
    row.theory = body.theory.model_dump()
    row.aims = body.aims.model_dump(exclude_none=True)


def _opportunities(
    session: Session, principal: Principal, body: ProgrammeBody
) -> list[ProgrammeOpportunityRow]:
    wanted = set(body.opportunity_ids)
    query = select(OpportunityRow.id).where(
        OpportunityRow.id.in_(wanted),
        OpportunityRow.organisation_id == principal.organisation_id,
    )
    if set(session.scalars(query)) != wanted:
        raise DomainError("There is no opportunity with one of these ids.", "opportunity_ids")
    return [ProgrammeOpportunityRow(opportunity_id=each) for each in sorted(wanted)]


def enter_cost(
    session: Session, principal: Principal, body: On[CostBody], now: datetime
) -> LineSaved:
    """Enter a line of cost."""
    row, line = _own(session, principal, body.id), body.body
    pence = line.pence
    if pence is None:
        pence = costs.of_hours(line.minutes or 0, line.pence_an_hour or 0)
    cost = CostRow(
        id=new_id(),
        programme_id=row.id,
        on=line.on,
        kind=line.kind,
        minutes=line.minutes,
        pence_an_hour=line.pence_an_hour,
        pence=pence,
        note=line.note,
        entered_by=principal.account_id,
        entered_at=now,
    )
    session.add(cost)
    audit.record(session, principal, "programme:cost", "programme", str(row.id), now)
    return LineSaved(id=cost.id)


def enter_decision(
    session: Session, principal: Principal, body: On[InfluenceBody], now: datetime
) -> LineSaved:
    """Enter a decision that was brought to people."""
    row, said = _own(session, principal, body.id), body.body
    decision = InfluenceRow(
        id=new_id(),
        programme_id=row.id,
        on=said.on,
        what=said.what,
        outcome=said.outcome,
        why=said.why,
        entered_by=principal.account_id,
        entered_at=now,
    )
    session.add(decision)
    audit.record(session, principal, "programme:decision", "programme", str(row.id), now)
    return LineSaved(id=decision.id)


def remove_line(session: Session, principal: Principal, body: On[UUID], now: datetime) -> None:
    """Take out a line of cost or a decision that was entered by mistake. The trail keeps who."""
    row = _own(session, principal, body.id)
    line = session.get(CostRow, body.body) or session.get(InfluenceRow, body.body)
    if line is None or line.programme_id != row.id:
        raise NotFound("There is no line with this id.")
    session.delete(line)
    audit.record(session, principal, "programme:remove", "programme", str(row.id), now)


def _own(session: Session, principal: Principal, programme_id: UUID) -> ProgrammeRow:
    row = session.get(ProgrammeRow, programme_id, with_for_update=True)
    if row is None or not reaches(principal, queries.owned(row)):
        raise NotFound("There is no programme with this id.")
    return row
