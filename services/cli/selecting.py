"""newvoices selection: check a published selection record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.matching.selection.pool import UnclearRequestError
from services.matching.selection.verify import verify_file

app = typer.Typer(no_args_is_help=True)


@app.callback()
def main() -> None:
    """Fair selections that anybody can check."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="a selection record")],
    commitment: Annotated[
        str | None, typer.Option(help="the commitment that was published before the draw")
    ] = None,
) -> None:
    """Run a draw again from its record; exits with 1 when something does not hold."""
    try:
        result = verify_file(file, commitment)
    except UnclearRequestError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    for check in result.checks:
        typer.echo(f"{'holds ' if check.holds else 'FAILS '}{check.sentence}")
    if not result.holds:
        raise typer.Exit(1)
