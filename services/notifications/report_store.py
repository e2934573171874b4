"""Delivery reports as they were written down, and which of them were taken into effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from services.notifications.models import Base, Receipt


@dataclass(frozen=True, slots=True)
class Report:
    """A provider's delivery report, as it was written down."""

    provider_id: str
    status: str
    message_id: UUID | None
    error_code: str


def unhandled_receipts(session: Session, limit: int, lock: bool = False) -> list[Report]:
    """Oldest first. lock: those that nobody else is working on, and nobody else will."""
    query = (
        select(Receipt.provider_id, Receipt.status, Receipt.message_id, Receipt.error_code)
        .where(Receipt.handled.is_(False))
        .order_by(Receipt.received_at)
    )
    if lock:
        query = query.with_for_update(skip_locked=True)
    return [Report(*row) for row in session.execute(query.limit(limit))]


def mark_handled(session: Session, reports: Sequence[Report]) -> None:
    """One statement; what it changes is nothing that a session holds."""
    if reports:
        keys = [{"by": one.provider_id, "what": one.status} for one in reports]
        session.connection().execute(_HANDLED, keys)


_HANDLED = (
    update(Base.metadata.tables["receipts"])
    .where(
        Base.metadata.tables["receipts"].c.provider_id == bindparam("by"),
        Base.metadata.tables["receipts"].c.status == bindparam("what"),
    )
    .values(handled=True)
)
