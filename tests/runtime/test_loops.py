from __future__ import annotations

import threading

from services.runtime.loops import Loops
from services.runtime.signal import Signal


def test_what_comes_while_a_loop_gathers_is_one_step() -> None:
    loops, wake = Loops(), Signal()
    steps: list[int] = []
    stepped, woken = threading.Event(), threading.Event()

    def step() -> bool:
        steps.append(wake.count)
        stepped.set()
        return False

    waits: list[float] = []

    def gather(seconds: float) -> bool:
        # Meanwhile a burst comes; the loop is let go on once it is over.
        waits.append(seconds)
        woken.wait(30)
        return False

    loops.stopping.wait = gather  # type: ignore[assignment,method-assign]
    loops.spawn("sample", step, wake, idle=30, gather=0.1)
    assert stepped.wait(30)
    stepped.clear()
    for _ in range(50):
        wake.notify()
    woken.set()
    assert stepped.wait(30)
    loops.stop([wake])
    assert waits[0] == 0.1
    assert steps[1] == 50
