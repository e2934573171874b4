"""What staff read of barriers: counts that pick nobody out, and what was done."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.matching.barriers import domain
from services.matching.barriers.bodies import (
    ActionTotals,
    ActionView,
    BarrierLine,
    Barriers,
    MonthLine,
)
from services.matching.barriers.domain import Line, Report
from services.matching.barriers.models import BarrierActionRow, BarrierReportRow
from services.matching.suppression import Rule
from services.runtime.security.principal import Principal


def barriers(session: Session, principal: Principal, today: date, threshold: int) -> Barriers:
    """Barriers of the caller's organisation."""
    first, until = domain.window(today)
    alike = (BarrierReportRow.code, BarrierReportRow.reporter, BarrierReportRow.reported_on)
    reports = session.execute(
        select(*alike, func.count())
        .where(
            BarrierReportRow.organisation_id == principal.organisation_id,
            BarrierReportRow.reported_on >= first,
            BarrierReportRow.reported_on < until,
        )
        .group_by(*alike)
    )
    counted = domain.count((Report(*row) for row in reports), today, Rule(threshold=threshold))
    labels = domain.codes()
    actions = _actions(session, principal, labels)
    acted = {each.code for each in actions}
    return Barriers(
        first=counted.first,
        until=counted.until,
        barriers=[_line(each, labels.get(each.key, each.key)) for each in counted.barriers],
        months=[_month(date.fromisoformat(key), n) for key, n in counted.months.items()],
        totals=_line(counted.totals, ""),
        actions=actions,
        action_totals=ActionTotals(
            actions=len(actions),
            removed=sum(each.outcome == "removed" for each in actions),
            cost_pence=sum(each.cost_pence for each in actions),
        ),
        not_acted_on=[labels[each.key] for each in counted.barriers if each.key not in acted],
        threshold=threshold,
    )


def _actions(session: Session, principal: Principal, labels: dict[str, str]) -> list[ActionView]:
    rows = session.scalars(
        select(BarrierActionRow)
        .where(BarrierActionRow.organisation_id == principal.organisation_id)
        .order_by(BarrierActionRow.done_on.desc(), BarrierActionRow.id)
    )
    return [
        ActionView(
            action_id=row.id,
            code=row.code,
            label=labels.get(row.code, row.code),
            what=row.what,
            done_by=row.done_by,
            outcome=row.outcome,
            cost_pence=row.cost_pence,
            done_on=row.done_on,
        )
        for row in rows
    ]


def _month(month: date, total: int | None) -> MonthLine:
    return MonthLine(month=month, label=f"{month:%B %Y}", total=total)


def _line(line: Line, label: str) -> BarrierLine:
    participant, link_worker, coordinator, host = line.counts
    return BarrierLine(
        key=line.key,
        label=label,
        participant=participant,
        link_worker=link_worker,
        coordinator=coordinator,
        host=host,
        total=line.total,
    )
