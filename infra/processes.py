"""Start, find and stop background servers by process id.

Shared by ``infra.kafka`` and ``infra.postgres``. A pid file holds the process id and the
kernel's start time of that process, so that a reused id is never mistaken for the server.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class MissingProgram(RuntimeError):
    """A program is not there and cannot be fetched; the message says how to install it."""


class StartFailed(RuntimeError):
    """A server ended, or did not answer in time; the message ends with its last log lines."""


# Kept so that a server started here can be reaped once it has ended.
_children: dict[int, subprocess.Popen[bytes]] = {}


def need_program(name: str, package: str) -> str:
    """Path of program ``name``; MissingProgram naming the Debian ``package`` if there is none."""
    path = shutil.which(name)
    if path is None:
        raise MissingProgram(f"{name} is not installed. Debian: apt-get install {package}")
    return path


def free_ports(count: int) -> list[int]:
    """``count`` different TCP ports of 127.0.0.1 that were free a moment ago."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    pid_file: Path,
    user: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> int:
    """Start ``command`` in a session of its own, output appended to ``log``; its process id."""
    with log.open("ab") as out:
        child = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            env=dict(environment) if environment is not None else None,
            cwd="/",
        )
    _children[child.pid] = child
    pid_file.write_text(f"{child.pid} {_start_time(child.pid)}\n")
    return child.pid


def running_pid(pid_file: Path) -> int | None:
    """The process id in ``pid_file`` while that very process still runs, otherwise None."""
    try:
        pid_text, _, started = pid_file.read_text().strip().partition(" ")
    except FileNotFoundError:
        return None
    pid = int(pid_text)
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        return None
    return pid if started and _start_time(pid) == started else None


def stop(pid_file: Path, *, sign: signal.Signals = signal.SIGTERM, patience: float = 30) -> bool:
    """Signal the process and wait until it has ended; False when it was not running.

    After ``patience`` seconds the process is killed.
    """
    pid = running_pid(pid_file)
    if pid is None:
        return False
    os.kill(pid, sign)
    deadline = time.monotonic() + patience
    while running_pid(pid_file) is not None:
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + patience
        time.sleep(0.05)
    pid_file.unlink(missing_ok=True)
    return True


def last_lines(log: Path, count: int = 15) -> str:
    """The last ``count`` lines of a log, empty when there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])


def _start_time(pid: int) -> str:
    """Start time and liveness of a process, "" when it has ended (or awaits reaping)."""
    try:
        # Fields after the command name, which is in brackets and may hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return ""
        return _start_time_by_ps(pid)
    except ProcessLookupError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _start_time_by_ps(pid: int) -> str:
    """The same where there is no /proc (macOS)."""
    answer = subprocess.run(  # noqa: S603
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else started.strip().replace(" ", "-")
