"""What coordinators and link workers read of opportunities and proposals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.matching import gaps, matches, sharing, store
from services.matching.bodies import TargetBody
from services.matching.commands import owned
from services.matching.gaps import Gap
from services.matching.models import FeedbackRow, MatchRow, OpportunityRow, TargetRow
from services.matching.targets import Reference
from services.matching.views import (
    FeedbackView,
    GapView,
    OpportunityList,
    OpportunitySummary,
    OpportunityView,
    Representation,
)
from services.runtime import conditions, lists
from services.runtime.clock import as_utc
from services.runtime.errors import NotFound
from services.runtime.security.permissions import Permission, allows, reaches
from services.runtime.security.principal import Principal

Sort = Literal["newest", "widest_gap"]
NEWEST = lists.By(OpportunityRow.id, descending=True)
ORDERS: dict[Sort, tuple[lists.By, ...]] = {
    "newest": (NEWEST,),
    "widest_gap": (lists.By(OpportunityRow.gap_index, descending=True), NEWEST),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters and order of the list of opportunities."""

    state: Literal["open", "closed"] | None = None
    host_kind: str | None = None
    area: str | None = None
    sort: Sort = "newest"
    page: lists.Paging = lists.FIRST


def opportunities(session: Session, principal: Principal, wanted: Wanted) -> OpportunityList:
    """Opportunities of the caller's organisation and those shared with it, in pages."""
    query = select(OpportunityRow).where(sharing.visible(session, principal))
    for column, value in (
        (OpportunityRow.state, wanted.state),
        (OpportunityRow.host_kind, wanted.host_kind),
        (OpportunityRow.area_code, wanted.area),
    ):
        if value is not None:
            query = query.where(column == value)
    order = ORDERS[wanted.sort]
    rows = session.scalars(lists.after(query, order, wanted.page)).all()
    shown, following = lists.cut(rows, order, wanted.page)
    waiting = proposals_waiting(session, [r.id for r in shown])
    return OpportunityList(
        items=[OpportunitySummary(**_summary(r, waiting, principal)) for r in shown],
        next=following,
    )


