"""How often one account, program or unknown address may ask: counted in this process's memory.

A token bucket each (`rate.take`): a full one at once, then as much a minute. What must hold across
processes and restarts, the lock-out of sign-in, is kept in the database instead (`commands/
signing_in.py`). Decision 0027 says why.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from services.runtime.security.rate import Bucket, Decision, RateLimit, take
from services.runtime.security.settings import SecuritySettings

MINUTE = timedelta(minutes=1)
MOST_REMEMBERED = 20_000
FREE = Decision(True)


class Asking(StrEnum):
    """What is asked for; each has its own bucket."""

    READ = "read"
    WRITE = "write"
    EXPORT = "export"
    UNKNOWN = "unknown"
    """By nobody we know: no session, a token or a signature that does not hold."""


class Meter:
    """Counts requests. Call it from the event loop only; it waits for nothing and locks nothing."""

    def __init__(self, limits: Mapping[Asking, RateLimit], most: int = MOST_REMEMBERED) -> None:
        self._limits = limits
        self._most = most
        self._buckets: OrderedDict[tuple[Asking, str], Bucket] = OrderedDict()

    @classmethod
    def from_settings(cls, settings: SecuritySettings) -> Self:
        per_minute = {
            Asking.READ: settings.reads_per_minute,
            Asking.WRITE: settings.writes_per_minute,
            Asking.EXPORT: settings.exports_per_minute,
            Asking.UNKNOWN: settings.strangers_per_minute,
        }
        return cls({kind: RateLimit(most, MINUTE) for kind, most in per_minute.items() if most})

    def take(self, kind: Asking, who: str, now: datetime) -> Decision:
        """Count one request of `who`. Whoever has been quiet longest is forgotten first."""
        limit = self._limits.get(kind)
        if limit is None:
            return FREE
        key = (kind, who)
        bucket, decision = take(self._buckets.pop(key, None), now, limit)
        self._buckets[key] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return decision


def network_of(address: str) -> str:
    """Whom an address stands for: itself, or its /64, which is one household's in IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
