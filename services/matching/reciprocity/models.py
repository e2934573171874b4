"""Tables of what people chose and what they are owed. No name, no account number, no free text
about a person."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.models import Base
from services.runtime.tables import Sequence

_counted = text("cancelled_at IS NULL")
_one_payment = text("cancelled_at IS NULL AND kind = 'payment' AND session_on IS NOT NULL")


class PaymentChoiceRow(Base):
    """How a person wants to be paid; the newest row of a holder counts.

    `holder_id`: the match, or the member, that holds the seat. `before_yes`: known before or with
    their yes. The notice that pay may affect benefits came first, or there is no row.
    """

    __tablename__ = "payment_choices"

    id: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    opportunity_id: Mapped[UUID] = mapped_column(
        ForeignKey("opportunities.id", ondelete="CASCADE"), index=True
    )
    holder_id: Mapped[UUID] = mapped_column(index=True)
    choice: Mapped[str] = mapped_column(String(14))
    before_yes: Mapped[bool]
    recorded_by: Mapped[UUID | None] = mapped_column(comment="none: the person's own answer")
    recorded_at: Mapped[datetime]


class OwedRow(Base):
    """One thing owed: a payment, an expense, a benefit in kind or training, for a session or not.

    `code`: which expense. `label`: which benefit or training. `rate_*`: the dated rate it was
    worked out with; `quantity_hundredths` hours, days or miles.
    """

    __tablename__ = "owed"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    opportunity_id: Mapped[UUID] = mapped_column(ForeignKey("opportunities.id", ondelete="CASCADE"))
    holder_id: Mapped[UUID]
    is_member: Mapped[bool] = mapped_column(default=False)
    seat_number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(20), default="")
    label: Mapped[str] = mapped_column(String(80), default="")
    pence: Mapped[int]
    rate_id: Mapped[str] = mapped_column(String(40), default="")
    rate_pence: Mapped[int | None]
    rate_valid_from: Mapped[date | None]
    quantity_hundredths: Mapped[int | None]
    session_on: Mapped[date | None]
    due_on: Mapped[date]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[datetime]
    paid_on: Mapped[date | None]
    paid_by: Mapped[UUID | None] = mapped_column(comment="the account that noted it")
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(String(20), default="")

    __table_args__ = (
        CheckConstraint("pence >= 0", name="pence_not_negative"),
        CheckConstraint("paid_on IS NULL OR cancelled_at IS NULL", name="paid_or_cancelled"),
        Index(
            "ix_owed_opportunity_id",
            "opportunity_id",
            "due_on",
            sqlite_where=_counted,
            postgresql_where=_counted,
        ),
        Index(
            "uq_owed_one_payment_a_session",
            "holder_id",
            "session_on",
            unique=True,
            sqlite_where=_one_payment,
            postgresql_where=_one_payment,
        ),
    )