def proposals_waiting(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    query = (
        select(MatchRow.opportunity_id, func.count())
        .where(MatchRow.opportunity_id.in_(ids), MatchRow.state == "proposed")
        .group_by(MatchRow.opportunity_id)
    )
    return dict(session.execute(query).all())


def _summary(row: OpportunityRow, waiting: dict[UUID, int], principal: Principal) -> dict[str, Any]:
    ours = row.organisation_id == principal.organisation_id
    return {
        "opportunity_id": row.id,
        "title": row.title,
        "host_name": row.host_name,
        "host_kind": row.host_kind,
        "area_code": row.area_code,
        "state": row.state,
        "seats": row.seats,
        "filled": row.filled,
        "shared_by": None if ours else row.organisation_id,
        "proposals": waiting.get(row.id, 0) if ours else 0,
        "gap_index": round(row.gap_index, 4) if sees_gaps(principal, row) else None,
        "opened_at": as_utc(row.opened_at),
    }


def sees_gaps(principal: Principal, row: OpportunityRow) -> bool:
    """Whether counts this small, which could point to a person, are for the caller."""
    return allows(principal, Permission.PROPOSAL_READ) and reaches(principal, owned(row))


def readable(
    session: Session, principal: Principal, opportunity_id: UUID, what: str = "opportunity"
) -> OpportunityRow:
    """An opportunity of the caller's organisation or shared with it.

    `what` they asked for, as in `reached`.
    """
    row = store.get(session, opportunity_id)
    ours = row.organisation_id == principal.organisation_id
    if not ours and not sharing.is_shared_with(session, principal, row.id):
        raise NotFound(f"There is no {what} with this id.")
    return row


def reached(
    session: Session, principal: Principal, opportunity_id: UUID, what: str = "opportunity"
) -> OpportunityRow:
    """An opportunity whose proposals and seats the caller may see."""
    row = store.get(session, opportunity_id)
    if not reaches(principal, owned(row)):
        raise NotFound(f"There is no {what} with this id.")
    return row


def opportunity(session: Session, principal: Principal, opportunity_id: UUID) -> OpportunityView:
    """One opportunity; its representation only for the coordinator whose it is."""
    row = readable(session, principal, opportunity_id)
    own = sees_gaps(principal, row)
    feedback = session.scalars(
        select(FeedbackRow)
        .where(FeedbackRow.opportunity_id == row.id)
        .order_by(FeedbackRow.shared_at.desc(), FeedbackRow.id)
    )
    facts = {f: getattr(row, f) for f in OpportunityView.model_fields if hasattr(row, f)}
    return OpportunityView(
        **facts
        | _summary(row, proposals_waiting(session, [row.id]), principal)
        | {
            "sessions": store.meetings(row),
            "targets": [_target_body(each) for each in row.targets],
            "representation": representation(session, row) if own else None,
            "feedback": [
                FeedbackView(
                    feedback_id=f.id,
                    you_said=f.you_said,
                    we_did=f.we_did,
                    shared_at=as_utc(f.shared_at),
                )
                for f in feedback
            ],
        }
    )


def own_opportunity(
    session: Session, principal: Principal, opportunity_id: UUID
) -> OpportunityView:
    """The same, and NotFound for everyone but its coordinator."""
    reached(session, principal, opportunity_id)
    return opportunity(session, principal, opportunity_id)


def _target_body(row: TargetRow) -> TargetBody:
    return TargetBody(
        group={str(a): str(b) for a, b in row.groups},
        proportion=row.proportion,
        least=row.least,
        most=row.most,
        weight=row.weight,
        name=row.name,
        census_area=row.reference.get("area_code") if row.reference else None,
    )


def etag(view: OpportunityView) -> str:
    """The revision, and after the dot a mark of everything else that the answer shows."""
    return conditions.etag(view.revision, conditions.digest(view.model_dump_json().encode()))


def representation(session: Session, row: OpportunityRow) -> Representation:
    """Now, the targets, and if everyone approved or invited takes a seat."""
    tally = store.as_tally(row)
    asked = store.live_matches(session, row.id, matches.ASKED)
    profiles = store.profiles_of(session, [m.participant_id for m in asked])
    after = tally
    for match in asked:
        profile = profiles.get(match.participant_id)
        if after.free and profile is not None:
            after = after.with_person(store.as_categories(profile.categories))
    rows = zip(gaps.gaps(tally), after.held, strict=True)
    return Representation(
        seats=tally.seats,
        filled=tally.filled,
        open=tally.free,
        invited=len(asked),
        index=round(gaps.index(tally), 6),
        index_if_approved=round(gaps.index(after), 6),
        gaps=[gap_view(gap, then) for gap, then in rows],
    )


def gap_view(gap: Gap, if_approved: int | None = None) -> GapView:
    target = gap.target
    return GapView(
        target_id=target.target_id,
        people=target.people,
        held=gap.held,
        filled=gap.filled,
        unstated=gap.unstated,
        aim_least=round(target.floor(gap.seats), 4) if target.has_goal else None,
        aim_most=target.ceiling(gap.seats) if target.most is not None else None,
        proportion=target.proportion,
        share=None if gap.share is None else round(gap.share, 4),
        low=round(gap.low, 4),
        high=round(gap.high, 4),
        short=round(gap.short, 4),
        above=round(gap.above, 4),
        status=gap.status,
        source=source_sentence(target.reference),
        if_approved=if_approved,
    )


def source_sentence(reference: Reference) -> str:
    if reference.kind == "census":
        where = reference.area_name or reference.area_code
        return f"Census 2021, table {reference.table}, {where}"
    return "Set by the coordinator"
