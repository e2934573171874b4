"""Drops what a service no longer needs to know: old event ids, answers and ended sessions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from services.runtime import access, idempotency, inbox

if TYPE_CHECKING:
    from services.runtime.node import Node

EVERY = timedelta(hours=1)
FIRST_AFTER = timedelta(minutes=1)
# Twice what a topic keeps: no event comes again after that. State events, which a compacted
# topic keeps for longer, carry a revision, so that an old one changes nothing.
EVENT_IDS_KEPT_FOR = timedelta(days=30)
BATCH = 5000
_DUE = "housekeeping_due"


def keep_house(node: Node, now: datetime) -> bool:
    """One batch when it is due; returns whether more is left."""
    if now < node.extras.setdefault(_DUE, now + FIRST_AFTER):
        return False

    def job(session: Session) -> int:
        idempotency.forget(session, now)
        access.forget_expired(session, now)
        return inbox.forget_finished(session, now - EVENT_IDS_KEPT_FOR, BATCH)

    more = node.writer.write(job) == BATCH
    if not more:
        node.extras[_DUE] = now + EVERY
    return more
