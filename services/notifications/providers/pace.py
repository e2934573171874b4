"""How fast a provider may be called, and how long to wait after a failure."""

import threading
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from services.notifications.providers.base import (
    Accepted,
    Blame,
    OutgoingSms,
    SmsProvider,
    TemporaryFailure,
)

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)
LONGEST_WAIT = 2.0


def backoff(attempts: int, luck: float) -> timedelta:
    """Pause after the `attempts`-th failure (1 or more): doubling, capped, half of it by chance.

    luck: a random number from 0 to 1, so that many messages do not come back all at once.
    """
    full = min(FIRST_PAUSE * 2.0 ** min(attempts - 1, 20), LONGEST_PAUSE)
    return full * (0.5 + 0.5 * luck)


class Pace:
    """A bucket of permits that fills at `per_second` up to `burst`."""

    def __init__(self, per_second: float, burst: int = 1) -> None:
        if per_second <= 0 or burst < 1:
            raise ValueError("A pace needs a rate above zero and room for one message.")
        self._per_second = per_second
        self._burst = float(burst)
        self._permits = float(burst)
        self._at: float | None = None
        self._lock = threading.Lock()

    def reserve(self, now: float, longest_wait: float) -> float | None:
        """Seconds to wait before the permit just taken may be used.

        now: seconds on a clock that never goes back. None, and no permit is taken, when the wait
        would be longer than `longest_wait`.
        """
        with self._lock:
            elapsed = 0.0 if self._at is None else max(0.0, now - self._at)
            permits = min(self._burst, self._permits + elapsed * self._per_second)
            self._at = now if self._at is None else max(self._at, now)
            self._permits = permits
            wait = max(0.0, (1.0 - permits) / self._per_second)
            if wait > longest_wait:
                return None
            self._permits -= 1.0
            return wait


class PacedSms:
    """SmsProvider that keeps another within its pace."""

    def __init__(
        self,
        inner: SmsProvider,
        pace: Pace,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = inner.name
        self.can_look_up = inner.can_look_up
        self._inner = inner
        self._pace = pace
        self._clock = clock
        self._sleep = sleep

    def send(self, message: OutgoingSms) -> Accepted:
        """Wait for a permit of up to two seconds; beyond that TemporaryFailure "paced"."""
        wait = self._pace.reserve(self._clock(), LONGEST_WAIT)
        if wait is None:
            raise TemporaryFailure(
                "paced",
                "Many messages are waiting. It will be tried again.",
                Blame.NETWORK,
                retry_after=timedelta(seconds=LONGEST_WAIT),
                surely_not_sent=True,
            )
        if wait > 0:
            self._sleep(wait)
        return self._inner.send(message)

    def find(
        self, message: OutgoingSms, since: datetime, known_ids: Collection[str] = ()
    ) -> Accepted | None:
        """See SmsProvider.find."""
        return self._inner.find(message, since, known_ids)
