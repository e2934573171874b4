"""Several providers of text messages in order: the next one steps in when one is away.

Only a failure that surely sent nothing moves a message on. After an unknown outcome another
provider would mean a second text; after a refusal for good, STOP above all, it would mean going
behind a person's back.
"""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from services.notifications.providers.base import (
    Accepted,
    OutgoingSms,
    SmsProvider,
    TemporaryFailure,
)

FAILURES_BEFORE_REST = 3
REST_SECONDS = 30.0


class FailoverSms:
    """SmsProvider made of others. One that keeps failing rests for half a minute."""

    def __init__(
        self, providers: Sequence[SmsProvider], clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not providers:
            raise ValueError("At least one provider is needed.")
        self.name = "+".join(p.name for p in providers)
        self.can_look_up = all(p.can_look_up for p in providers)
        self._providers = tuple(providers)
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = [0] * len(providers)
        self._rests_until = [0.0] * len(providers)

    def send(self, message: OutgoingSms) -> Accepted:
        """See SmsProvider.send. When all are away, the first one's failure is raised."""
        first: TemporaryFailure | None = None
        for index in self._awake_first():
            try:
                accepted = self._providers[index].send(message)
            except TemporaryFailure as failure:
                if not failure.surely_not_sent:
                    raise
                self._note(index, failed=True)
                first = first or failure
                continue
            self._note(index, failed=False)
            return accepted
        assert first is not None
        raise first

    def _awake_first(self) -> list[int]:
        """Those that do not rest, in order; all of them if all rest."""
        now = self._clock()
        with self._lock:
            awake = [i for i, until in enumerate(self._rests_until) if until <= now]
        return awake or list(range(len(self._providers)))

    def _note(self, index: int, *, failed: bool) -> None:
        with self._lock:
            self._failures[index] = self._failures[index] + 1 if failed else 0
            if self._failures[index] >= FAILURES_BEFORE_REST:
                self._failures[index] = 0
                self._rests_until[index] = self._clock() + REST_SECONDS

    def find(
        self, message: OutgoingSms, since: datetime, known_ids: Collection[str] = ()
    ) -> Accepted | None:
        """Asks each provider. None only when every one of them has answered."""
        for provider in self._providers:
            found = provider.find(message, since, known_ids)
            if found is not None:
                return found
        return None
