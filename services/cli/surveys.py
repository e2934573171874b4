"""newvoices survey: responses about co-production, from a file or made up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from services.cli.community import ORGANISATION
from services.cli.compose import make_nodes
from services.matching.survey import reading, store
from services.matching.survey.sample import sample as made_up
from services.runtime.errors import DomainError
from services.runtime.security.principal import Principal, Role
from services.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True)

# Whoever runs a command on the server is no account of the service; the audit trail shows this id.
COMMAND_LINE = UUID(int=0)


@app.callback()
def surveys() -> None:
    """Responses about co-production, as charts of familiarity and barriers."""


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="responses as CSV")],
    name: Annotated[str, typer.Option(help="what to call it; the file's name without one")] = "",
    organisation: Annotated[str, typer.Option(help="whose survey it is")] = ORGANISATION,
) -> None:
    """Take in a file of responses: all of it, or nothing with every fault by line and column."""
    with file.open("rb") as opened:
        content = opened.read(reading.LARGEST + 1)
    principal = Principal(COMMAND_LINE, Role.COORDINATOR, organisation, None, "command-line")
    (node,) = make_nodes(Settings(), names=("matching",))
    given = store.File(name or file.stem, content)
    try:
        taken = node.writer.write(lambda s: store.take_in(s, principal, given, node.now()))
    except DomainError as error:
        typer.echo(error.detail, err=True)
        typer.echo("Nothing was taken in.", err=True)
        raise typer.Exit(1) from None
    finally:
        node.close()
    if taken.again:
        typer.echo("This very file was taken in before. Nothing has changed.")
        return
    share = taken.completed / taken.respondents
    synthetic = " The responses are synthetic." if taken.synthetic else ""
    typer.echo(f"{taken.respondents} responses, {share:.0%} complete.{synthetic}")


@app.command()
def sample(
    file: Annotated[Path | None, typer.Argument(help="write here; none: to the screen")] = None,
    seed: Annotated[int, typer.Option(help="another seed, other made-up answers")] = 2023,
) -> None:
    """Make up responses with the published totals: 997 people, 84% complete. Marked synthetic."""
    content = made_up(seed)
    if file is None:
        typer.echo(content.decode(), nl=False)
    else:
        file.write_bytes(content)
