"""Threads that do one step after the other, sleep until woken, and go on after an error."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import structlog

from services.runtime.processor import describe
from services.runtime.signal import Signal

log = structlog.get_logger()

IDLE_SECONDS = 0.5
PAUSE_AFTER_ERROR_SECONDS = 1.0


class Loops:
    """Named loops that start at once and end together."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def spawn(
        self,
        name: str,
        step: Callable[[], bool],
        wake: Signal,
        idle: float = IDLE_SECONDS,
        gather: float = 0.0,
    ) -> None:
        """Call `step` again at once while it returns true, else on `wake` or after `idle` s.

        gather: seconds to wait before each further step, so that it does for all that come then.
        """
        thread = threading.Thread(
            target=self._loop, args=(name, step, wake, idle, gather), name=name, daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def stop(self, signals: Sequence[Signal]) -> None:
        """End every loop after the step it is in; `signals` are those the loops sleep on."""
        self.stopping.set()
        for signal in signals:
            signal.notify()
        for thread in self._threads:
            thread.join(timeout=30)

    def _loop(
        self, name: str, step: Callable[[], bool], wake: Signal, idle: float, gather: float
    ) -> None:
        while not self.stopping.is_set():
            seen = wake.count
            more = False
            try:
                more = step()
            except Exception as error:
                log.error("loop failed, going on", loop=name, reason=describe(error))
                self.stopping.wait(PAUSE_AFTER_ERROR_SECONDS)
            if not more:
                wake.wait_beyond(seen, idle)
            if gather:
                self.stopping.wait(gather)


def joined(signals: Sequence[Signal]) -> Signal:
    """One signal for many: the sources share it by being notified through it."""
    one = Signal()
    for signal in signals:
        signal.forward_to(one)
    return one
