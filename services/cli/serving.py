"""Serves everything from one process."""

from __future__ import annotations

import typer
import uvicorn

from services.cli.compose import embedded
from services.cli.seeding import seed_nodes
from services.runtime.logs import configure_logging
from services.runtime.settings import Settings


def serve(seed: bool, accounts: bool, port: int | None) -> None:
    settings = Settings()
    configure_logging()
    typer.echo("Preparing the databases …")
    app, nodes = embedded(settings)
    if seed or accounts:
        typer.echo(seed_nodes(nodes, people=seed))
    listen = port or settings.port
    typer.echo(f"New Voices: http://localhost:{listen}   (stop with Ctrl+C)")
    uvicorn.run(app, host=settings.host, port=listen, log_config=None, access_log=False)
