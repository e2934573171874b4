"""Real processes of New Voices for tests, forked from one that has imported everything.

Importing takes longer than most of what tests do with a process. A process here is as real as
one started by a shell: it has its own memory, files and signals, and can be killed. The command
line itself is tried where it is the subject (the demo, `run-distributed`, the stand-in).
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerContext
from pathlib import Path

from services.runtime import failpoints

TOP = Path(__file__).resolve().parents[2]
IMPORTED_ONCE = [
    "services.cli.main",
    "services.cli.serving",
    "services.outreach.service",
    "services.matching.service",
    "services.notifications.service",
    "services.runtime.distributed",
    "services.runtime.faust_binding",
    "faust",
    "tests.support.sample",
]


class Forked:
    """A process with the methods of `subprocess.Popen` that tests use."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        output: Path | None = None,
    ) -> None:
        """`python -m module arguments`; what it prints is added to the file `output`."""
        told = (module, list(arguments), dict(environment), output)
        self._process = _context().Process(target=_run, args=told, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED_ONCE)
    return context


def _run(
    module: str, arguments: list[str], environment: dict[str, str], output: Path | None
) -> None:
    if output is not None:
        written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(written, 1)
        os.dup2(written, 2)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(TOP)
    importlib.reload(failpoints)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
