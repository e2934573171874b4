"""Every Kafka topic: its partitions, how long it keeps events, and whether it is compacted.

`services.runtime.topic_admin` creates them at start-up where missing, and checks them otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

MAX_MESSAGE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Topic:
    """`retention` is how long an event stays; a compacted topic keeps the latest of each key."""

    name: str
    partitions: int
    retention: timedelta | None = None
    compacted: bool = False

    def settings(self) -> dict[str, str]:
        """The topic's own settings as Kafka names them."""
        if self.compacted:
            return {
                "cleanup.policy": "compact",
                # What erasure has replaced by a tombstone is gone within about two days:
                # a segment is closed after one, and cleaned at most one later.
                "segment.ms": _ms(timedelta(days=1)),
                "max.compaction.lag.ms": _ms(timedelta(days=1)),
                "min.cleanable.dirty.ratio": "0.1",
                # A consumer that was away for less has seen the tombstone.
                "delete.retention.ms": _ms(timedelta(days=14)),
                "max.message.bytes": str(MAX_MESSAGE_BYTES),
            }
        retention = self.retention or timedelta(days=14)
        return {
            "cleanup.policy": "delete",
            "retention.ms": _ms(retention),
            "segment.ms": _ms(timedelta(days=1)),
            "max.message.bytes": str(MAX_MESSAGE_BYTES),
        }


def _ms(span: timedelta) -> str:
    return str(int(span.total_seconds() * 1000))


# Two weeks: longer than any outage that is not an incident of its own, and short enough that
# what a person told us does not stay in the log long after it was erased from the databases.
TOPICS = (
    Topic("newvoices.outreach.contacts", 6, timedelta(days=14)),
    Topic("newvoices.participants", 6, timedelta(days=14)),
    Topic("newvoices.contact-details", 6, compacted=True),
    Topic("newvoices.opportunities", 6, timedelta(days=14)),
    Topic("newvoices.matches", 6, timedelta(days=14)),
    Topic("newvoices.invitations", 6, timedelta(days=14)),
    Topic("newvoices.accounts", 1, timedelta(days=14)),
)

COMPACTED = frozenset(topic.name for topic in TOPICS if topic.compacted)
