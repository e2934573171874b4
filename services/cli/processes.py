"""Starts New Voices as processes of its own, for the demo, the tests and the benches."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx

from services.cli.journey import JourneyError, eventually
from services.notifications.standin import Standin

START_SECONDS = 150.0


class Running(Protocol):
    """A process, however it was started."""

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""


@contextmanager
def serving(data: Path, standin: Standin, seed: str = "accounts", **more: str) -> Iterator[str]:
    """A New Voices process on a free port; yields its address.

    seed: "accounts" for accounts only, "people" for the whole made-up community.
    """
    wanted = "--seed" if seed == "people" else "--accounts"
    port = free_port()
    base = f"http://localhost:{port}"
    standin.inbound_url = f"{base}/notifications/webhooks/twilio/inbound"
    log = data / "demo.log"
    data.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        told = ("run", wanted, "--port", str(port))
        process = start_process(data, port, standin, output, *told, **more)
        try:
            wait_until_ready(base, process, log)
            yield base
        finally:
            stop(process)


def start_process(
    data: Path, port: int, standin: Standin, output: Any, *arguments: str, **more: str
) -> subprocess.Popen[bytes]:
    """`newvoices` with these arguments, or all of it in one process on `port` without any."""
    told = arguments or everything_on(port)
    command = [sys.executable, "-m", "services.cli", *told]
    environment = environment_of(data, port, standin, **more)
    return subprocess.Popen(command, env=environment, stdout=output, stderr=output)  # noqa: S603


def everything_on(port: int) -> tuple[str, ...]:
    """Arguments of `newvoices` for all of it in one process, with accounts and nobody else."""
    return ("run", "--accounts", "--port", str(port))


def environment_of(data: Path, port: int, standin: Standin, **more: str) -> dict[str, str]:
    """Variables of a process: whatever it sends goes to the stand-in; `more` are further ones."""
    return {
        **os.environ,
        "NEWVOICES_DATA_DIR": str(data),
        "NEWVOICES_PUBLIC_BASE_URL": f"http://localhost:{port}",
        "TWILIO_ACCOUNT_SID": standin.account_sid,
        "TWILIO_AUTH_TOKEN": standin.auth_token,
        "TWILIO_FROM": standin.from_number,
        "TWILIO_BASE_URL": standin.url,
        "NEWVOICES_QUIET_HOURS": "false",  # a demonstration may be at night
        **more,
    }


def stop(process: subprocess.Popen[bytes], patience: float = 30.0) -> None:
    """Ask a process to end; end it after `patience` seconds."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until_ready(base: str, process: Running, log: Path) -> None:
    """Return once every service at `base` is ready; JourneyError with the log's end if not."""

    def ready() -> bool:
        if process.poll() is not None:
            raise JourneyError(f"New Voices stopped at its start:\n{tail(log)}")
        try:
            answers = [
                httpx.get(f"{base}/{name}/health/ready", timeout=5).status_code == 200
                for name in ("outreach", "matching", "notifications")
            ]
        except httpx.TransportError:
            return False
        return all(answers)

    eventually("New Voices", ready, START_SECONDS, 0.1)


def tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
