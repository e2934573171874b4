"""newvoices schemas: write the generated documents, check them, check compatibility."""

from __future__ import annotations

import typer

from schemas.documents import differences_on_disk, write_documents

app = typer.Typer(no_args_is_help=True)


@app.command()
def write() -> None:
    """Write JSON Schema and AsyncAPI documents for every event."""
    for path in write_documents():
        typer.echo(path)


@app.command()
def check() -> None:
    """Fail when the documents differ from the code, or break what consumers read today."""
    problems = differences_on_disk()
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)
    typer.echo("The schemas are as published, or compatible with it.")
