"""Changes to what is owed: choices, meetings, expenses and other things, payments, corrections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from schemas.events import PaymentChoice, PaymentRecorded
from services.matching import store as matching_store
from services.matching.bodies import On
from services.matching.commands import locked_for
from services.matching.models import MatchRow, OpportunityRow
from services.matching.reciprocity import domain, store
from services.matching.reciprocity.bodies import (
    Cancel,
    RecordChoice,
    RecordOwed,
    RecordSession,
    Settle,
)
from services.matching.reciprocity.domain import MONEY
from services.matching.reciprocity.models import OwedRow, PaymentChoiceRow
from services.matching.reciprocity.rates import Rate
from services.matching.reciprocity.store import Holder
from services.matching.reciprocity.views import ChoiceKept, Recorded, Settled
from services.runtime import audit, outbox
from services.runtime.conditions import STALE
from services.runtime.errors import Conflict, DomainError, NotFound, PreconditionFailed
from services.runtime.security.principal import Principal

NOTICE_FIRST = "Tell the person first that pay may affect benefits. Then write down their choice."
DAY_TO_COME = "This day has not come yet."


def record_choice(
    session: Session, principal: Principal, body: On[tuple[UUID, RecordChoice]], now: datetime
) -> ChoiceKept:
    """Keep what a person chose. What they do not take any more, and is unpaid, is cancelled."""
    row = locked_for(session, principal, body.id)
    holder_id, said = body.body
    if not said.told_about_benefits:
        raise DomainError(NOTICE_FIRST, "told_about_benefits")
    holder = store.holder(session, row.id, holder_id)
    before_yes = not holder.is_member and holder.state in ("approved", "invited")
    keep_choice(session, row.id, holder_id, said.choice, now, before_yes, principal.account_id)
    gone = [x for x in store.unpaid(session, holder_id) if not domain.takes(said.choice, _kind(x))]
    for owed in gone:
        owed.cancelled_at, owed.cancel_reason = now, "person_declined"
    audit.record(session, principal, "payment-choice:record", "seat holder", str(holder_id), now)
    return ChoiceKept(
        holder_id=holder_id, choice=said.choice, before_yes=before_yes, cancelled=len(gone)
    )


@dataclass(frozen=True, slots=True)
class ChangeChoice:
    """A holder's new choice in the place of the one with this number (0: there was none)."""

    holder_id: UUID
    after: int
    said: RecordChoice


def change_choice(
    session: Session, principal: Principal, body: On[ChangeChoice], now: datetime
) -> ChoiceKept:
    """`record_choice` for who may not be the only one to ask: a person answers by text too."""
    row = locked_for(session, principal, body.id)
    change = body.body
    newest = store.choices(session, row.id).get(change.holder_id)
    if change.after != (newest.id if newest else 0):
        raise PreconditionFailed(STALE)
    return record_choice(session, principal, On(body.id, (change.holder_id, change.said)), now)


def keep_choice(
    session: Session,
    opportunity_id: UUID,
    holder_id: UUID,
    choice: PaymentChoice,
    now: datetime,
    before_yes: bool,
    recorded_by: UUID | None,
) -> None:
    session.add(
        PaymentChoiceRow(
            opportunity_id=opportunity_id,
            holder_id=holder_id,
            choice=choice,
            before_yes=before_yes,
            recorded_by=recorded_by,
            recorded_at=now,
        )
    )


def record_session(
    session: Session, principal: Principal, body: On[RecordSession], now: datetime
) -> Recorded:
    """Owe everybody who came to a meeting what they chose to take."""
    row = locked_for(session, principal, body.id)
    held = body.body
    if held.on > now.date():
        raise DomainError(DAY_TO_COME, "on")
    rate, quantity = _rate(session, held.rate_id, held.quantity, held.on, "payment")
    each = domain.amount(rate.amount_pence, quantity) if rate else _offered(row, held.on)
    people = [store.holder(session, row.id, holder_id) for holder_id in set(held.holder_ids)]
    choices = store.choices(session, row.id)
    _refuse_without_seat(people)
    _refuse_not_asked(people, choices)
    paid = [h for h in people if store.choice_of(choices.get(h.holder_id)) == "paid"]
    _refuse_paid_already(session, paid, held.on)
    found = []
    for holder in paid if each else []:
        owed = _owed(row, holder, "payment", each, principal, now)
        owed.session_on = held.on
        owed.due_on = held.due_on or store.rates_of(session).due(held.on)
        _note_rate(owed, rate, quantity)
        found.append(owed)
    session.add_all(found)
    audit.record(session, principal, "meeting:record", "opportunity", str(row.id), now)
    return Recorded(owed_ids=[o.id for o in found], unpaid_by_choice=len(people) - len(paid))


