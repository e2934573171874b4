"""newvoices accounts: the first accounts of an organisation, from the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli.compose import make_nodes
from services.outreach.commands.accounts import create_account
from services.runtime.errors import DomainError
from services.runtime.security.principal import Role
from services.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def main() -> None:
    """Accounts. An administrator adds the others on the web or through the API."""


@app.command()
def add(
    email: str,
    name: str,
    role: Role,
    organisation: Annotated[str, typer.Option(help="short name, such as elmfield")],
    team: Annotated[str | None, typer.Option(help="short name of a team")] = None,
    password: Annotated[
        str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)
    ] = "",
) -> None:
    """Add an account; the password is asked for and never shown."""
    (node,) = make_nodes(Settings(), names=("outreach",))
    try:
        with node.database.writing() as session:
            made = create_account(
                session,
                email=email,
                name=name,
                password=password,
                role=role,
                organisation_id=organisation,
                team_id=team,
                now=node.now(),
            )
    except (DomainError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    finally:
        node.close()
    typer.echo(f"Account {made} is ready.")
