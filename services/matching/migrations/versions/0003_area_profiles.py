"""Census profiles of areas.

Revision: matching_0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "matching_0003"
down_revision = "matching_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "area_profiles",
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("list_id", sa.String(40), nullable=False),
        sa.Column("area_name", sa.String(120), nullable=False),
        sa.Column("source_table", sa.String(12), nullable=False),
        sa.Column("population", sa.String(120), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("stated", sa.Integer(), nullable=False),
        sa.Column("not_answered", sa.Integer(), nullable=False),
        sa.Column("caveats", sa.JSON(), nullable=False),
        sa.Column("file_hash", sa.String(64), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("area_code", "list_id", name="pk_area_profiles"),
    )


def downgrade() -> None:
    op.drop_table("area_profiles")
