"""A wake-up call between threads that is never missed: waiters remember how far they have seen."""

from __future__ import annotations

import threading


class Signal:
    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0
        self._next: list[Signal] = []

    def notify(self) -> None:
        with self._condition:
            self._count += 1
            self._condition.notify_all()
        for signal in self._next:
            signal.notify()

    def forward_to(self, other: Signal) -> None:
        """Whoever waits on `other` is woken by this one too."""
        self._next.append(other)

    @property
    def count(self) -> int:
        return self._count

    def wait_beyond(self, seen: int, timeout: float) -> int:
        """Return as soon as the count exceeds `seen`, or after `timeout` seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._count > seen, timeout)
            return self._count
