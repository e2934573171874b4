"""``python -m infra.postgres start|stop|status`` from the top of the clone, or ``postgres.sh``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from infra.postgres.server import SERVICES, Server
from infra.processes import MissingProgram, StartFailed


def main() -> int:
    """Exit status 0 when done, 1 on an error, 3 for ``status`` of a server that is not up."""
    arguments = _arguments()
    try:
        if arguments.command == "start":
            return _start(arguments)
        return _stop(arguments) if arguments.command == "stop" else _status(arguments)
    except (MissingProgram, StartFailed, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="infra/postgres/postgres.sh",
        description="PostgreSQL on 127.0.0.1 with one database and role a service.",
    )
    parser.add_argument("command", choices=["start", "stop", "status"])
    parser.add_argument("--folder", type=Path, default=Path("var/postgres"))
    parser.add_argument("--tls", action="store_true", help="encrypted connections only")
    return parser.parse_args()


def _start(arguments: argparse.Namespace) -> int:
    if (arguments.folder / "server.json").exists():
        server = Server.open(arguments.folder)
        if server.tls != arguments.tls:
            raise ValueError(
                f"{arguments.folder} holds a server {'with' if server.tls else 'without'} TLS."
                " Start it that way, choose another --folder, or remove the folder."
            )
    else:
        print("Preparing PostgreSQL …", file=sys.stderr)
        server = Server.create(arguments.folder, tls=arguments.tls)
    server.start()
    for service in SERVICES:
        print(server.url(service))
    return 0


def _stop(arguments: argparse.Namespace) -> int:
    if (arguments.folder / "server.json").exists():
        Server.open(arguments.folder).stop()
    return 0


def _status(arguments: argparse.Namespace) -> int:
    if not (arguments.folder / "server.json").exists():
        print(f"no server in {arguments.folder}", file=sys.stderr)
        return 3
    server = Server.open(arguments.folder)
    print(f"port {server.port}: {f'running, pid {server.pid}' if server.pid else 'stopped'}")
    return 0 if server.pid else 3


if __name__ == "__main__":
    sys.exit(main())
