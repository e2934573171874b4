"""Rules of what is owed. Pure: days are passed in, money is whole pence.

A person chooses how they want to be paid once they know that pay may affect benefits. The kinds
follow the NIHR payment guidance for researchers and professionals (version 1.6, August 2024),
which also asks that nobody is left out of pocket and that payment can be turned down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, get_args

from schemas.events import PaymentChoice

Kind = Literal["payment", "expense", "benefit", "training"]
State = Literal["owed", "overdue", "paid", "paid_late", "cancelled"]

CHOICES: tuple[PaymentChoice, ...] = get_args(PaymentChoice)
KINDS: tuple[Kind, ...] = get_args(Kind)
MONEY: frozenset[Kind] = frozenset({"payment", "expense"})
"""Kinds that are sent as money. A benefit in kind is a voucher or a gift with a value; the
Department for Work and Pensions may count it as earnings, so it follows the choice like pay."""

VALUED: frozenset[Kind] = MONEY | {"benefit"}
"""Kinds that count as paid in time or not. Training that comes late is no late payment."""

_TAKES: Mapping[PaymentChoice, frozenset[Kind]] = {
    "paid": frozenset(KINDS),
    "expenses_only": frozenset({"expense", "training"}),
    "declined": frozenset({"training"}),
}


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing owed to one person. ``paid_on`` is also the day a benefit or training was given."""

    kind: Kind
    pence: int
    due_on: date
    paid_on: date | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """Of things not cancelled, in pence, and how many.

    ``fell_due``: paid, or unpaid after its day. ``in_time``: paid on its day or before. Training is
    in none of these counts.
    """

    owed_pence: int = 0
    overdue_pence: int = 0
    overdue: int = 0
    paid_pence: int = 0
    fell_due: int = 0
    in_time: int = 0

    @property
    def in_time_share(self) -> float | None:
        """None while nothing has fallen due."""
        return self.in_time / self.fell_due if self.fell_due else None


def takes(choice: PaymentChoice | None, kind: Kind) -> bool:
    """Whether a person who chose this takes this kind; before a choice only training."""
    return kind in _TAKES[choice or "declined"]


def state_of(owed: Owed, today: date) -> State:
    if owed.cancelled:
        return "cancelled"
    if owed.paid_on is not None:
        return "paid" if owed.paid_on <= owed.due_on else "paid_late"
    return "overdue" if owed.due_on < today else "owed"


def totals(items: Iterable[Owed], today: date) -> Totals:
    """The totals of some items. What the database adds up for a page is checked against this."""
    counted = [(each, state_of(each, today)) for each in items]
    unpaid = [each for each, state in counted if state in ("owed", "overdue")]
    late = [each for each, state in counted if state == "overdue"]
    paid = [each for each, state in counted if state in ("paid", "paid_late")]
    return Totals(
        owed_pence=sum(each.pence for each in unpaid),
        overdue_pence=sum(each.pence for each in late),
        overdue=sum(each.kind in VALUED for each in late),
        paid_pence=sum(each.pence for each in paid),
        fell_due=sum(each.kind in VALUED for each in (*late, *paid)),
        in_time=sum(state == "paid" and each.kind in VALUED for each, state in counted),
    )


def amount(pence_each: int, quantity: Decimal) -> int:
    """So many hours, days or miles at so much each, to the nearest penny, halves up."""
    if quantity < 0:
        raise ValueError("A quantity cannot be below 0.")
    return int((pence_each * quantity).quantize(Decimal(1), ROUND_HALF_UP))