def _refuse_without_seat(people: list[Holder]) -> None:
    if any(each.state not in store.HELD for each in people):
        raise Conflict("Only people who have or had a seat can be owed something.")


def _refuse_not_asked(people: list[Holder], choices: dict[UUID, PaymentChoiceRow]) -> None:
    waiting = sorted(h.seat_number or 0 for h in people if h.holder_id not in choices)
    if waiting:
        seats = ", ".join(str(number) for number in waiting if number) or "without a number"
        raise Conflict(f"Ask first how these people want to be paid: seat {seats}.")


def _refuse_paid_already(session: Session, people: list[Holder], day: date) -> None:
    query = select(OwedRow.seat_number).where(
        OwedRow.holder_id.in_([h.holder_id for h in people]),
        OwedRow.kind == "payment",
        OwedRow.session_on == day,
        OwedRow.cancelled_at.is_(None),
    )
    already = sorted(session.scalars(query))
    if already:
        seats = ", ".join(str(number) for number in already)
        raise Conflict(f"This meeting is recorded already for seat {seats}.")


def _offered(row: OpportunityRow, day: date) -> int:
    """What the opportunity said it pays for a meeting on that day."""
    if row.payment_unit != "hour":
        return row.payment_pence
    meetings = [m for m in matching_store.meetings(row) if m.on == day]
    if not meetings:
        raise DomainError(
            "This opportunity pays by the hour and has no meeting on this day. Choose a rate and "
            "give the hours.",
            "on",
        )
    minutes = sum(
        (m.ends.hour - m.starts.hour) * 60 + m.ends.minute - m.starts.minute for m in meetings
    )
    return domain.amount(row.payment_pence, Decimal(minutes) / 60)


def record_owed(
    session: Session, principal: Principal, body: On[RecordOwed], now: datetime
) -> Recorded:
    """Owe one person one thing."""
    row = locked_for(session, principal, body.id)
    asked = body.body
    holder = store.holder(session, row.id, asked.holder_id)
    _refuse_without_seat([holder])
    _check_words(asked)
    choice = store.choice_of(store.choices(session, row.id).get(asked.holder_id))
    if not domain.takes(choice, asked.kind):
        raise Conflict(_why_not(choice))
    day = asked.session_on or now.date()
    if day > now.date():
        raise DomainError(DAY_TO_COME, "session_on")
    rate, quantity = _rate(session, asked.rate_id, asked.quantity, day, asked.kind)
    if (rate is None) == (asked.pence is None):
        raise DomainError("Give an amount, or choose a rate and say how many. Not both.", "pence")
    pence = domain.amount(rate.amount_pence, quantity) if rate else asked.pence or 0
    owed = _owed(row, holder, asked.kind, pence, principal, now)
    owed.code, owed.label, owed.session_on = asked.expense or "", asked.label, asked.session_on
    owed.due_on = asked.due_on or store.rates_of(session).due(day)
    _note_rate(owed, rate, quantity)
    if asked.kind == "payment" and asked.session_on:
        _refuse_paid_already(session, [holder], asked.session_on)
    session.add(owed)
    audit.record(session, principal, "owed:record", "opportunity", str(row.id), now)
    return Recorded(owed_ids=[owed.id], unpaid_by_choice=0)


def _check_words(asked: RecordOwed) -> None:
    if asked.kind == "expense" and asked.expense is None:
        raise DomainError("Choose what the expense is for.", "expense")
    if asked.kind in ("benefit", "training") and len(asked.label) < 3:
        raise DomainError("Say what it is, with 3 to 80 letters. Name no person.", "label")
    if asked.kind != "training" and asked.pence == 0:
        raise DomainError("Enter an amount above 0.", "pence")


