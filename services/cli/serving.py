"""Processes: everything in one, or web and workers apart."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence

import typer
import uvicorn
from fastapi import FastAPI

from services.cli.compose import NAMES, everything, make_nodes, make_root
from services.cli.seeding import seed_nodes
from services.runtime.logs import configure_logging
from services.runtime.metrics import serve_metrics
from services.runtime.node import Node
from services.runtime.running import runner_for
from services.runtime.settings import Settings
from services.runtime.tracing import configure_tracing


def serve(seed: bool, accounts: bool, port: int | None) -> None:
    """All three services, web and work."""
    settings = _prepare("all")
    typer.echo("Preparing the databases …")
    app, nodes = everything(settings)
    if seed or accounts:
        typer.echo(seed_nodes(nodes, people=seed))
    _listen(app, nodes, settings, port)


def serve_web(names: Sequence[str], accounts: bool, port: int | None) -> None:
    """The web applications of some services; their workers run elsewhere."""
    settings = _prepare("web")
    nodes = make_nodes(settings, names=checked(names))
    if accounts:
        typer.echo(seed_nodes(nodes, people=False))
    _listen(make_root(nodes), nodes, settings, port)


def work(names: Sequence[str]) -> None:
    """The workers of some services: relay, consumer, processing and timed work."""
    settings = _prepare("worker")
    nodes = make_nodes(settings, names=checked(names))
    runner = runner_for(nodes)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    serve_metrics(nodes, settings.metrics_port, settings.host)
    runner.start()
    typer.echo(f"Working for {', '.join(node.name for node in nodes)}   (stop with Ctrl+C)")
    stopping.wait()
    runner.stop()
    for node in nodes:
        node.close()


def checked(names: Sequence[str]) -> Sequence[str]:
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        raise typer.BadParameter(f"There is no service {unknown[0]}; take of {', '.join(NAMES)}.")
    return names or NAMES


def _prepare(process: str) -> Settings:
    configure_logging(process=process)
    configure_tracing(process)
    return Settings()


def _listen(app: FastAPI, nodes: Sequence[Node], settings: Settings, port: int | None) -> None:
    serve_metrics(nodes, settings.metrics_port, settings.host)
    listen = port or settings.port
    typer.echo(f"New Voices: http://localhost:{listen}   (stop with Ctrl+C)")
    uvicorn.run(
        app,
        host=settings.host,
        port=listen,
        log_config=None,
        access_log=False,
        forwarded_allow_ips=settings.trusted_proxies,
    )
