"""newvoices messages: what a restore holds back, and letting it go."""

from __future__ import annotations

import typer

from services.cli.compose import make_nodes
from services.notifications import holding
from services.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def about() -> None:
    """After a restore no message goes out until you release them."""


@app.command()
def held() -> None:
    """Say what waits."""
    (node,) = make_nodes(Settings(), names=("notifications",))
    found = node.database.read(holding.look)
    node.close()
    if found is None:
        typer.echo("Nothing is held: messages go out.")
        return
    typer.echo(f"Held since a restore of a backup of {found.since:%d %B %Y, %H:%M} UTC.")
    for (kind, channel), count in sorted(found.waiting.items()):
        typer.echo(f"{count:>7}  {kind} by {channel}")
    typer.echo("Start the service, wait until this list stays the same, then release them.")


@app.command()
def release() -> None:
    """Let messages go out. Each that waits is looked up at the provider first."""
    (node,) = make_nodes(Settings(), names=("notifications",))
    count = node.writer.write(lambda session: holding.release(session, node.now()))
    node.close()
    typer.echo(f"Released. {count} messages are looked up at the provider before they are sent.")
    typer.echo("Emails cannot be looked up: each becomes a task for a person.")
