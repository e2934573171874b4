"""newvoices profiles: census tables that targets can come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.compose import make_nodes
from services.matching import reference
from services.matching.profiles import LICENCE, ProfileError
from services.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def profiles() -> None:
    """Census tables that targets can come from."""


@app.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="CSV, ZIP or JSON"),
    ],
) -> None:
    """Keep the areas of a Census 2021 table: a CSV or ZIP of ONS or Nomis, or a JSON summary."""
    (node,) = make_nodes(Settings(), names=("matching",))
    try:
        found = node.writer.write(lambda session: reference.import_file(session, file, node.now()))
    except ProfileError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    finally:
        node.close()
    for list_id, areas in found.items():
        typer.echo(f"{list_id}: {areas} area{'' if areas == 1 else 's'}")
    typer.echo(LICENCE)