def _why_not(choice: PaymentChoice | None) -> str:
    if choice is None:
        return "Ask the person first how they want to be paid."
    return "The person chose not to take this. Ask them, and change their choice first."


def _rate(
    session: Session, rate_id: str | None, quantity: Decimal | None, day: date, kind: str
) -> tuple[Rate | None, Decimal]:
    if rate_id is None:
        return None, Decimal(1)
    rate = store.rates_of(session).on(rate_id, day)
    if rate.kind != kind:
        raise DomainError("This rate is for something else. Choose another.", "rate_id")
    return rate, quantity or Decimal(1)


def _owed(
    row: OpportunityRow, holder: Holder, kind: str, pence: int, principal: Principal, now: datetime
) -> OwedRow:
    return OwedRow(
        id=new_id(),
        opportunity_id=row.id,
        holder_id=holder.holder_id,
        is_member=holder.is_member,
        seat_number=holder.seat_number or 0,
        kind=kind,
        pence=pence,
        recorded_by=principal.account_id,
        recorded_at=now,
    )


def _note_rate(owed: OwedRow, rate: Rate | None, quantity: Decimal) -> None:
    if rate is not None:
        owed.rate_id, owed.rate_pence = rate.id, rate.amount_pence
        owed.rate_valid_from = rate.valid_from
        owed.quantity_hundredths = int(quantity * 100)


def settle(session: Session, principal: Principal, body: On[Settle], now: datetime) -> Settled:
    """Note that things were paid or given, and let people know of money that is on its way."""
    row = locked_for(session, principal, body.id)
    paid = body.body
    if paid.paid_on > now.date():
        raise DomainError(DAY_TO_COME, "paid_on")
    found = [_of(session, row, owed_id) for owed_id in dict.fromkeys(paid.owed_ids)]
    for owed in found:
        owed.paid_on, owed.paid_by = paid.paid_on, principal.account_id
    for holder_id, sent in _money_by_match(found).items():
        _publish(session, holder_id, sent, paid.paid_on, now)
    audit.record(session, principal, "payment:record", "opportunity", str(row.id), now)
    return Settled(owed_ids=[owed.id for owed in found])


def _money_by_match(found: list[OwedRow]) -> dict[UUID, list[OwedRow]]:
    """What was sent as money, by the match of who gets it: members have no invitation to answer."""
    sent: dict[UUID, list[OwedRow]] = {}
    for owed in found:
        if _kind(owed) in MONEY and not owed.is_member:
            sent.setdefault(owed.holder_id, []).append(owed)
    return sent


def _publish(
    session: Session, match_id: UUID, sent: list[OwedRow], paid_on: date, now: datetime
) -> None:
    match = session.get_one(MatchRow, match_id)
    event = PaymentRecorded(
        payment_id=new_id(),
        match_id=match.id,
        opportunity_id=match.opportunity_id,
        participant_id=match.participant_id,
        amount_pence=sum(owed.pence for owed in sent),
        paid_on=paid_on,
    )
    outbox.publish(session, event, now)


def cancel(
    session: Session, principal: Principal, body: On[tuple[UUID, Cancel]], now: datetime
) -> None:
    """Take back something that should not have been recorded. What was paid stays."""
    row = locked_for(session, principal, body.id)
    owed_id, why = body.body
    owed = _of(session, row, owed_id)
    owed.cancelled_at, owed.cancel_reason = now, why.reason
    audit.record(session, principal, "owed:cancel", "owed", str(owed.id), now, why.reason)


def _of(session: Session, row: OpportunityRow, owed_id: UUID) -> OwedRow:
    owed = session.get(OwedRow, owed_id)
    if owed is None or owed.opportunity_id != row.id:
        raise NotFound("Nothing with this id is owed here.")
    if owed.paid_on is not None or owed.cancelled_at is not None:
        raise Conflict("This was paid or cancelled already. Look at the page again.")
    return owed


def _kind(owed: OwedRow) -> Any:
    return store.as_owed(owed).kind
