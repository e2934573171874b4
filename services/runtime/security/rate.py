"""Lock-out after failed sign-ins and limits on rates: pure decisions on counts and times.

The caller keeps the times or the bucket in its database and applies the decision in the same
transaction. A lock-out never lasts longer than a quarter of an hour, so nobody can shut somebody
else out for a day (OWASP ASVS 5.0, 6.3.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to go on, and if not, how long until it is worth trying again."""

    allowed: bool
    retry_after: timedelta = timedelta(0)

    @property
    def retry_after_seconds(self) -> int:
        """For the Retry-After header: whole seconds, rounded up."""
        return -int(-self.retry_after.total_seconds() // 1)


@dataclass(frozen=True, slots=True)
class LockPolicy:
    """From the `free_tries`-th failure within `memory` on, each one doubles the wait."""

    free_tries: int = 5
    first_wait: timedelta = timedelta(seconds=30)
    longest_wait: timedelta = timedelta(minutes=15)
    memory: timedelta = timedelta(hours=1)


def may_try(
    failures: Sequence[datetime], now: datetime, policy: LockPolicy = LockPolicy()
) -> Decision:
    """Whether another sign-in may be tried; `failures` are times since the last success."""
    past = [time for time in failures if time <= now]
    if not past:
        return Decision(True)
    # Counted back from the last failure, so that a wait once told does not shrink on the way.
    last = max(past)
    beyond = sum(time > last - policy.memory for time in past) - policy.free_tries
    if beyond < 0:
        return Decision(True)
    # 2**20 half minutes is far past any longest wait; the cap keeps the number small.
    wait = min(policy.first_wait * 2 ** min(beyond, 20), policy.longest_wait)
    left = last + wait - now
    return Decision(True) if left <= timedelta(0) else Decision(False, left)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `capacity` at once, refilled evenly over `per`."""

    capacity: int
    per: timedelta


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left, as of a time (a token bucket)."""

    tokens: float
    at: datetime


def take(bucket: Bucket | None, now: datetime, limit: RateLimit) -> tuple[Bucket, Decision]:
    """Take one from the bucket (None: a full one). Store the bucket either way."""
    if bucket is None:
        bucket = Bucket(float(limit.capacity), now)
    # Clocks of two machines differ a little: time never runs backwards for a bucket.
    now = max(now, bucket.at)
    refill = limit.capacity * ((now - bucket.at) / limit.per)
    tokens = min(float(limit.capacity), bucket.tokens + refill)
    if tokens >= 1:
        return Bucket(tokens - 1, now), Decision(True)
    wait = limit.per * ((1 - tokens) / limit.capacity)
    return Bucket(tokens, now), Decision(False, max(wait, timedelta(microseconds=1)))
