"""Tables that every service's database has for the event flow, idempotency and audit."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    event,
    text,
)
from sqlalchemy.types import TypeEngine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite gives rowid speed and monotone growth only to a column of exactly INTEGER.
Sequence: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")

RUNTIME = MetaData(naming_convention=NAMING)

outbox = Table(
    "outbox",
    RUNTIME,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("event_id", String(36), nullable=False, unique=True),
    Column("topic", String(80), nullable=False),
    Column("key", String(200), nullable=False, index=True),
    Column("type", String(120), nullable=False),
    Column("payload", Text, comment="the event as JSON; null once erased: a tombstone"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Index(
        "ix_outbox_unsent",
        "seq",
        sqlite_where=text("sent_at IS NULL"),
        postgresql_where=text("sent_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

OUTBOX_CHANNEL = "newvoices_outbox"

# Wakes the relay at commit, without a statement of its own in each transaction.
NOTIFY_OF_OUTBOX = (
    f"""
    CREATE OR REPLACE FUNCTION notify_of_outbox() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('{OUTBOX_CHANNEL}', ''); RETURN NULL; END $$
    """,
    """
    CREATE TRIGGER outbox_notifies AFTER INSERT ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION notify_of_outbox()
    """,
)
for _statement in NOTIFY_OF_OUTBOX:
    _ddl = DDL(_statement)  # type: ignore[no-untyped-call]
    event.listen(outbox, "after_create", _ddl.execute_if(dialect="postgresql"))

inbox = Table(
    "inbox",
    RUNTIME,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("event_id", String(80), nullable=False, unique=True),
    Column("topic", String(80), nullable=False),
    Column("key", String(200), nullable=False),
    Column("lane", Integer, nullable=False, server_default="0"),
    Column("type", String(120), nullable=False),
    Column("payload", Text, comment="as received; cleared once in effect, so that less is kept"),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("state", String(10), nullable=False, comment="pending, done, dead or discarded"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("error", Text, comment="why it failed; never a value from the event"),
    Index(
        "ix_inbox_open",
        "seq",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index(
        "ix_inbox_held",
        "key",
        "seq",
        sqlite_where=text("state IN ('pending', 'dead')"),
        postgresql_where=text("state IN ('pending', 'dead')"),
    ),
    sqlite_autoincrement=True,
)

cursors = Table(
    "cursors",
    RUNTIME,
    Column("source", String(40), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

idempotency = Table(
    "idempotency",
    RUNTIME,
    Column("scope", String(160), primary_key=True, comment="who, which route"),
    Column("key", String(200), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("response", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, index=True),
)

audit = Table(
    "audit",
    RUNTIME,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("at", String(40), nullable=False),
    Column("actor", String(36), nullable=False),
    Column("role", String(40), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject_kind", String(40), nullable=False),
    Column("subject_id", String(60), nullable=False, index=True),
    Column("why", String(200), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    sqlite_autoincrement=True,
)

revoked_sessions = Table(
    "revoked_sessions",
    RUNTIME,
    Column("session_id", String(64), primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

api_tokens = Table(
    "api_tokens",
    RUNTIME,
    Column("id", Uuid, primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("account_id", Uuid, nullable=False, index=True),
    Column("role", String(40), nullable=False),
    Column("organisation_id", String(60), nullable=False),
    Column("team_id", String(60)),
    Column("scopes", JSON, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("withdrawn_at", DateTime(timezone=True)),
)
