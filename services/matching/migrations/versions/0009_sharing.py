"""Agreements by which another organisation reads an opportunity.

Revision: matching_0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "matching_0009"
down_revision = "matching_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sharing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(60), nullable=False, comment="who may read it"),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True, comment="the last day"),
        sa.Column("why", sa.String(200), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sharing"),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunities.id"],
            name="fk_sharing_opportunity_id_opportunities",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_sharing_opportunity_id", "sharing", ["opportunity_id"])
    op.create_index("ix_sharing_organisation_id", "sharing", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("sharing")
