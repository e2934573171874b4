"""After a restore nothing goes out until a person says so, and then nothing a second time.

A backup does not know what was sent after it was taken. So a restore holds all sending. Releasing
it turns every waiting message into one whose outcome is not known: the provider is asked before
anything is sent, and where it cannot tell (email), a person decides.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notifications.models import Message, SendingHold
from services.runtime import audit
from services.runtime.clock import as_utc
from services.runtime.security.principal import Principal, Role

THE_ONE = 1
AT_THE_TERMINAL = Principal(UUID(int=0), Role.ADMINISTRATOR, "", None, "terminal")


@dataclass(frozen=True)
class Held:
    """since: the moment of the backup; waiting: how many messages of each kind and channel."""

    since: datetime
    waiting: dict[tuple[str, str], int]


def hold(session: Session, since: datetime, now: datetime) -> None:
    """Send nothing from now on. `since`: from when on sent messages may be missing here."""
    known = session.get(SendingHold, THE_ONE)
    if known is None:
        session.add(SendingHold(id=THE_ONE, since=since, held_at=now))
    else:
        known.since = min(as_utc(known.since), since)
    audit.record(session, AT_THE_TERMINAL, "sending:hold", "messages", "all", now)


def is_held(session: Session) -> bool:
    return session.scalar(select(SendingHold.id)) is not None


def look(session: Session) -> Held | None:
    """What waits for a release; None where nothing is held."""
    known = session.get(SendingHold, THE_ONE)
    if known is None:
        return None
    kinds = session.execute(select(Message.kind, Message.channel).where(Message.state == "queued"))
    waiting = Counter((kind, channel) for kind, channel in kinds)
    return Held(as_utc(known.since), dict(waiting))


def release(session: Session, now: datetime) -> int:
    """Let sending go on; how many messages are looked up first, each when it is due."""
    known = session.get(SendingHold, THE_ONE, with_for_update=True)
    if known is None:
        return 0
    since = as_utc(known.since)
    waiting = session.scalars(
        select(Message).where(Message.state == "queued").with_for_update()
    ).all()
    for message in waiting:
        tried = as_utc(message.first_tried_at) if message.first_tried_at else since
        message.state, message.first_tried_at = "sending", min(tried, since)
        message.due_at = message.lease_until = max(as_utc(message.due_at), now)
    session.delete(known)
    count = str(len(waiting))
    audit.record(session, AT_THE_TERMINAL, "sending:release", "messages", count, now)
    return len(waiting)
