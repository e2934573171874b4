"""newvoices keys: the master keys that wrap each person's own key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.compose import make_nodes
from services.cli.rotation import rewrap_all
from services.runtime.security.keys import write_private
from services.runtime.security.master_keys import (
    LocalMasterKeys,
    add_master_key,
    master_key_path,
    retire_master_key,
)
from services.runtime.settings import Settings

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


@app.command()
def rotate(
    retire: Annotated[bool, typer.Option(help="take the old keys out of the file")] = False,
) -> None:
    """Add a master key and bring every sealed value under it. Stop the service first.

    Backups made before stay under the old keys: keep a copy of the old file with them.
    """
    settings = Settings()
    path = key_file(settings)
    before = LocalMasterKeys.from_json(path.read_bytes())
    added = add_master_key(path)
    for node in make_nodes(settings):
        try:
            typer.echo(f"{node.name:<14}{rewrap_all(node)} values under {added.current_id}")
            node.database.scrub()
        finally:
            node.close()
    if retire:
        for key_id in before.keys:
            retire_master_key(path, key_id)
        typer.echo(f"taken out: {', '.join(before.keys)}")


def key_file(settings: Settings) -> Path:
    """Where the key ring is. Exits with a sentence when it comes from the environment."""
    if settings.security.master_key_file:
        return settings.security.master_key_file
    folder = settings.secrets_dir()
    if settings.security.master_keys or folder is None:
        typer.echo("The keys are in NEWVOICES_MASTER_KEYS. Put them into a file first.", err=True)
        raise typer.Exit(1)
    return master_key_path(folder)
