"""Which records of notifications have been kept for long enough.

The contents of messages and replies go by themselves as well (`retention.py`), by the setting
NEWVOICES_MESSAGE_RETENTION; the schedule may only be stricter.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session

from services.notifications.models import Inbound, Message, QuietDates, Receipt, Task
from services.notifications.retention import SETTLED, forget_batch
from services.runtime.retention import BATCH, Rule


def _old_messages(before: datetime) -> ColumnElement[bool]:
    return and_(
        Message.sealed.is_not(None), Message.state.in_(SETTLED), Message.queued_at <= before
    )


def count_contents(session: Session, before: datetime) -> int:
    messages = select(func.count()).select_from(Message).where(_old_messages(before))
    replies = (
        select(func.count())
        .select_from(Inbound)
        .where(Inbound.sealed.is_not(None), Inbound.state == "done", Inbound.received_at <= before)
    )
    return (session.scalar(messages) or 0) + (session.scalar(replies) or 0)


def clear_contents(session: Session, before: datetime, _now: datetime) -> int:
    return forget_batch(session, before)


def count_tasks(session: Session, before: datetime) -> int:
    query = select(func.count()).select_from(Task).where(Task.done_at < before)
    return session.scalar(query) or 0


def clear_tasks(session: Session, before: datetime, _now: datetime) -> int:
    ids = session.scalars(select(Task.id).where(Task.done_at < before).limit(BATCH)).all()
    session.execute(delete(Task).where(Task.id.in_(ids)))
    return len(ids)


def count_quiet(session: Session, before: datetime) -> int:
    query = select(func.count()).select_from(QuietDates).where(QuietDates.last < before.date())
    return session.scalar(query) or 0


def clear_quiet(session: Session, before: datetime, _now: datetime) -> int:
    query = select(QuietDates.id).where(QuietDates.last < before.date()).limit(BATCH)
    ids = session.scalars(query).all()
    session.execute(delete(QuietDates).where(QuietDates.id.in_(ids)))
    return len(ids)


def _old_receipts(before: datetime) -> ColumnElement[bool]:
    return and_(Receipt.handled.is_(True), Receipt.received_at < before)


def count_receipts(session: Session, before: datetime) -> int:
    query = select(func.count()).select_from(Receipt).where(_old_receipts(before))
    return session.scalar(query) or 0


def clear_receipts(session: Session, before: datetime, _now: datetime) -> int:
    query = select(Receipt.provider_id, Receipt.status).where(_old_receipts(before)).limit(BATCH)
    keys = session.execute(query).all()
    for provider_id, status in keys:
        session.execute(
            delete(Receipt).where(Receipt.provider_id == provider_id, Receipt.status == status)
        )
    return len(keys)


RULES = (
    Rule("contents", "texts of messages and replies", count_contents, clear_contents),
    Rule("done-tasks", "tasks that were done", count_tasks, clear_tasks),
    Rule("quiet-dates", "days on which somebody was left in peace", count_quiet, clear_quiet),
    Rule("receipts", "the provider's reports on messages", count_receipts, clear_receipts),
)
