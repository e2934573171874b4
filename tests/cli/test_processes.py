from __future__ import annotations

import signal
import subprocess
import sys

from services.cli.processes import stop

DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); input()"


def test_a_process_that_does_not_listen_is_ended_all_the_same() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", DEAF], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    stop(process, patience=0.1)
    assert process.returncode == -signal.SIGKILL
