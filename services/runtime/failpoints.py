"""Named places where a fault test can stop the process dead, between two commits.

`NEWVOICES_FAILPOINT=name` or `name:3` (the third time) kills the process there
with SIGKILL. Without the variable a failpoint costs one dictionary look-up.
"""

from __future__ import annotations

import os
import signal

_wanted, _, _count = os.environ.get("NEWVOICES_FAILPOINT", "").partition(":")
_left = {_wanted: int(_count or 1)} if _wanted else {}


def failpoint(name: str) -> None:
    if name in _left:
        _left[name] -= 1
        if _left[name] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
