"""newvoices doctor: what works here, what is missing, and what to do about it."""

from __future__ import annotations

import typer

from services.cli.compose import services
from services.outreach.monitoring import can_be_read_by_us
from services.runtime import migrations
from services.runtime.backlog import backlog
from services.runtime.database import Database, database_url
from services.runtime.processor import describe
from services.runtime.security.keys import readable_by_others
from services.runtime.service import Service
from services.runtime.settings import Settings


def doctor() -> None:
    """Check the settings, the databases, the providers and the dead letters."""
    settings = Settings()
    mode = "embedded: one process, SQLite" if settings.embedded else "distributed: Kafka"
    typer.echo(f"mode        {mode}")
    fine = all([_check_database(service, settings) for service in services()])  # noqa: C419
    fine &= _check_keys(settings)
    sms = (
        "Twilio"
        if settings.twilio_account_sid
        else "console (TWILIO_* is not set: nothing is sent)"
    )
    typer.echo(f"SMS         {sms}")
    if not fine:
        raise typer.Exit(1)


def _check_database(service: Service, settings: Settings) -> bool:
    url = database_url(service.name, settings.database_url_of(service.name), settings.data_dir)
    database = Database(service.name, url)
    try:
        if not migrations.is_current(service, database):
            typer.echo(f"{service.name:<12}not migrated yet; `newvoices run` does it")
            return True
        counts = database.read(backlog)
        exposed = service.name == "outreach" and bool(database.read(can_be_read_by_us))
    except Exception as error:
        typer.echo(f"{service.name:<12}database does not answer: {describe(error)}")
        return False
    finally:
        database.dispose()
    typer.echo(
        f"{service.name:<12}ok; {counts.outbox} events out, {counts.pending} waiting, "
        f"{counts.dead} dead letters"
    )
    if exposed:
        typer.echo(
            "monitoring  outreach's role can read answers one by one; as the administrator of "
            "PostgreSQL run infra/postgres/monitoring-roles.sql in its database"
        )
    return not exposed


def _check_keys(settings: Settings) -> bool:
    folder = settings.secrets_dir()
    if folder is None or not folder.exists():
        return True
    open_files = [path.name for path in folder.glob("*key*") if readable_by_others(path)]
    for name in open_files:
        typer.echo(f"keys        others on this machine can read {name}; run: chmod 600 on it")
    return not open_files
