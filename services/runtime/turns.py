"""How long a thread may keep the interpreter while others wait for it."""

import sys

TURN_SECONDS = 0.0005


def take_short_turns() -> None:
    """For a process that works and answers at once.

    Each statement of the database gives the interpreter up and has to wait for it again; with
    Python's own 5 ms a turn, a transaction of ten short statements waits 50 ms beside busy threads.
    """
    sys.setswitchinterval(TURN_SECONDS)
