"""The first tables of notifications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.runtime.migration_steps import create_event_tables

revision = "notifications_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_event_tables()
    op.create_table(
        "consent_ledger",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wording_version", sa.String(length=40), nullable=False),
        sa.Column("evidence", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consent_ledger"),
    )
    op.create_index(
        "ix_consent_ledger_participant_id", "consent_ledger", ["participant_id"], unique=False
    )
    op.create_table(
        "erased_recipients",
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("participant_id", name="pk_erased_recipients"),
    )
    op.create_table(
        "inbound",
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.Column("phone_index", sa.String(length=64), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.String(length=60), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True, comment="what was said, sealed"),
        sa.Column("seal_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.String(length=12),
            nullable=False,
            comment="new, done, waiting (for a person)",
        ),
        sa.Column("meaning", sa.String(length=20), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("provider_id", name="pk_inbound"),
    )
    op.create_index("ix_inbound_organisation_id", "inbound", ["organisation_id"], unique=False)
    op.create_index("ix_inbound_participant_id", "inbound", ["participant_id"], unique=False)
    op.create_index("ix_inbound_phone_index", "inbound", ["phone_index"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(length=60), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("reply_by", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.String(length=12),
            nullable=False,
            comment="requested, sent, accepted, declined, cancelled, failed or held",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "number", sa.Integer(), nullable=True, comment="by which a shared phone was asked"
        ),
        sa.Column("seat_id", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
    )
    op.create_index(
        "ix_invitations_opportunity_id", "invitations", ["opportunity_id"], unique=False
    )
    op.create_index(
        "ix_invitations_organisation_id", "invitations", ["organisation_id"], unique=False
    )
    op.create_index(
        "ix_invitations_participant_id", "invitations", ["participant_id"], unique=False
    )
    op.create_table(
        "opportunity_facts",
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("opportunity_id", name="pk_opportunity_facts"),
    )
    op.create_table(
        "receipts",
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("error_code", sa.String(length=10), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("provider_id", "status", name="pk_receipts"),
    )
    op.create_index("ix_receipts_message_id", "receipts", ["message_id"], unique=False)
    op.create_table(
        "recipients",
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(length=60), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("formats", sa.JSON(), nullable=False),
        sa.Column("access_needs", sa.JSON(), nullable=False),
        sa.Column("contact_revision", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("participant_id", name="pk_recipients"),
    )
    op.create_index("ix_recipients_phone_index", "recipients", ["phone_index"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(length=60), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
    )
    op.create_index("ix_tasks_invitation_id", "tasks", ["invitation_id"], unique=False)
    op.create_index("ix_tasks_organisation_id", "tasks", ["organisation_id"], unique=False)
    op.create_index("ix_tasks_participant_id", "tasks", ["participant_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("template_version", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column(
            "state",
            sa.String(length=12),
            nullable=False,
            comment="queued, sending, sent, delivered, unknown, failed or cancelled",
        ),
        sa.Column("sealed", sa.Text(), nullable=True, comment="address and body, sealed"),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("cost_millipence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name="fk_messages_invitation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("provider_id", name="uq_messages_provider_id"),
    )
    op.create_index("ix_messages_invitation_id", "messages", ["invitation_id"], unique=False)
    op.create_index(
        "ix_messages_open",
        "messages",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'sending')"),
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_index("ix_messages_participant_id", "messages", ["participant_id"], unique=False)
