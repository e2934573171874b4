"""newvoices keys: the master keys that wrap each person's own key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.runtime.security.keys import write_private
from services.runtime.security.master_keys import LocalMasterKeys

app = typer.Typer(no_args_is_help=True)


@app.callback()
def main() -> None:
    """Master keys of an installation. Keep a copy apart from the backups of the databases."""


@app.command()
def new(file: Annotated[Path, typer.Argument(help="a file that is not there yet")]) -> None:
    """Make a key ring in a new file that only its owner may read."""
    try:
        write_private(file, LocalMasterKeys.fresh().to_json())
    except FileExistsError:
        typer.echo("There is a file of this name already; it is left as it is.", err=True)
        raise typer.Exit(1) from None
