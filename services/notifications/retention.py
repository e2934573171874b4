"""After the retention time what people wrote and where we reached them goes; counts stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.notifications.models import Inbound, Message
from services.runtime.node import Node

BATCH = 500
EVERY = timedelta(minutes=10)
SETTLED = ("sent", "delivered", "unknown", "failed", "cancelled")
_LAST = "retention_looked_at"


def kept_since(now: datetime, keep: timedelta) -> datetime:
    """What was settled up to then has been kept for long enough."""
    return now - keep


def forget_old(node: Node, now: datetime) -> bool:
    """One batch; true while there is more. Looks once in ten minutes, not after each commit."""
    last = node.extras.get(_LAST)
    if last is not None and now - last < EVERY:
        return False
    keep = node.settings.message_retention
    count = node.writer.write(lambda session: forget_batch(session, kept_since(now, keep)))
    if count == 0:
        node.extras[_LAST] = now
    return count > 0


def forget_batch(session: Session, before: datetime) -> int:
    """Take the sealed contents out of what was settled up to then; returns how many rows."""
    messages = select(Message.id).where(
        Message.sealed.is_not(None), Message.state.in_(SETTLED), Message.queued_at <= before
    )
    ids = session.scalars(messages.limit(BATCH)).all()
    session.execute(update(Message).where(Message.id.in_(ids)).values(sealed=None))
    replies = select(Inbound.provider_id).where(
        Inbound.sealed.is_not(None), Inbound.state == "done", Inbound.received_at <= before
    )
    read = session.scalars(replies.limit(BATCH)).all()
    session.execute(
        update(Inbound).where(Inbound.provider_id.in_(read)).values(sealed=None, phone_index="")
    )
    return len(ids) + len(read)
