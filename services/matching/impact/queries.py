"""What staff read of programmes: the list, the records, and the impact."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.matching.impact import costs, facts, measuring, seat_time, survival, verdict
from services.matching.impact.bodies import (
    Aims,
    CostView,
    FigureView,
    ImpactView,
    InfluenceView,
    KindCost,
    ProgrammeList,
    ProgrammeSummary,
    ProgrammeView,
    RecordList,
    Theory,
    VerdictView,
    WaitStep,
)
from services.matching.impact.facts import Facts
from services.matching.impact.models import CostRow, InfluenceRow, ProgrammeRow
from services.matching.models import OpportunityRow
from services.matching.suppression import Rule
from services.runtime import lists
from services.runtime.errors import NotFound
from services.runtime.security.permissions import Owned, Permission, allows, reaches
from services.runtime.security.principal import Principal

MOST = 500
NEWEST = (lists.By(ProgrammeRow.started_on, descending=True), lists.By(ProgrammeRow.id))


def owned(row: ProgrammeRow) -> Owned:
    return Owned(row.organisation_id, row.coordinator_id, row.team_id)


def readable(session: Session, principal: Principal, programme_id: UUID) -> ProgrammeRow:
    """A programme of the caller's organisation."""
    row = session.get(ProgrammeRow, programme_id)
    if row is None or row.organisation_id != principal.organisation_id:
        raise NotFound("There is no programme with this id.")
    return row


def programmes(
    session: Session, principal: Principal, page: lists.Paging = lists.EVERYTHING
) -> ProgrammeList:
    """Programmes of the caller's organisation, newest first."""
    query = select(ProgrammeRow).where(ProgrammeRow.organisation_id == principal.organisation_id)
    found = session.scalars(lists.after(query, NEWEST, page)).all()
    rows, following = lists.cut(found, NEWEST, page)
    return ProgrammeList(items=[_summary(row) for row in rows], next=following)


def _summary(row: ProgrammeRow) -> ProgrammeSummary:
    return ProgrammeSummary(
        programme_id=row.id,
        name=row.name,
        started_on=row.started_on,
        ended_on=row.ended_on,
        opportunities=len(row.opportunities),
    )


def programme(session: Session, principal: Principal, programme_id: UUID) -> ProgrammeView:
    return _view(readable(session, principal, programme_id), principal)


def own(session: Session, principal: Principal, programme_id: UUID) -> ProgrammeView:
    """The same, and NotFound for everyone who may not change it."""
    view = programme(session, principal, programme_id)
    if not view.yours:
        raise NotFound("There is no programme with this id.")
    return view


def _view(row: ProgrammeRow, principal: Principal) -> ProgrammeView:
    writes = allows(principal, Permission.PROGRAMME_WRITE)
    return ProgrammeView(
        **_summary(row).model_dump(),
        revision=row.revision,
        theory=Theory.model_validate(row.theory),
        aims=Aims.model_validate(row.aims),
        opportunity_ids=sorted(each.opportunity_id for each in row.opportunities),
        yours=writes and reaches(principal, owned(row)),
    )


def choosable(session: Session, principal: Principal) -> dict[UUID, str]:
    """Opportunities that can belong to a programme, with their titles, newest first."""
    query = (
        select(OpportunityRow.id, OpportunityRow.title, OpportunityRow.host_name)
        .where(OpportunityRow.organisation_id == principal.organisation_id)
        .order_by(OpportunityRow.opened_at.desc(), OpportunityRow.id)
        .limit(MOST)
    )
    return {id_: f"{title}, {host}" for id_, title, host in session.execute(query)}


def records(session: Session, principal: Principal, programme_id: UUID) -> RecordList:
    """Costs and decisions of one's own programme, newest first."""
    row = readable(session, principal, programme_id)
    if not reaches(principal, owned(row)):
        raise NotFound("There is no programme with this id.")
    costs_of = (
        select(CostRow)
        .where(CostRow.programme_id == row.id)
        .order_by(CostRow.on.desc(), CostRow.id.desc())
    )
    decisions = (
        select(InfluenceRow)
        .where(InfluenceRow.programme_id == row.id)
        .order_by(InfluenceRow.on.desc(), InfluenceRow.id.desc())
    )
    return RecordList(
        costs=[
            CostView(id=c.id, on=c.on, kind=c.kind, minutes=c.minutes, pence=c.pence, note=c.note)
            for c in session.scalars(costs_of)
        ],
        decisions=[
            InfluenceView(id=d.id, on=d.on, what=d.what, outcome=d.outcome, why=d.why)
            for d in session.scalars(decisions)
        ],
    )


def impact(
    session: Session, principal: Principal, programme_id: UUID, now: datetime, threshold: int
) -> ImpactView:
    """The two answers with their evidence."""
    row = readable(session, principal, programme_id)
    found = facts.gather(session, row, now)
    aims = Aims.model_validate(row.aims).model_dump(exclude_none=True)
    counted = measuring.figures(found, aims, Rule(threshold=threshold))
    answers = [verdict.answer(question, counted) for question in ("working", "worthwhile")]
    kinds = costs.by_kind(found.costs)
    return ImpactView(
        programme=_view(row, principal),
        counted_until=seat_time.window_of(row, now).end,
        answers=[
            VerdictView(
                question=a.question, word=a.word, sentence=a.sentence, evidence=list(a.evidence)
            )
            for a in answers
        ],
        figures=[_figure(each) for each in counted],
        costs=[KindCost(kind=kind, pence=pence) for kind, pence in kinds.items()],
        total_pence=sum(kinds.values()),
        waits=_wait_steps(found, threshold),
        limits=list(verdict.LIMITS),
        threshold=threshold,
    )


def _figure(figure: verdict.Figure) -> FigureView:
    about = figure.indicator
    return FigureView(
        code=about.code,
        level=about.level,
        question=about.question,
        unit=about.unit,
        source=about.source,
        label=about.label,
        how=about.how,
        value=_rounded(figure.value),
        low=_rounded(figure.low),
        high=_rounded(figure.high),
        part=figure.part,
        whole=figure.whole,
        hidden=figure.hidden,
        aim=figure.aim,
        status=figure.status,
        sentence=verdict.sentence(figure),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _wait_steps(found: Facts, threshold: int) -> list[WaitStep]:
    if sum(wait.ended for wait in found.waits) < threshold:
        return []
    return [
        WaitStep(
            day=round(step.day, 2),
            open=round(step.share, 4),
            low=round(step.low, 4),
            high=round(step.high, 4),
        )
        for step in survival.curve(found.waits)
    ]
