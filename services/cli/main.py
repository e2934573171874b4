"""The newvoices command line: run, demo, seed, dead letters, doctor, schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli import accounts as account_commands
from services.cli import (
    auditing,
    checking,
    keyring,
    letters,
    profiles,
    resending,
    retaining,
    schema_files,
    selecting,
    sending,
    subject_access,
    surveys,
)

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
app.add_typer(letters.app, name="dead-letters", help="events that could not be taken into effect")
app.add_typer(resending.app, name="events", help="send events of a time once more")
app.add_typer(schema_files.app, name="schemas", help="JSON Schema and AsyncAPI documents")
app.add_typer(selecting.app, name="selection", help="fair selections that anybody can check")
app.add_typer(keyring.app, name="keys", help="master keys of an installation")
app.add_typer(account_commands.app, name="accounts", help="the first accounts")
app.add_typer(profiles.app, name="profiles", help="census tables that targets can come from")
app.add_typer(surveys.app, name="survey", help="responses about co-production, as charts")
app.add_typer(auditing.app, name="audit", help="who read or changed what about whom")
app.add_typer(retaining.app, name="retention", help="what has been kept for long enough")
app.add_typer(sending.app, name="messages", help="what a restore holds back")
app.command("doctor")(checking.doctor)
app.command("subject-access")(subject_access.subject_access)


@app.command()
def run(
    seed: Annotated[
        bool, typer.Option(help="fill an empty database with a small community")
    ] = False,
    accounts: Annotated[bool, typer.Option(help="add the made-up accounts only")] = False,
    port: Annotated[int | None, typer.Option(help="listen on this port")] = None,
) -> None:
    """Serve all three services from one process."""
    from services.cli.serving import serve

    serve(seed=seed, accounts=accounts, port=port)


@app.command()
def web(
    names: Annotated[list[str] | None, typer.Argument(help="services; none means all")] = None,
    accounts: Annotated[bool, typer.Option(help="add the made-up accounts only")] = False,
    port: Annotated[int | None, typer.Option(help="listen on this port")] = None,
) -> None:
    """Serve the web applications only; workers run in processes of their own."""
    from services.cli.serving import serve_web

    serve_web(names or [], accounts, port)


@app.command()
def worker(
    names: Annotated[list[str] | None, typer.Argument(help="services; none means all")] = None,
) -> None:
    """Relay, receive and process events, and do timed work."""
    from services.cli.serving import work

    work(names or [])


@app.command()
def demo(
    keep: Annotated[Path | None, typer.Option(help="keep the demo's data in this folder")] = None,
) -> None:
    """Play the whole journey through the HTTP APIs and check every step."""
    from services.cli.demo import play

    raise typer.Exit(play(keep))


@app.command()
def seed() -> None:
    """Fill the databases with a small community, once."""
    from services.cli.seeding import seed_databases

    typer.echo(seed_databases())


@app.command()
def backup(folder: Annotated[Path, typer.Argument(help="a new folder")]) -> None:
    """Copy all three databases, as they are at one moment. The keys are not in it: keep them
    apart."""
    from services.cli.safekeeping import SafekeepingError, back_up
    from services.runtime.clock import utc_now
    from services.runtime.settings import Settings

    try:
        for name, digest in back_up(Settings(), folder, utc_now()).items():
            typer.echo(f"{name:<18}{digest}")
    except SafekeepingError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="a backup")],
    replace: Annotated[bool, typer.Option(help="the databases there are go for good")] = False,
    erased: Annotated[
        list[Path] | None, typer.Option(help="lists of ids erased since, one a line")
    ] = None,
) -> None:
    """Put a backup in place and erase again whoever was erased since. Stop the service first."""
    from services.cli.safekeeping import SafekeepingError
    from services.cli.safekeeping import restore as put_back
    from services.runtime.settings import Settings

    try:
        count = put_back(Settings(), folder, replace, erased or [])
    except SafekeepingError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"The backup is in place; {count} erased records were erased again.")
    typer.echo("No message goes out until you release them, so that nobody gets one twice:")
    typer.echo("newvoices messages held, then newvoices messages release")
    if Settings().kafka is not None:
        typer.echo("Kafka still has what came after it: send what is missing there with")
        typer.echo("newvoices events resend --since TIME-OF-THE-BACKUP")
