"""Rest times, follow-ups, BSL videos, an organisation's own templates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notifications_0002"
down_revision = "notifications_0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _add_columns()
    op.create_table(
        "quiet_dates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(length=60), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=True),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quiet_dates"),
    )
    op.create_index("ix_quiet_dates_organisation_id", "quiet_dates", ["organisation_id"])
    op.create_index("ix_quiet_dates_participant_id", "quiet_dates", ["participant_id"])
    op.create_table(
        "bsl_videos",
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("opportunity_id", name="pk_bsl_videos"),
    )
    _create_follow_ups()
    _create_template_versions()


def _add_columns() -> None:
    op.add_column(
        "recipients",
        sa.Column("area_code", sa.String(length=12), server_default="", nullable=False),
    )
    op.add_column(
        "recipients",
        sa.Column("zone", sa.String(length=40), server_default="Europe/London", nullable=False),
    )
    op.add_column(
        "messages",
        sa.Column("urgency", sa.String(length=10), server_default="limited", nullable=False),
    )
    op.add_column(
        "tasks", sa.Column("about", sa.String(length=30), server_default="", nullable=False)
    )
    op.add_column("tasks", sa.Column("facts", sa.JSON(), server_default="{}", nullable=False))


def _create_follow_ups() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name="fk_follow_ups_invitation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_follow_ups"),
        sa.UniqueConstraint("invitation_id", "kind", "about", name="uq_follow_ups_invitation_id"),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_follow_ups_waiting",
        "follow_ups",
        ["due_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def _create_template_versions() -> None:
    op.create_table(
        "template_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sms", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("easy_read", sa.Text(), nullable=False),
        sa.Column("reviewed", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", _TIME, nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_template_versions"),
        sa.UniqueConstraint(
            "organisation_id", "kind", "language", "version", name="uq_template_versions_version"
        ),
    )
