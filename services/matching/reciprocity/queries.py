"""What coordinators read of payments: one opportunity, all of theirs, the rates of a day."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.matching import store as matching_store
from services.matching import suppression
from services.matching.commands import owned
from services.matching.models import OpportunityRow, SeatRow
from services.matching.reciprocity import domain, store
from services.matching.reciprocity.domain import Totals
from services.matching.reciprocity.models import OwedRow, PaymentChoiceRow
from services.matching.reciprocity.store import Holder
from services.matching.reciprocity.views import (
    ChoiceView,
    HolderView,
    OpportunityReciprocity,
    OpportunityTotals,
    Overview,
    OwedView,
    RateList,
    RateView,
    TotalsView,
    view_of,
)
from services.matching.wording import short_name
from services.runtime.errors import NotFound
from services.runtime.security.permissions import reaches
from services.runtime.security.principal import Principal


def of_opportunity(
    session: Session, principal: Principal, opportunity_id: UUID, today: date
) -> OpportunityReciprocity:
    """What is owed, was paid, and by whom it is taken in one opportunity."""
    row = matching_store.get(session, opportunity_id)
    if not reaches(principal, owned(row)):
        raise NotFound("There is no opportunity with this id.")
    choices = store.choices(session, row.id)
    people = store.holders(session, row.id)
    items = store.items(session, row.id)
    return OpportunityReciprocity(
        opportunity_id=row.id,
        title=row.title,
        state=row.state,
        totals=_totals(domain.totals(map(store.as_owed, items), today)),
        holders=[_holder(each, choices.get(each.holder_id)) for each in people],
        owed=[_item(each, today) for each in items],
        waiting_for_choice=sum(
            each.seat_number is not None and each.holder_id not in choices for each in people
        ),
    )


def _totals(found: Totals) -> TotalsView:
    view: TotalsView = view_of(TotalsView, found)
    return view


def _holder(holder: Holder, choice: PaymentChoiceRow | None) -> HolderView:
    return HolderView(
        holder_id=holder.holder_id,
        is_member=holder.is_member,
        seat_number=holder.seat_number,
        short_name=short_name(holder.holder_id),
        state=holder.state,
        choice=choice.choice if choice else None,
        before_yes=choice.before_yes if choice else None,
    )


def _item(row: OwedRow, today: date) -> OwedView:
    view: OwedView = view_of(
        OwedView,
        row,
        owed_id=row.id,
        short_name=short_name(row.holder_id),
        quantity=row.quantity_hundredths / 100 if row.quantity_hundredths else None,
        state=domain.state_of(store.as_owed(row), today),
    )
    return view


def overview(session: Session, principal: Principal, today: date, threshold: int) -> Overview:
    """All opportunities of the caller, the one with most overdue first."""
    by_kind = store.totals_by(session, principal, today, OwedRow.kind)
    each = store.totals_by(
        session,
        principal,
        today,
        OpportunityRow.id,
        OpportunityRow.title,
        OpportunityRow.host_name,
    )
    each.sort(key=lambda e: (-e[1].overdue_pence, -e[1].owed_pence, e[0][1], e[0][0]))
    return Overview(
        totals=_totals(store.added([found for _, found in by_kind])),
        by_kind={key[0]: _totals(found) for key, found in sorted(by_kind)},
        opportunities=[
            OpportunityTotals(
                opportunity_id=key[0], title=key[1], host_name=key[2], totals=_totals(found)
            )
            for key, found in each
        ],
        choices=_choices(session, principal, threshold),
        threshold=threshold,
    )


def choice(
    session: Session, principal: Principal, opportunity_id: UUID, holder_id: UUID
) -> tuple[int, ChoiceView]:
    """What a holder chose, and that choice's number; 0 before the first."""
    row = matching_store.get(session, opportunity_id)
    if not reaches(principal, owned(row)):
        raise NotFound("There is no opportunity with this id.")
    holder = store.holder(session, row.id, holder_id)
    newest = store.choices(session, row.id).get(holder.holder_id)
    seen = ChoiceView(
        holder_id=holder.holder_id,
        choice=newest.choice if newest else None,
        before_yes=newest.before_yes if newest else None,
    )
    return (newest.id if newest else 0), seen


def _choices(session: Session, principal: Principal, threshold: int) -> dict[str, int | None]:
    """How many people with a seat chose what; small numbers and what gives them away are hidden."""
    newest = (
        select(func.max(PaymentChoiceRow.id).label("id"))
        .group_by(PaymentChoiceRow.holder_id)
        .subquery()
    )
    holding = func.coalesce(SeatRow.match_id, SeatRow.member_id)
    query = (
        select(PaymentChoiceRow.choice, func.count())
        .select_from(SeatRow)
        .join(OpportunityRow, OpportunityRow.id == SeatRow.opportunity_id)
        .outerjoin(
            PaymentChoiceRow,
            (PaymentChoiceRow.holder_id == holding) & PaymentChoiceRow.id.in_(select(newest.c.id)),
        )
        .where(store.own(principal), SeatRow.state == "filled")
        .group_by(PaymentChoiceRow.choice)
    )
    found = {choice or "not_asked": count for choice, count in session.execute(query)}
    counts = {choice: found.get(choice, 0) for choice in (*domain.CHOICES, "not_asked")}
    shown, _ = suppression.suppress_counts(counts, suppression.Rule(threshold=threshold))
    return shown


def rates(session: Session, on: date) -> RateList:
    """The rates and the payment term that hold on a day, each with its source."""
    found = store.rates_of(session)
    term = found.term_on(on)
    return RateList(
        on=on,
        items=[RateView(**rate.model_dump(mode="json")) for rate in found.all_on(on)],
        due_after_days=term.days if term else None,
        term_source=term.source if term else "",
    )
