"""newvoices dead-letters: list them with their reasons, replay or discard them."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.cli.compose import NAMES, make_nodes
from services.runtime import letters
from services.runtime.lists import Paging
from services.runtime.node import Node
from services.runtime.operations import dead_letters
from services.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True)
Which = Annotated[str | None, typer.Option("--service", help="outreach, matching, notifications")]


def _nodes(service: str | None) -> list[Node]:
    if service is not None and service not in NAMES:
        raise typer.BadParameter(
            f"There is no service of this name; take one of {', '.join(NAMES)}."
        )
    return make_nodes(Settings(), names=(service,) if service else NAMES)


@app.command("list")
def list_letters(service: Which = None, limit: int = 50) -> None:
    """Show dead letters, newest first. No personal data is shown."""
    table = Table("service", "event", "type", "tries", "received", "reason")
    count = 0
    for node in _nodes(service):
        found = node.database.read(lambda session: dead_letters(session, Paging(limit)))
        for letter in found.items:
            count += 1
            received = letter.received_at.isoformat(timespec="seconds")
            table.add_row(
                node.name,
                letter.event_id,
                letter.type or "unreadable",
                str(letter.attempts),
                received,
                letter.reason,
            )
        node.close()
    Console().print(table if count else "No dead letters.")


@app.command()
def replay(
    event_ids: Annotated[list[str] | None, typer.Argument(help="none means all")] = None,
    service: Which = None,
) -> None:
    """Try dead letters again; the running service picks them up."""
    total = 0
    for node in _nodes(service):
        with node.database.writing() as session:
            total += letters.replay(session, event_ids or None, node.now())
        node.close()
    typer.echo(f"{total} made due again.")


@app.command()
def discard(event_id: str, service: Which = None) -> None:
    """Give one dead letter up for good; later events of its key go on."""
    found = False
    for node in _nodes(service):
        with node.database.writing() as session:
            found |= letters.discard(session, event_id, node.now())
        node.close()
    if not found:
        typer.echo("There is no dead letter with this id.", err=True)
        raise typer.Exit(1)
    typer.echo("Discarded.")
