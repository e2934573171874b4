"""How far people can travel, and how far away they may live.

Revision: matching_0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "matching_0008"
down_revision = "matching_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("opportunities", sa.Column("travel_km", sa.Integer(), nullable=True))
    op.add_column("profiles", sa.Column("travel_km", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("profiles", "travel_km")
    op.drop_column("opportunities", "travel_km")
