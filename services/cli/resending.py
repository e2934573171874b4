"""newvoices events resend: send a time's events to Kafka once more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from services.cli.compose import NAMES, make_nodes
from services.runtime.settings import Settings
from services.runtime.tidying import resend as resend_events

app = typer.Typer(no_args_is_help=True)

Moment = Annotated[datetime, typer.Option(help="UTC, such as 2026-03-02T09:30:00")]


@app.callback()
def about() -> None:
    """Events that were sent before."""


@app.command()
def resend(
    since: Moment,
    until: Annotated[datetime | None, typer.Option(help="UTC; none means now")] = None,
) -> None:
    """For a Kafka that lost what it had acknowledged. Services that had an event ignore it."""
    total = 0
    for node in make_nodes(Settings(), names=NAMES):
        end = until.replace(tzinfo=UTC) if until else node.now()
        with node.database.writing() as session:
            total += resend_events(session, since.replace(tzinfo=UTC), end)
        node.close()
    typer.echo(f"{total} events are due again; the relays send them.")
