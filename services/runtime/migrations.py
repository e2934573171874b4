"""Brings each service's database to the newest schema, through Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from services.runtime.database import Database
from services.runtime.service import Service
from services.runtime.tables import RUNTIME


def config(service: Service) -> Config:
    cfg = Config()
    cfg.set_main_option("script_location", str(Path(__file__).parent / "alembic"))
    cfg.set_main_option("version_locations", str(service.migrations))
    cfg.set_main_option("path_separator", "os")
    return cfg


def upgrade(service: Service, database: Database) -> None:
    """Apply what is missing. Safe to call at every start, and by several processes at once."""
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            # Held until the commit below; whoever comes second finds nothing left to do.
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('newvoices-migrate'))"))
        cfg = config(service)
        cfg.attributes["connection"] = connection
        cfg.attributes["metadata"] = [RUNTIME, service.metadata]
        command.upgrade(cfg, "head")
        connection.commit()


def is_current(service: Service, database: Database) -> bool:
    with database.engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
    return at == ScriptDirectory.from_config(config(service)).get_current_head()


def _is_modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Full-text indexes are made by migrations alone: databases differ too much for a model."""
    return kind != "table" or "_fts" not in (name or "")


def differences(service: Service, connection: Connection) -> list[object]:
    """What the models have and the migrated schema has not, or the other way round.

    Tables that stand apart on PostgreSQL are made by SQL of their own and left out there.
    """
    in_one = connection.dialect.name == "sqlite"
    merged = MetaData(naming_convention=RUNTIME.naming_convention)
    for metadata in (RUNTIME, service.metadata):
        for table in metadata.tables.values():
            if in_one or table.schema is None:
                table.to_metadata(merged, schema=None)  # type: ignore[arg-type]
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "include_name": _is_modelled}
    )
    return list(compare_metadata(context, merged))
