"""Reported barriers and what was done about them.

Revision: matching_0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "matching_0011"
down_revision = "matching_0010"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "barrier_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(60), nullable=False),
        sa.Column("contact_id", sa.Uuid()),
        sa.Column("reporter", sa.String(16), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_barrier_reports"),
    )
    op.create_index("ix_barrier_reports_contact_id", "barrier_reports", ["contact_id"])
    op.create_index(
        "ix_barrier_reports_organisation_id_reported_on",
        "barrier_reports",
        ["organisation_id", "reported_on"],
    )
    op.create_table(
        "barrier_actions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(60), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("done_by", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("cost_pence", sa.Integer(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.CheckConstraint("cost_pence >= 0", name="ck_barrier_actions_cost_not_negative"),
        sa.PrimaryKeyConstraint("id", name="pk_barrier_actions"),
    )
    op.create_index("ix_barrier_actions_organisation_id", "barrier_actions", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("barrier_actions")
    op.drop_table("barrier_reports")
